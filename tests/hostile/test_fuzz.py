"""Requests that no case describes: made up by hypothesis, answered by the real service without a
server error, a traceback in the log, or a wait."""

import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.places import Place
from tests.hostile.wire import Answer
from tests.web.fakes import TOKEN, Site

PATIENCE = 3.0
"""Seconds for one answer; the service takes milliseconds, but computers have bad moments."""

quickly = settings(
    max_examples=500,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

HOSTS = ["localhost", "127.0.0.1:1", "[::1]", "app.localhost", "evil.example", "[::1", "127.1", ""]
WORDS = ["null", "http://localhost", "http://[::1]:1", "https://evil.example", "cross-site"]
WORDS += ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
WORDS += ["navigate", "document", "no-cors", "application/json", "text/plain; charset=x", TOKEN]
WORDS += [
    "trayapp-device=0123456789abcdef.x",
    "bytes=0-",
    "gzip",
    "POST",
    "0-1",
    "u=4, i",
    "chunked",
]
WORDS += [f"trayapp-device={'0' * 16}.{'A' * 43}", "=;=,;", '"', "99999999999999999999", "-1", "0"]
NAMES = ["Origin", "Cookie", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Content-Type"]
NAMES += [
    "X-TrayApp-Token",
    "Last-Event-ID",
    "Title",
    "Priority",
    "Tags",
    "Click",
    "Event",
    "Range",
]
NAMES += ["Access-Control-Request-Method", "If-None-Match", "If-Modified-Since", "Authorization"]
NAMES += ["Message", "X-Icon", "Delay", "Cache", "Content-Encoding", "Since", "Poll", "X-ID", "ta"]
NAMES += ["X-Forwarded-For", "Forwarded", "Transfer-Encoding", "Connection", "Expect", "Upgrade"]
PATHS = ["/", "/stream", "/notify", "/applied", "/pair", "/client.js", "/client/morph.js", "/a"]
PATHS += ["/chat", "/chat/history", "/post"]
PATHS += ["/static/api.js", "/health", "/metrics", "/api", "/api/state", "/api/session", "//", "*"]
PATHS += [
    "/api/events",
    "/api/folders",
    "/api/proof",
    "/%2e%2e/",
    "/%00",
    "/%ff",
    "http://x/",
    "/[",
]
PATHS += ["/a/json", "/a,b/sse", "/notify/raw", "/state/json", "/a/ws", "/a/publish", "/,/json"]
QUERIES = ["?poll=1&since=", "?since=", "?po=1&p=", "?id=", "?m=", "?t=", "?delay=", "?poll=1&ta="]
QUERIES += [
    "",
    "?",
    "?key=",
    "?topic=",
    "?since=",
    "?root=",
    "?envelope=1&last_event_id=",
    "?path=",
]

LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40)
VALUE = st.sampled_from(WORDS) | st.sampled_from(HOSTS) | LATIN
LINE = st.builds(
    "{} {}{}{} {}".format,
    st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT", "get", "CONNECT"]),
    st.sampled_from(PATHS),
    st.sampled_from(QUERIES),
    LATIN.map(lambda text: text.replace(" ", "+")) | st.just(""),
    st.sampled_from(["HTTP/1.1"] * 6 + ["HTTP/1.0", "HTTP/2", "HTTP/1.1 x", ""]),
)
HEADER = st.builds("{}: {}".format, st.sampled_from(NAMES), VALUE)
HOST = st.just("Host: localhost") | st.builds("Host: {}".format, st.sampled_from(HOSTS) | LATIN)


@pytest.fixture(autouse=True)
def no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What is a bug keeps its traceback in the log."""
    caplog.set_level(logging.INFO)
    yield
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@quickly
@given(
    line=LINE | LATIN,
    host=HOST,
    headers=st.lists(HEADER | LATIN, max_size=5),
    body=st.binary(max_size=60),
    end=st.sampled_from(["\r\n", "\r\n", "\r\n", "\n", "\r"]),
)
def test_no_request_is_a_server_error(
    service: Place, line: str, host: str, headers: list[str], body: bytes, end: str
) -> None:
    lines = [line, host, f"Content-Length: {len(body)}", *headers, "", ""]
    check(send(service, end.join(lines).encode("latin-1") + body))


@quickly
@given(octets=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode()))
def test_no_garbage_is_a_server_error(service: Place, octets: bytes) -> None:
    check(send(service, octets + b"\r\n\r\n"))


TEXTS = st.text(max_size=30) | st.sampled_from(["\x00", "\ud800", "/", "..", "~", "a/../b", "C:\\"])
MEMBERS = ["code", "nonce", "path", "root", "on", "device", "name", "wide", "event", "page", "id"]
MEMBERS += ["topic", "message", "priority", "tags", "click", "icon", "attach", "cache", "delay"]
MEMBERS += ["url", "title", "size", "hidden", "roots", "action", "ms"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=4)
TYPED = st.dictionaries(st.sampled_from(MEMBERS), TEXTS | st.booleans(), min_size=1, max_size=3)
ODD = [
    "",
    "{",
    "[" * 20_000,
    '{"a":' * 5_000,
    "NaN",
    '{"on":1e999}',
    '{"on":true,"on":false}',
    "\0",
]
BODY = (
    (OBJECTS | TYPED | JSON).map(lambda value: json.dumps(value).encode())
    | st.sampled_from(ODD).map(str.encode)
    | st.binary(max_size=60)
)


def posts(site: Site) -> list[str]:
    """The paths that take a POST with JSON."""
    return [
        re.sub(r"<[^>]+>", "word", rule.rule)
        for rule in site.app.url_map.iter_rules()
        if "POST" in (rule.methods or set())
    ]


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


@quickly
@given(data=st.data(), body=BODY)
def test_no_body_is_a_server_error(site: Site, data: Any, body: bytes) -> None:
    """On every route, with the token, and with a service behind it that does as it is told."""
    path = data.draw(st.sampled_from(posts(site)))
    headers = {"X-TrayApp-Token": TOKEN, "Content-Type": "application/json"}
    answer = site.ask("POST", path, headers, body)
    assert answer.status_code < 500, (path, answer.text)
    if answer.status_code >= 400:
        assert answer.is_json
        assert "error" in (answer.json or {})


KINDS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=xx", "text/plain"]
KINDS += [
    "multipart/form-data",
    'multipart/form-data; boundary="',
    "application/json; x",
    "text/x;=",
]
FIELDS = ["message", "title", "priority", "tags", "click", "icon", "delay", "a", "", "\x00", '"']
PAIRS = st.lists(
    st.tuples(st.sampled_from(FIELDS), st.text(max_size=20) | st.just("4")), max_size=4
)
PART = "--xx\r\nContent-Disposition: form-data; name={}\r\n{}\r\n{}\r\n".format
PARTS = st.lists(
    st.builds(PART, st.sampled_from(FIELDS), st.sampled_from(["", "Content-Type: x/y\r\n"]), LATIN),
    max_size=3,
).map(lambda parts: ("".join(parts) + "--xx--\r\n").encode())
FORM = PAIRS.map(lambda pairs: urlencode(pairs).encode()) | PARTS | st.binary(max_size=60)


@settings(quickly, max_examples=200)
@given(
    path=st.sampled_from(["/notify", "/log", "/", "/post"]),
    kind=st.sampled_from(KINDS),
    headers=st.dictionaries(st.sampled_from(NAMES[8:]), VALUE, max_size=2),
    body=FORM,
)
def test_no_form_is_a_server_error(
    site: Site, path: str, kind: str, headers: dict[str, str], body: bytes
) -> None:
    answer = site.ask("POST", path, headers | {"Content-Type": kind}, body)
    assert answer.status_code < 500, (path, answer.text)


HARMLESS = ["/api/session", "/api/proof", "/api/roots/remove", "/api/ignore", "/api/loops/resume"]
HARMLESS += ["/api/devices/rename", "/api/devices/forget", "/pair", "/applied", "/api/pause"]
"""Routes that neither end the service nor open anything of this computer."""


@quickly
@given(path=st.sampled_from(HARMLESS), body=BODY, query=LATIN)
def test_no_body_harms_the_service(service: Place, path: str, body: bytes, query: str) -> None:
    query = query.replace(" ", "+")
    head = f"POST {path}?{query} HTTP/1.1\r\nHost: localhost\r\nX-TrayApp-Token: {TOKEN}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    check(send(service, head.encode("latin-1") + body))


def send(place: Place, octets: bytes) -> bytes:
    """The answer, up to the end of the connection or to the first bytes of a stream."""
    received, began = b"", time.monotonic()
    with place.connect("loopback") as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.sendall(octets)
            connection.shutdown(socket.SHUT_WR)
            while b"event: hello" not in received:
                piece = connection.recv(65536)
                if not piece:
                    break
                received += piece
        except ConnectionError:  # refused, and closed, before it had all
            pass
    assert time.monotonic() - began < PATIENCE
    return received


def check(received: bytes) -> None:
    """It was answered, as a request or as nonsense; or given up without a word, as half a one."""
    if received:
        assert Answer(received, closed=True).status < 500, received[:300]
        assert b"Traceback" not in received
