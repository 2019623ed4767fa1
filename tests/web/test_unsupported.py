"""What of ntfy is refused, by name, and what is harmless."""

import json

import pytest

from tests.web.fakes import Site
from trayapp.web.unsupported import FEATURES

TEXT = {"Content-Type": "text/plain"}


def refused(site: Site, target: str, headers: dict[str, str], body: str = "hi") -> str:
    """The error of the answer; nothing was published."""
    answer = site.ask("POST", target, TEXT | headers, body)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["hint"]
    assert site.bus.recent(1) == ()
    return str(answer.json["error"])


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.title)
def test_every_name_of_every_feature_is_refused(quiet: Site, feature: object) -> None:
    (found,) = [each for each in FEATURES if each is feature]
    for name in found.names:
        assert found.title in refused(quiet, "/log", {name: "x"})
        assert found.title in refused(quiet, f"/notify?{name}=x", {})
        message = json.dumps({"topic": "log", name: "x"})
        assert found.title in refused(quiet, "/", {}, message)


def test_a_switch_may_be_off_and_nothing_else(site: Site) -> None:
    for feature in FEATURES:
        for off in ("no", "0", "False", ""):
            answer = site.ask("POST", "/log", TEXT | {feature.names[0]: off}, "hi")
            assert (answer.status_code == 200) == (feature.switch or not off), (feature, off)


def test_a_promise_not_to_keep_a_message_is_not_given(site: Site) -> None:
    for target, headers in (("/log", {"Cache": "no"}), ("/log?cache=0", {}), ("/", {})):
        body = '{"topic": "log", "cache": "no"}' if target == "/" else "hi"
        assert "not kept" in refused(site, target, headers, body)
    for harmless in ({"Cache": "yes"}, {"X-Cache": "MISS"}, {"Firebase": "no"}):
        assert site.ask("POST", "/log", TEXT | harmless, "hi").status_code == 200


def test_bodies_that_are_no_plain_text_are_refused(site: Site) -> None:
    assert "Markdown" in refused(site, "/log", {"Content-Type": "text/markdown; charset=utf-8"})
    assert "compressed" in refused(site, "/log", {"Content-Encoding": "gzip"})
    assert (
        site.ask("POST", "/log", TEXT | {"Content-Encoding": "Identity"}, "hi").status_code == 200
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Priority": "u=4, i", "Accept-Encoding": "gzip", "Cache-Control": "no-cache"},
        {"X-Forwarded-For": "1.2.3.4", "Via": "1.1 proxy", "From": "a@b", "TE": "trailers"},
        {"Authorization": "Bearer x", "DNT": "1", "Upgrade-Insecure-Requests": "1"},
    ],
)
def test_what_browsers_and_proxies_send_by_themselves_is_no_wish(
    site: Site, headers: dict[str, str]
) -> None:
    assert site.ask("POST", "/log", TEXT | headers, "hi").json == {"id": site.bus.recent(1)[0].id}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_told_of_post(quiet: Site, method: str) -> None:
    answer = quiet.ask(method, "/log", TEXT, "hi")
    assert answer.status_code == 405
    assert "POST" in answer.text


@pytest.mark.parametrize("path", ["/log/publish", "/log/send", "/log/trigger", "/log/ws"])
def test_other_ways_of_ntfy_are_told_of_ours(quiet: Site, path: str) -> None:
    answer = quiet.ask("GET", f"{path}?message=hi")
    assert answer.status_code == 400
    assert answer.json is not None
    assert "localhost:8765/log" in answer.json["hint"]
    assert quiet.bus.recent(1) == ()
