"""What the guard refuses, on every route, and what it adds to every answer."""

import dataclasses
import re
import socket
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from tests.web.fakes import POLICY, READ_KEY, TOKEN, Connection, Site
from trayapp import config
from trayapp.paths import locate
from trayapp.web.routes import (
    APPLIED,
    CHAT,
    CONTROL,
    DASHBOARD,
    HANDSHAKE,
    HISTORY,
    MACHINES,
    MODULE,
    PAGE,
    PAIR,
    POLLING,
    PUBLISH,
    PUBLISHING,
    SCRIPT,
    STREAM,
    classify,
)
from trayapp.web.tokens import WRONG_LIMIT

EVIL = "https://evil.example"
PHONE = "192.168.1.20"
LAN = dataclasses.replace(POLICY, lan=True)
ROUTES = ["/", "/client.js", "/static/dashboard.css", "/favicon.ico", "/stream", "/notify"]
ROUTES += ["/a-topic", "/api/state", "/api/session", "/api/nothing", "/no/such/thing", "/a<b>"]


def every_rule(site: Site) -> list[tuple[str, str]]:
    """(method, path) of all that the application can route, with its placeholders filled in."""
    return [
        (method, re.sub(r"<[^>]+>", "word", rule.rule))
        for rule in site.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
    ]


def test_every_route_is_classified_on_purpose(site: Site) -> None:
    expected = {
        "/": DASHBOARD,
        "/favicon.ico": PAIR,
        "/pair": PAIR,
        "/static/word": PAGE,
        "/static/word/word": PAGE,
        "/client.js": SCRIPT,
        "/client/word": MODULE,
        "/stream": STREAM,
        "/notify": PUBLISH,
        "/applied": APPLIED,
        "/chat": CHAT,
        "/chat/history": HISTORY,
        "/post": PUBLISH,
        "/word": PUBLISH,
        "/word/json": STREAM,
        "/word/sse": STREAM,
        "/word/raw": STREAM,
        "/word/ws": STREAM,
        "/word/publish": PUBLISH,
        "/word/send": PUBLISH,
        "/word/trigger": PUBLISH,
        "/api/session": HANDSHAKE,
        "/api/proof": HANDSHAKE,
        "/health": MACHINES,
        "/metrics": MACHINES,
    }
    for _, path in every_rule(site):
        wanted = expected.get(path, CONTROL)
        assert classify(path) is wanted, path
        assert (wanted is CONTROL) == (path.startswith("/api/") and path not in expected)


def test_the_root_is_the_dashboard_to_read_and_takes_messages() -> None:
    assert [classify("/", method) for method in ("GET", "HEAD")] == [DASHBOARD] * 2
    assert [classify("/", method) for method in ("POST", "OPTIONS")] == [PUBLISH] * 2
    for path in ("/api/json", "/api/raw", "/static/json", "/client/json"):
        assert classify(path) is not STREAM
    assert classify("/a/b/json") is classify("/json") is PUBLISH


@pytest.mark.parametrize(
    ("headers", "environ"),
    [
        ({"Host": "evil.example"}, {}),
        ({"Host": "localhost,localhost"}, {}),
        ({}, {"REMOTE_ADDR": "8.8.8.8"}),
        ({}, {"REMOTE_ADDR": PHONE}),
        ({}, {"RAW_URI": "http://localhost/"}),
        ({}, {"CONTENT_LENGTH": "-1"}),
        ({}, {"CONTENT_LENGTH": "5", "HTTP_TRANSFER_ENCODING": "chunked"}),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, {}),
        ({"Origin": EVIL}, {}),
        ({"Origin": "null"}, {}),
    ],
)
def test_no_route_is_reachable_past_the_guard(
    site: Site, headers: dict[str, str], environ: dict[str, Any]
) -> None:
    site.service.calls.clear()
    rules = every_rule(site)
    assert len(rules) > 15
    given = {"X-TrayApp-Token": TOKEN, "Content-Type": "application/json"} | headers
    for method, path in rules:
        if classify(path).anywhere and not environ and "Host" not in headers:
            continue  # client.js may be included by any site
        answer = site.ask(method, path, given, b"", environ=environ)
        assert answer.status_code in {400, 403}, (method, path)
        assert_refused(answer)
    assert site.service.calls == []
    assert site.bus.recent(1) == ()


