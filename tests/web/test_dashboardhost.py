"""The dashboard's own origin, and that no page under another one controls anything."""

import json
import re
import socket
from dataclasses import replace

import pytest

from tests.web.fakes import DASHBOARD, POLICY, TOKEN, Site
from trayapp.web import browsers_find, new_dashboard_host

MADE_FOR_OTHERS = ["localhost:8765", "127.0.0.1:8765", "[::1]:8765", "app.localhost:8765"]


def of_a_page(site: Site, host: str) -> dict[str, str]:
    """The headers of a GET by a page of ours under `host`, with the token of a dashboard."""
    fetch = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
    return {"Host": host, "X-TrayApp-Token": traded(site)} | fetch


def traded(site: Site) -> str:
    """The token that a code buys."""
    return site.tokens.trade(site.tokens.issue_code(site.clock()), site.clock())[1]


def test_a_name_is_random_and_below_localhost() -> None:
    names = {new_dashboard_host() for _ in range(100)}
    assert len(names) == 100
    assert all(re.fullmatch(r"[a-z2-7]{26}\.localhost", name) for name in names)


@pytest.mark.parametrize(
    ("address", "found"), [("127.0.0.1", True), ("::1", True), ("192.0.2.7", False), ("", False)]
)
def test_on_macos_the_system_is_asked_for_the_name(
    monkeypatch: pytest.MonkeyPatch, address: str, found: bool
) -> None:
    def answer(name: str, _port: object) -> list[tuple[object, ...]]:
        if not address:
            raise socket.gaierror(f"{name} is not known")
        return [(0, 0, 0, "", (address, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    assert browsers_find(new_dashboard_host(), "darwin") is found
    assert browsers_find(new_dashboard_host(), "linux")


def test_the_dashboard_controls_under_its_own_name(site: Site) -> None:
    for host in (DASHBOARD, f"{DASHBOARD}:8765", f"{DASHBOARD.upper()}:9000"):
        origin = {"Origin": f"http://{host}"}
        answer = site.control("POST", "/api/pause", {}, **of_a_page(site, host) | origin)
        assert answer.status_code == 200, host
        assert site.control("GET", "/api/state", **of_a_page(site, host)).status_code == 200


@pytest.mark.parametrize("host", MADE_FOR_OTHERS)
def test_a_page_under_another_name_of_ours_controls_nothing(site: Site, host: str) -> None:
    """A page of that origin sends an Origin with a POST, and Sec-Fetch-Site with a GET."""
    origin = {"Origin": f"http://{host}"}
    posted = site.control("POST", "/api/pause", {}, **of_a_page(site, host) | origin)
    asked = site.control("GET", "/api/state", **of_a_page(site, host))
    body = json.dumps({"code": (code := site.tokens.issue_code(site.clock()))})
    sent = origin | {"Host": host, "Content-Type": "application/json"}
    for answer in (posted, asked, site.ask("POST", "/api/session", sent, body)):
        assert answer.status_code == 403
        assert answer.json is not None
        assert answer.json["hint"].endswith("trayapp open")
    assert site.service.calls == []
    assert site.tokens.trade(code, site.clock())[1], "the code is not spent by a refusal"


@pytest.mark.parametrize("host", MADE_FOR_OTHERS)
def test_a_program_controls_under_any_loopback_name(site: Site, host: str) -> None:
    for token in (TOKEN, traded(site)):
        answer = site.control("GET", "/api/state", Host=host, **{"X-TrayApp-Token": token})
        assert answer.status_code == 200


def test_a_dashboard_on_a_port_of_its_own_controls_on_that_port_alone() -> None:
    site = Site(replace(POLICY, dashboard="127.0.0.1:49152"))
    own = of_a_page(site, "127.0.0.1:49152")
    assert site.control("GET", "/api/state", **own).status_code == 200
    for host in ("127.0.0.1:8765", "127.0.0.1", "localhost:49152", "127.0.0.1:4915"):
        assert site.control("GET", "/api/state", **own | {"Host": host}).status_code == 403, host


def test_without_a_dashboard_no_page_has_control_with_a_token_of_one() -> None:
    site = Site(replace(POLICY, dashboard=""))
    for host in ("", *MADE_FOR_OTHERS):
        answer = site.control("GET", "/api/state", **of_a_page(site, host))
        assert answer.status_code in {400, 403}


def test_the_machines_page_is_still_for_a_person_to_look_at(site: Site) -> None:
    typed = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert site.ask("GET", "/health", typed).status_code == 200
