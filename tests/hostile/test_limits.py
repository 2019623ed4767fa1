"""Attacks that are more than one request: heads without end, the own address, lines in the log."""

import logging

import pytest

from tests.hostile.network import HOST_ADDRESS
from tests.hostile.places import Place
from tests.hostile.wire import exchange

HOST = b"Host: localhost\r\n"


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 101 + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /" + b"y" * 70_000,
    ],
)
def test_a_head_too_large_is_refused(service: Place, octets: bytes) -> None:
    answer = exchange(service.connect("loopback"), octets)
    assert answer.status in {400, 414, 431}
    assert answer.closed
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize(
    "octets",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        b"GET //[ HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET http://[ HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"GET /\xff\xfe?\xff HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /a\x00b HTTP/1.1\r\n" + HOST + b"\r\n",
        b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /stream?topic=%ff HTTP/1.1\r\n" + HOST + b"\r\n",
    ],
)
def test_garbage_is_a_4xx_and_the_server_lives_on(
    service: Place, octets: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = exchange(service.connect("loopback"), octets)
    assert answer.status in {400, 403, 404, 405, 505}
    assert answer.closed
    assert b"Traceback" not in answer.octets
    assert "Traceback" not in caplog.text
    good = exchange(service.connect("loopback"), b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    assert good.status == 200


def test_no_answer_says_what_we_are_built_with(service: Place) -> None:
    for target in (b"/", b"/nothing/here", b"/stream", b"/client.js"):
        answer = exchange(
            service.connect("loopback"), b"GET %b HTTP/1.1\r\n%b\r\n" % (target, HOST)
        )
        assert "server" not in answer.headers
        assert "werkzeug" not in str(answer.headers).lower()
        assert "set-cookie" not in answer.headers


def test_this_computer_needs_no_key_under_its_own_lan_address(lan: Place) -> None:
    head = f"Host: {HOST_ADDRESS}:{lan.port}\r\nOrigin: http://{HOST_ADDRESS}:5173\r\n\r\n"
    octets = f"GET /stream HTTP/1.1\r\n{head}".encode()
    assert exchange(lan.connect("own"), octets).status == 200
    assert exchange(lan.connect("lan"), octets).status == 401


def test_the_log_holds_no_key_and_no_raw_line_end(
    service: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    head = b"Host: localhost\r\nConnection: close\r\n"
    key = service.read_key.encode()
    for octets in (
        b"GET /stream?key=%b HTTP/1.1\r\n%b\r\n" % (key, head),
        b"GET /%%0d%%0aFAKE%%20200%%1b?key=%b HTTP/1.1\r\n%b\r\n" % (key, head),
        b"POST /%%0d%%0aFAKE HTTP/1.1\r\n%bOrigin: http://a\x1b\r\n\r\n" % head,
    ):
        exchange(service.connect("loopback"), octets)
    assert "FAKE" in caplog.text, "nothing was logged, so nothing was tested"
    for record in caplog.records:
        message = record.getMessage()
        assert service.read_key not in message
        assert not any(sign in message for sign in "\r\n\x1b")