@pytest.mark.parametrize("path", ROUTES)
def test_every_answer_has_the_security_headers(site: Site, path: str) -> None:
    for answer in (site.ask("GET", path), site.ask("GET", path, {"Host": "evil.example"})):
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Vary"] == "Origin"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        reach = "cross-origin" if path == "/client.js" else "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == reach
        answer.close()


def test_a_missing_host_is_a_bad_request(site: Site) -> None:
    answer = site.ask("GET", "/stream", {"Host": ""})
    assert answer.status_code == 400
    assert_refused(answer)


@pytest.mark.parametrize(
    ("path", "sse", "lines"),
    [
        ("/x/ws", "x/sse", "x/json"),
        ("/a,b/ws", "a,b/sse", "a,b/json"),
        ("/x/json", "x/sse", "x/json"),
        ("/stream", "stream", "stream"),
        ("/ws", "stream", "stream"),
        ("/client.js", "stream", "stream"),
        ("/no/such/thing", "stream", "stream"),
        ("/<b>/ws", "stream", "stream"),
    ],
)
def test_the_handshake_of_a_websocket_is_refused_with_the_address_of_events(
    site: Site, path: str, sse: str, lines: str
) -> None:
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "WebSocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = site.ask("GET", path, handshake)
    assert answer.status_code == 400
    assert_refused(answer)
    assert said(answer)["error"] == "WebSockets are not spoken here."
    ours = "http://localhost:8765"
    assert said(answer)["hint"] == (
        f'In a page: new EventSource("{ours}/{sse}"); else read {ours}/{lines}'
    )
    assert site.ask("GET", path, handshake | {"Origin": EVIL}).status_code in {400, 403}
    plain = site.ask("GET", path, {"Upgrade": "h2c", "Connection": "Upgrade, HTTP2-Settings"})
    plain.close()
    assert plain.status_code == site.ask("GET", path).status_code


def test_the_address_of_a_websocket_is_refused_without_a_handshake_too(
    site: Site,
) -> None:
    answer = site.ask("GET", "/x/ws")
    assert answer.status_code == 400
    assert 'new EventSource("http://localhost:8765/x/sse")' in said(answer)["hint"]


@pytest.mark.parametrize(
    "origin",
    ["capacitor://localhost", "tauri://localhost", "app://obsidian.md", "vscode-webview://0a1b2c"]
    + ["chrome-extension://aaaabbbbccccdddd", "https://dev.example", "https://bücher.example"],
)
def test_what_the_refusal_of_an_origin_says_lets_it_in(origin: str, tmp_path: Path) -> None:
    """Typed as it is said, with and without origins that are let in already."""
    paths = locate({"TRAYAPP_HOME": str(tmp_path)})
    paths.prepare()
    typed = {"Origin": origin.encode().decode("latin-1")} if origin.isascii() else {}
    sent = typed or {"Origin": "https://xn--bcher-kva.example"}
    for before in ("", 'origins = ["https://app.example.com"]'):
        text = f'port = 1\n{before}\n[[rules]]\ntopic = "a"\ndo = ["toast"]\n'
        paths.config_file.write_text(text)
        settings = config.load(paths, {}, {}).config
        site = Site(dataclasses.replace(POLICY, origins=frozenset(settings.origins)))
        refused = site.ask("GET", "/stream", sent)
        assert refused.status_code == 403
        place, line = said(refused)["hint"].split(": ", 1)
        assert ("in place of its line of origins" in place) == bool(before)
        paths.config_file.write_text(
            text.replace(before, line) if before else text.replace("[[", f"{line}\n[[")
        )
        loaded = config.load(paths, {}, {})
        assert loaded.warnings == ()
        assert len(loaded.config.rules) == 1
        assert set(loaded.config.origins) == {sent["Origin"], *settings.origins}
        site = Site(dataclasses.replace(POLICY, origins=frozenset(loaded.config.origins)))
        for each in {sent["Origin"], *loaded.config.origins}:
            with site.ask("GET", "/stream", {"Origin": each}) as answer:
                assert answer.status_code == 200
                assert answer.headers["Access-Control-Allow-Origin"] == each


