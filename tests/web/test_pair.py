"""/pair: who sees what there, and what a code buys."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.web.fakes import POLICY, TOKEN, Site
from trayapp.web.agent import device_name

HOST = {"Host": "192.168.1.5:8765"}
PHONE = "192.168.1.20"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site(dataclasses.replace(POLICY, lan=True), tmp_path)
    monkeypatch.setattr("time.monotonic", site.clock)
    return site


def get(site: Site, target: str = "/pair", **headers: str) -> TestResponse:
    return site.ask("GET", target, HOST | headers, peer=PHONE)


def post(site: Site, value: Any, **headers: str) -> TestResponse:
    given = HOST | {"Content-Type": "application/json", "User-Agent": IPHONE} | headers
    body = value if isinstance(value, str) else json.dumps(value)
    return site.ask("POST", "/pair", given, body, peer=PHONE)


def code(site: Site) -> str:
    return site.devices.issue_code(site.clock())


def cookie(answer: TestResponse) -> str:
    return answer.headers["Set-Cookie"].partition(";")[0]


def test_a_code_buys_a_cookie_that_opens_the_stream(site: Site) -> None:
    answer = post(site, {"code": code(site), "name": ""})
    assert (answer.status_code, answer.json) == (200, {})
    attributes = answer.headers["Set-Cookie"].split("; ")[1:]
    assert attributes == ["Max-Age=2592000", "Path=/", "HttpOnly", "SameSite=Strict"]
    assert answer.headers["Cache-Control"] == "no-store"
    with get(site, "/stream", Cookie=cookie(answer)) as stream:
        assert stream.content_type.startswith("text/event-stream")
    (device,) = site.devices.states({})
    assert (device.name, device.address) == ("iPhone", PHONE)


def test_a_name_may_be_given(site: Site) -> None:
    post(site, {"code": code(site), "name": " Ann's\nphone "})
    assert [device.name for device in site.devices.states({})] == ["Ann's phone"]


@pytest.mark.parametrize("wait", [120.0, 10_000.0])
def test_a_code_is_good_for_two_minutes(site: Site, wait: float) -> None:
    late = code(site)
    site.clock.now += wait
    answer = post(site, {"code": late, "name": ""})
    assert answer.status_code == 401
    assert answer.json is not None
    assert "trayapp pair" in answer.json["hint"]
    assert "Set-Cookie" not in answer.headers


def test_a_code_is_good_once(site: Site) -> None:
    given = {"code": code(site), "name": ""}
    assert [post(site, given).status_code for _ in range(2)] == [200, 401]


def test_guesses_are_limited_and_the_right_code_still_pairs(site: Site) -> None:
    good = code(site)
    statuses = [post(site, {"code": "guess", "name": ""}).status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert post(site, {"code": good, "name": ""}).status_code == 200


def test_to_load_the_page_spends_nothing(site: Site) -> None:
    good = code(site)
    for method in ("GET", "HEAD"):
        assert site.ask(method, f"/pair?code={good}", HOST, peer=PHONE).status_code == 200
    assert post(site, {"code": good, "name": ""}).status_code == 200


def test_a_stranger_is_told_how_to_pair_and_nothing_else(site: Site) -> None:
    site.devices.pair(code(site), "Ann's phone", PHONE, site.clock())
    answer = get(site, "/pair?code=<script>alert(1)</script>")
    assert "Scan the code" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    text = re.sub(r'"/static/[^"]+" integrity="[^"]+"', "", answer.text)  # may hold any letters
    for secret in ("Ann", "alert(1)", "4321", "/a", TOKEN):
        assert secret not in text


def test_a_paired_device_sees_its_name_and_the_way_to_the_demo(site: Site) -> None:
    known = site.pair("<b>Ann", peer=PHONE)
    answer = get(site, Cookie=known)
    assert "&lt;b&gt;Ann" in answer.text
    assert "<b>Ann" not in answer.text
    assert 'href="http://192.168.1.5:4321/"' in answer.text
    assert ":8765/client.js" in answer.text


@pytest.mark.parametrize("host", ["my-pc.local:8765", "[fd00::5]:8765"])
def test_links_lead_to_the_host_that_was_asked(site: Site, host: str) -> None:
    answer = get(site, Cookie=site.pair(peer=PHONE), Host=host)
    assert f'href="http://{host.removesuffix(":8765")}:4321/"' in answer.text


def test_the_computer_itself_has_nothing_to_pair(site: Site) -> None:
    assert "nothing to pair" in site.ask("GET", "/pair").text


def test_the_dashboard_is_not_for_other_devices(site: Site) -> None:
    for headers in ({}, {"Cookie": site.pair(peer=PHONE)}):
        answer = get(site, "/", **headers)
        assert answer.status_code in {302, 303}
        assert answer.headers["Location"] == "/pair"


def test_a_device_renames_itself_and_no_other(site: Site) -> None:
    known = site.pair("one", peer=PHONE)
    site.pair("two", peer="192.168.1.21")
    assert post(site, {"name": "mine"}, Cookie=known).json == {}
    assert {device.name for device in site.devices.states({})} == {"mine", "two"}
    assert post(site, {"name": "x"}).status_code == 401
    assert post(site, {"name": " "}, Cookie=known).status_code == 400


def test_a_paired_device_keeps_its_place_when_it_scans_again(site: Site) -> None:
    known = site.pair("phone", peer=PHONE)
    (before,) = site.devices.states({})
    answer = post(site, {"code": code(site), "name": ""}, Cookie=known)
    assert cookie(answer) != known
    (after,) = site.devices.states({})
    assert (after.device, after.name) == (before.device, "phone")
    assert get(site, "/stream", Cookie=known).status_code == 401


@pytest.mark.parametrize(
    "body",
    ["", "{}", "[]", '"code"', "code=x&name=y", '{"code": "x"}', '{"code": 1, "name": ""}']
    + ['{"code": "x", "name": null}', '{"code": "x", "name": "", "more": 1}', "[" * 30000]
    + ['{"code": "\\ud800", "name": ""}', '{"code": "x", "name": "\\u0000"}'],
)
def test_only_the_exact_shape_is_taken(site: Site, body: str) -> None:
    assert post(site, body).status_code == 400


@pytest.mark.parametrize("origin", ["https://evil.example", "http://192.168.1.5:5173", "null"])
def test_no_other_page_pairs_a_device(site: Site, origin: str) -> None:
    answer = post(site, {"code": code(site), "name": ""}, Origin=origin)
    assert answer.status_code == 403
    assert site.devices.states({}) == ()


def test_the_pages_files_are_there_before_pairing_and_nothing_else(site: Site) -> None:
    for path in ("/static/pair.js", "/static/pair.css", "/static/look.css", "/static/live.js"):
        with get(site, path) as answer:
            assert answer.status_code == 200
    assert get(site, "/static/events.js").status_code == 401
    with get(site, "/static/events.js", Cookie=site.pair(peer=PHONE)) as answer:
        assert answer.status_code == 200


def test_the_page_obeys_its_own_policy(site: Site) -> None:
    for text in (get(site).text, get(site, Cookie=site.pair(peer=PHONE)).text):
        assert "<style" not in text
        for attribute in (" style=", " onclick=", "javascript:", "<script>"):
            assert attribute not in text


ANDROID = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) {} Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (IPHONE, "iPhone"),
        (IPHONE.replace("Version/17.5", "CriOS/126.0"), "iPhone, Chrome"),
        (IPHONE.replace("Version/17.5", "FxiOS/126.0"), "iPhone, Firefox"),
        (ANDROID.format("Linux; Android 13; Pixel 7", "Chrome/126.0.0.0"), "Pixel 7, Chrome"),
        (ANDROID.format("Linux; Android 10; K", "Chrome/126.0.0.0"), "Android, Chrome"),
        (
            ANDROID.format("Linux; Android 14; SM-G991B Build/UP1A", "SamsungBrowser/25.0"),
            "SM-G991B, Samsung Internet",
        ),
        (
            "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
            "Android, Firefox",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
            "Linux, Firefox",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126 Safari/537 Edg/126.0", "Windows, Edge"),
        ("curl/8.0", ""),
        ("", ""),
        ("Android " * 10_000, "Android"),
    ],
)
def test_a_name_is_proposed_from_what_the_browser_says(agent: str, name: str) -> None:
    assert device_name(agent) == name
