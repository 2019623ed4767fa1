"""A service worker that another server left under our address asks for its script, and ends."""

import pytest

from tests.web.fakes import POLICY, Site
from trayapp.web.policy import Policy

SCRIPT = {"Service-Worker": "script", "Sec-Fetch-Site": "same-origin"}
DEST = {"Sec-Fetch-Dest": "serviceworker", "Sec-Fetch-Site": "same-origin"}
PATHS = ["/sw.js", "/", "/a/b/worker.js", "/static/dashboard.js", "/client.js", "/stream"]
PATHS += ["/api/state", "/health", "/pair", "/chat", "/notify", "/alerts/json"]


@pytest.mark.parametrize("headers", [SCRIPT, DEST, {"Service-Worker": "script"}])
@pytest.mark.parametrize("path", PATHS)
def test_whatever_its_path_is_the_answer_is_one_that_removes_itself(
    site: Site, path: str, headers: dict[str, str]
) -> None:
    answer = site.ask("GET", path, headers)
    assert answer.status_code == 200
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert "unregister()" in answer.text
    assert "fetch" not in answer.text
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_it_is_for_no_other_site_and_no_other_device() -> None:
    site = Site()
    for wrong in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        assert site.ask("GET", "/sw.js", SCRIPT | wrong).status_code == 403
    assert site.ask("GET", "/sw.js", SCRIPT, peer="192.168.1.20").status_code == 403
    lan = Site(Policy(lan=True))
    here = {"Host": "192.168.1.5"}
    assert lan.ask("GET", "/sw.js", SCRIPT | here, peer="192.168.1.20").status_code == 401


def test_a_post_is_published_whatever_headers_it_has() -> None:
    site = Site(POLICY)
    assert site.ask("POST", "/notify", {"Service-Worker": "script"}, b"hi").status_code == 200
    assert len(site.bus.recent(2)) == 1