def test_the_refusal_of_an_origin_tells_another_device_of_no_other(site: Site) -> None:
    site.guard.policy = LAN
    host = {"Host": "my-pc:8765", "Origin": EVIL}
    assert "app.example.com" in said(site.ask("GET", "/stream", host))["hint"]
    hint = said(site.ask("GET", "/stream", host, peer=PHONE))["hint"]
    assert EVIL in hint
    assert "app.example.com" not in hint


@pytest.mark.parametrize("origin", ["http://0.0.0.0:8000", "http://[::]:8000"])
def test_a_page_of_the_unspecified_address_is_let_in_from_this_computer_alone(
    site: Site, origin: str
) -> None:
    site.guard.policy = LAN
    page = {"Origin": origin, "Host": "my-pc:8765"}
    with site.ask("GET", "/stream", page) as answer:
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert site.ask("GET", f"/stream?key={READ_KEY}", page, peer=PHONE).status_code == 403
    assert site.control("GET", "/api/state", Origin=origin).status_code == 403
    assert site.ask("GET", "/stream", {"Host": "0.0.0.0:8765"}).status_code == 403


def test_a_device_that_says_another_address_than_it_came_by_is_refused() -> None:
    site = Site(LAN)

    environ = {"werkzeug.socket": Connection("192.168.1.5")}
    cookie = {"Cookie": site.pair()}
    for host, status in (("192.168.1.5:8765", 200), ("192.168.1.6", 403), ("10.0.0.1:80", 403)):
        headers = cookie | {"Host": host}
        with site.ask("GET", "/client.js", headers, peer=PHONE, environ=environ) as answer:
            assert answer.status_code == status


def test_forwarded_headers_are_never_believed(site: Site) -> None:
    forged = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1;host=localhost"}
    forged |= {"X-Forwarded-Host": "localhost", "X-Real-IP": "127.0.0.1"}
    assert site.ask("GET", "/", forged, peer=PHONE).status_code == 403
    assert site.ask("GET", "/", forged | {"Host": "evil.example"}).status_code == 403


def test_the_own_address_of_the_socket_is_this_computer(site: Site) -> None:
    environ = {"werkzeug.socket": Connection(PHONE)}
    assert site.ask("GET", "/favicon.ico", peer=PHONE, environ=environ).status_code == 204


def test_a_socket_that_is_closed_already_lends_no_rights(site: Site) -> None:
    closed = socket.socket()
    closed.close()
    answer = site.ask("GET", "/favicon.ico", peer=PHONE, environ={"werkzeug.socket": closed})
    assert answer.status_code == 403


# Origins


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/stream"), ("POST", "/notify"), ("POST", "/topic")]
)
def test_pages_of_this_computer_read_and_publish(site: Site, method: str, path: str) -> None:
    answer = site.ask(method, path, {"Origin": "http://localhost:3000"}, b"hi")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    credentials = answer.headers.get("Access-Control-Allow-Credentials")
    assert credentials == "true"
    answer.close()


def test_a_page_from_disk_needs_the_key_or_the_users_word(site: Site) -> None:
    null = {"Origin": "null"}
    assert site.ask("GET", "/stream", null).status_code == 403
    assert site.ask("GET", f"/stream?key={READ_KEY}x", null).status_code == 403
    answer = site.ask("GET", f"/stream?key={READ_KEY}", null)
    answer.close()
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "null"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    site.guard.policy = dataclasses.replace(POLICY, from_disk=True)
    assert site.ask("POST", "/notify", null, "hi").status_code == 200


def test_any_site_may_include_the_page_script_but_not_read_it(site: Site) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    for headers in (foreign, {"Origin": EVIL}, {"Origin": "null"}):
        with site.ask("GET", "/client.js", headers) as answer:
            assert answer.status_code == 200
            assert "Access-Control-Allow-Origin" not in answer.headers
    with site.ask("GET", "/client.js", {"Origin": "http://localhost:3000"}) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"


def test_any_site_may_import_the_modules_of_the_page_script(site: Site) -> None:
    for origin in (EVIL, "null", "http://localhost:3000"):
        with site.ask("GET", "/client/doctor.js", {"Origin": origin}) as answer:
            assert answer.status_code == 200
            assert answer.headers["Access-Control-Allow-Origin"] == origin
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_link_may_lead_to_the_dashboard_and_a_frame_may_not(site: Site) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert site.ask("GET", "/", link | {"Sec-Fetch-Dest": "document"}).status_code == 200
    assert site.ask("GET", "/", link | {"Sec-Fetch-Dest": "iframe"}).status_code == 403
    answer = site.ask("GET", "/stream", link | {"Sec-Fetch-Dest": "document"})
    assert answer.status_code == 403


def test_control_and_pages_get_no_cors_headers(site: Site) -> None:
    own = {"Origin": "http://localhost:8765"}
    answer = site.control("GET", "/api/state", **own)
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name[0].startswith("Access-Control")]
    answer = site.ask("GET", "/", {"Origin": "http://localhost:3000"})
    assert "Access-Control-Allow-Origin" not in answer.headers


# Preflights


def test_a_preflight_names_what_is_allowed(site: Site) -> None:
    wish = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    answer = site.ask("OPTIONS", "/notify", wish)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert "content-type" in answer.headers["Access-Control-Allow-Headers"]
    answer = site.ask("OPTIONS", "/stream", wish)
    assert answer.headers["Access-Control-Allow-Headers"] == "last-event-id, cache-control"
    assert "Access-Control-Allow-Private-Network" not in answer.headers


@pytest.mark.parametrize("origin", [EVIL, "null", ""])
@pytest.mark.parametrize("path", ["/notify", "/stream", "/api/pause"])
def test_a_foreign_preflight_is_refused(site: Site, path: str, origin: str) -> None:
    answer = site.ask("OPTIONS", path, {"Origin": origin})
    assert answer.status_code == 403
    assert_refused(answer)


# LAN


def test_a_lan_device_needs_the_key_everywhere() -> None:
    site = Site(LAN)
    host = {"Host": "my-pc.local:8765"}
    for path in ("/stream", "/static/dashboard.js", "/no/such/thing"):
        answer = site.ask("GET", path, host, peer=PHONE)
        assert answer.status_code == 401
        assert_refused(answer)
    assert site.ask("POST", "/notify", host, "hi", peer=PHONE).status_code == 401
    assert site.bus.recent(1) == ()
    assert site.ask("POST", f"/notify?key={READ_KEY}", host, "hi", peer=PHONE).status_code == 200


def test_the_internet_is_refused_even_with_the_key_and_a_right_name() -> None:
    site = Site(LAN)
    answer = site.ask("GET", f"/?key={READ_KEY}", {"Host": "my-pc.local"}, peer="8.8.8.8")
    assert answer.status_code == 403
    assert_refused(answer)


def test_a_configured_host_opens_nothing_for_other_computers() -> None:
    site = Site(dataclasses.replace(POLICY, hosts=frozenset({"dev.example"})))
    host = {"Host": "dev.example"}
    assert site.ask("GET", "/favicon.ico", host).status_code == 204
    assert site.ask("GET", f"/favicon.ico?key={READ_KEY}", host, peer=PHONE).status_code == 403


@pytest.mark.parametrize("host", ["my-pc.local:8765", "localhost:8765", "192.168.1.5"])
def test_control_is_never_reachable_from_the_lan(host: str) -> None:
    site = Site(LAN)
    for path in ("/api/state", "/api/session", "/api/proof"):
        for method in ("GET", "POST", "OPTIONS"):
            headers = {"Host": host, "X-TrayApp-Token": TOKEN, "Content-Type": "application/json"}
            answer = site.ask(method, f"{path}?key={READ_KEY}", headers, "{}", peer=PHONE)
            assert answer.status_code == 403


def test_control_needs_a_loopback_host_from_this_computer_too() -> None:
    site = Site(LAN)
    assert site.control("GET", "/api/state", Host="my-pc.local:8765").status_code == 403
    assert site.control("GET", "/api/state", Host="[::1]:8765").status_code == 200


def test_a_new_policy_holds_from_the_next_request(site: Site) -> None:
    host = {"Host": "my-pc:8765"}
    assert site.ask("GET", "/favicon.ico", host).status_code == 403
    site.guard.policy = LAN
    assert site.ask("GET", "/favicon.ico", host).status_code == 204
    site.guard.policy = POLICY
    assert site.ask("GET", "/favicon.ico", host).status_code == 403


# Control


@pytest.mark.parametrize("token", ["", "wrong", READ_KEY, TOKEN + " x", "éé"])
def test_control_needs_the_token_in_its_header(site: Site, token: str) -> None:
    target = f"/api/state?token={TOKEN}&key={READ_KEY}"
    octets = token.encode().decode("latin-1")
    answer = site.ask("GET", target, {"X-TrayApp-Token": octets})
    assert answer.status_code == 401
    assert_refused(answer)
    assert TOKEN not in answer.text


@pytest.mark.parametrize("origin", [EVIL, "null", "http://localhost:3000", "http://127.0.0.1:8765"])
def test_control_is_for_our_own_origin_alone(site: Site, origin: str) -> None:
    answer = site.control("POST", f"/api/pause?key={READ_KEY}", {}, Origin=origin)
    assert answer.status_code == 403
    assert site.service.calls == []


def test_many_wrong_tokens_are_limited_and_the_right_one_still_works(site: Site) -> None:
    wrong = [site.control("GET", "/api/state", **{"X-TrayApp-Token": "no"}) for _ in range(100)]
    statuses = [answer.status_code for answer in wrong]
    assert statuses == [401] * WRONG_LIMIT + [429] * (100 - WRONG_LIMIT)
    assert wrong[-1].headers["Retry-After"] == "60"
    assert site.control("GET", "/api/state").status_code == 200
    site.clock.now += 61
    answer = site.control("GET", "/api/state", **{"X-TrayApp-Token": "no"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path",
    ["//api/state", "///api/state", "/API/state", "/api/./state", "/x/../api/state", "/api//state"],
)
def test_another_spelling_is_no_way_around_the_token(site: Site, path: str) -> None:
    answer = site.ask("GET", "/", environ={"PATH_INFO": path})
    assert answer.status_code in {400, 401, 404}
    assert "pid" not in answer.text


def test_control_is_closed_without_a_guard(site: Site) -> None:
    headers = {"X-TrayApp-Token": TOKEN}
    assert site.app.test_client().get("/api/state", headers=headers).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
def test_control_takes_json_only(site: Site, kind: str) -> None:
    answer = site.control("POST", "/api/pause", {}, **{"Content-Type": kind})
    assert answer.status_code == 415
    assert site.service.calls == []


# Methods and sizes


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "DELETE", "PATCH", "get", "BREW"])
@pytest.mark.parametrize("path", ["/", "/notify", "/stream", "/client.js"])
def test_unknown_methods_are_refused(site: Site, method: str, path: str) -> None:
    answer = site.ask("GET", path, environ={"REQUEST_METHOD": method})
    assert answer.status_code == 405


def test_a_method_override_is_not_believed(site: Site) -> None:
    override = {"X-HTTP-Method-Override": "POST"}
    answer = site.ask("GET", "/notify?_method=POST", override, "hi")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert site.bus.recent(1) == ()


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "0x10", "+5", "5,5", "9" * 19, " 5", "٣"])
def test_an_odd_length_is_a_bad_request(site: Site, length: str) -> None:
    octets = length.encode().decode("latin-1")
    answer = site.ask("POST", "/notify", environ={"CONTENT_LENGTH": octets})
    assert answer.status_code == 400


def test_a_body_too_long_is_refused_unread(site: Site) -> None:
    class Unread:
        def read(self, *_: int) -> bytes:
            raise AssertionError("the body was read")

    environ = {"CONTENT_LENGTH": str(64 * 1024 + 1), "wsgi.input": Unread()}
    for path in ("/notify", "/a-topic", "/"):
        assert site.ask("POST", path, environ=environ).status_code == 413


# Rates


def test_a_page_may_publish_in_bursts_and_is_then_slowed_down(site: Site) -> None:
    page = {"Origin": "http://localhost:3000"}
    statuses = [site.ask("POST", "/notify", page, "hi").status_code for _ in range(500)]
    assert statuses == [200] * PUBLISHING.burst + [429] * (500 - PUBLISHING.burst)
    answer = site.ask("POST", "/a-topic", page, "hi")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert len(site.bus.recent(1000)) == PUBLISHING.burst
    site.clock.now += 1
    statuses = [site.ask("POST", "/notify", page, "hi").status_code for _ in range(100)]
    assert statuses.count(200) == PUBLISHING.per_second


def test_a_page_that_floods_slows_no_other_down(site: Site) -> None:
    for _ in range(60):
        site.ask("POST", "/notify", {"Origin": "http://localhost:3000"}, "hi")
    other = {"Origin": "http://localhost:3001"}
    assert site.ask("POST", "/notify", other, "hi").status_code == 200
    assert site.ask("GET", "/stream", {"Origin": "http://localhost:3000"}).status_code == 200


def test_programs_of_this_computer_have_no_rate(site: Site) -> None:
    statuses = {site.ask("POST", "/notify", body="hi").status_code for _ in range(300)}
    assert statuses == {200}


@pytest.mark.parametrize("paired", [True, False])
def test_a_device_has_one_rate_whatever_its_addresses_and_origins(paired: bool) -> None:
    """Paired by its cookie, else by its subnet."""
    site = Site(LAN)
    cookie = {"Host": "my-pc:8765"} | ({"Cookie": site.pair()} if paired else {})
    key = "" if paired else f"?key={READ_KEY}"

    def publish(number: int) -> int:
        origin = {"Origin": f"http://localhost:{number}"} if number % 2 else {}
        address = f"fd77:0:0:{number if paired else 0:x}::{number:x}"
        return site.ask("POST", f"/notify{key}", cookie | origin, "hi", peer=address).status_code

    statuses = [publish(number) for number in range(1, 101)]
    assert statuses == [200] * PUBLISHING.burst + [429] * (100 - PUBLISHING.burst)


def test_the_whole_network_has_a_rate_and_this_computer_is_none_of_it() -> None:
    site = Site(LAN)
    host = {"Host": "my-pc:8765"}
    statuses = [
        site.ask("POST", f"/notify?key={READ_KEY}", host, "hi", peer=f"10.0.{part}.9").status_code
        for part in range(20)
        for _ in range(PUBLISHING.burst)
    ]
    together = PUBLISHING.burst * PUBLISHING.network
    assert statuses == [200] * together + [429] * (len(statuses) - together)
    cookie = host | {"Cookie": site.pair()}
    assert site.ask("POST", "/notify", cookie, "hi", peer=PHONE).status_code == 429
    assert site.ask("POST", "/notify", body="hi").status_code == 200
    page = {"Origin": "http://localhost:3000"}
    assert site.ask("POST", "/notify", page, "hi").status_code == 200


def test_devices_that_are_not_paired_take_no_posts_from_those_that_are() -> None:
    site = Site(LAN)
    host = {"Host": "my-pc:8765"}
    kind = {"Content-Type": "application/json"}
    wrong = '{"code": "wrong", "name": ""}'
    answers = [
        site.ask("POST", "/pair", host | kind, wrong, peer=f"10.0.{part}.9")
        for part in range(50)
        for _ in range(20)
    ]
    assert {answer.status_code for answer in answers[-5:]} == {429}
    cookie = host | {"Cookie": site.pair()}
    assert site.ask("POST", "/notify", cookie, "hi", peer=PHONE).status_code == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/x/json?poll=1", {}),
        ("/x/sse?%70oll=1", {}),
        ("/x/raw?po=true", {}),
        ("/x,y/json?x-poll=yes", {}),
        ("/x/json?" + "&".join(f"a{number}=1" for number in range(200)) + "&poll=1", {}),
        ("/x/json", {"X-Poll": "1"}),
        ("/x/json", {"Poll": "1"}),
        ("/chat/history", {}),
    ],
)
def test_polls_have_a_rate(path: str, headers: dict[str, str]) -> None:
    site = Site(LAN)
    given = {"Host": "my-pc:8765", "Cookie": site.pair()} | headers
    answers = [
        site.ask("GET", path, given, peer=f"fd77:0:0:{number:x}::9")
        for number in range(2 * POLLING.burst)
    ]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200] * POLLING.burst + [429] * POLLING.burst
    assert said(answers[-1])["error"] == "Too many polls in a short time."
    assert answers[-1].headers["Retry-After"] == "1"
    assert {site.ask("GET", path, headers).status_code for _ in range(50)} == {200}


def test_pages_have_the_rate_of_polls_too_and_their_streams_have_none(site: Site) -> None:
    page = {"Origin": "http://localhost:3000"}
    polls = [site.ask("GET", "/x/json?poll=1", page).status_code for _ in range(60)]
    assert polls.count(200) == POLLING.burst
    for _ in range(60):
        with site.ask("GET", "/x/sse", page) as answer:
            assert answer.status_code == 200


def test_all_polls_of_the_network_have_a_rate() -> None:
    site = Site(LAN)
    statuses = [
        site.ask(
            "GET", f"/x/json?poll=1&key={READ_KEY}", {"Host": "my-pc"}, peer=f"10.0.{part}.9"
        ).status_code
        for part in range(20)
        for _ in range(POLLING.burst)
    ]
    assert statuses.count(200) == POLLING.burst * POLLING.network
    assert site.ask("GET", "/x/json?poll=1").status_code == 200


def test_what_is_refused_for_another_reason_costs_nothing(site: Site) -> None:
    page = {"Origin": "http://localhost:3000"}
    for _ in range(100):
        assert site.ask("GET", "/notify", page).status_code == 405
        assert site.ask("OPTIONS", "/notify", page).status_code == 204
        assert site.ask("POST", "/notify", page | {"Host": "evil.example"}).status_code == 403
    assert site.ask("POST", "/notify", page, "hi").status_code == 200


def test_fifty_tabs_answer_a_save_at_once_and_still_publish(site: Site) -> None:
    page = {"Origin": "http://localhost:3000"}
    report = '{"event": "left", "page": "0123456789"}'
    statuses = {site.ask("POST", "/applied", page, report).status_code for _ in range(400)}
    assert statuses == {200}
    assert site.ask("POST", "/notify", page, "hi").status_code == 200
    for _ in range(700):
        last = site.ask("POST", "/applied", page, report).status_code
    assert last == 429


LATIN = st.characters(max_codepoint=255)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "OPTIONS"]),
    path=st.sampled_from(ROUTES + ["/api/events", "/api/folders", "/api/roots", "/api/pause"])
    | st.text(LATIN, max_size=40).map(lambda text: f"/{text}"),
    query=st.text(LATIN, max_size=60)
    | st.builds("{}={}".format, st.sampled_from(["topic", "root", "path", "t"]), st.text(LATIN)),
    headers=st.fixed_dictionaries(
        {"HTTP_X_TRAYAPP_TOKEN": st.just(TOKEN), "CONTENT_TYPE": st.just("application/json")},
        optional={
            f"HTTP_{name}": st.text(LATIN, max_size=60)
            for name in ["LAST_EVENT_ID", "EVENT", "TITLE", "CLICK", "ICON", "PRIORITY", "COOKIE"]
            + ["IF_NONE_MATCH", "IF_MODIFIED_SINCE", "RANGE", "ACCEPT", "AUTHORIZATION"]
        },
    ),
    body=st.binary(max_size=80) | st.sampled_from([b"{}", b'{"on":1}', b'{"path":"\\ud800"}']),
)
def test_nothing_malformed_becomes_a_server_error(
    site: Site, method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    environ = {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": method} | headers
    answer = site.ask(method, "/", body=body, environ=environ)
    answer.close()
    assert answer.status_code < 500


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_the_room_keeps_to_wsgi(site: Site, method: str, path: str) -> None:
    strict = validator(site.guard)
    for origin in ("http://localhost:3000", EVIL):
        environ = create_environ(path, "http://localhost:8765", method=method, data=b"x")
        environ |= {"REMOTE_ADDR": "127.0.0.1", "HTTP_ORIGIN": origin, "SCRIPT_NAME": ""}
        body, status, _ = run_wsgi_app(strict, environ)
        body.close()  # type: ignore[attr-defined]
        assert status[0] in "24"


def said(answer: Any) -> dict[str, str]:
    """The sentences of a refusal."""
    return dict(answer.json)


def assert_refused(answer: Any) -> None:
    """A refusal is JSON with a sentence, and grants nothing."""
    assert answer.is_json
    assert answer.json["error"].endswith(".")
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
