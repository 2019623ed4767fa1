"""The server on real sockets: slow and broken senders, the bodies it takes, its stop."""

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests.streams import Reader, request
from tests.support import wait_for
from trayapp.server import PortInUse, Server, guests, listen_on_loopback


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answers with method and body."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["REQUEST_METHOD"].encode(), b" ", body]


@pytest.fixture
def port() -> Iterator[int]:
    server, listener = Server(), listen_on_loopback(0)
    server.start()
    server.serve(listener, echo)
    yield listener.port
    server.stop()


def answer(reader: Reader) -> tuple[int, bytes]:
    reader.wait_for_end()
    reader.close()
    return reader.status, bytes(reader.body)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_answers_on_both_loopback_addresses(port: int, host: str) -> None:
    assert answer(request(port, ["GET / HTTP/1.1", "Host: x"], host)) == (200, b"GET ")


def test_a_body_may_come_in_pieces(port: int) -> None:
    reader = request(port, ["POST / HTTP/1.1", "Host: x", "Content-Length: 4"], body=b"a")
    for piece in (b"b", b"c", b"d"):
        reader.sock.sendall(piece)
    assert answer(reader) == (200, b"POST abcd")


def test_bytes_after_the_body_are_no_second_request(port: int) -> None:
    smuggled = b"hiGET / HTTP/1.1\r\nHost: x\r\n\r\n"
    reader = request(port, ["POST / HTTP/1.1", "Host: x", "Content-Length: 2"], body=smuggled)
    assert answer(reader) == (200, b"POST hi")
    assert reader.raw.count(b"HTTP/1.1") == 1


def test_a_sender_who_waits_for_100_continue_gets_it(port: int) -> None:
    lines = ["POST / HTTP/1.1", "Host: x", "Content-Length: 2", "Expect: 100-continue"]
    reader = request(port, lines)
    wait_for(lambda: reader.read() and reader.raw == b"HTTP/1.1 100 Continue\r\n\r\n")
    again = Reader(reader.sock)
    again.sock.sendall(b"hi")
    assert answer(again) == (200, b"POST hi")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Content-Length: -1", 400),
        ("Content-Length: 1\r\nContent-Length: 2", 400),
        ("Content-Length: ٣", 400),
        ("Transfer-Encoding: chunked", 411),
        ("X: " + "x" * 70_000, 431),
        ("no colon", 400),
        ("X: a\r\n" * 200 + "Y: b", 400),
    ],
)
def test_broken_requests_get_a_plain_refusal(port: int, header: str, status: int) -> None:
    lines = ["POST / HTTP/1.1", "Host: x", *header.encode().decode("latin-1").split("\r\n")]
    reader = request(port, lines)
    got, body = answer(reader)
    assert got in (status, 431)
    assert b"Traceback" not in body
    assert "server:" not in reader.head.lower()


def test_garbage_is_refused_and_nothing_of_it_echoed(port: int) -> None:
    reader = request(port, ["<script> \0 \xff HTTP/9"])
    status, body = answer(reader)
    assert status in (400, 505)
    assert b"script" not in body


def test_slow_senders_do_not_delay_a_normal_request(port: int) -> None:
    heads = [request_line(port, b"GET / HTTP/1.1\r\nHost:") for _ in range(30)]
    bodies = [
        request_line(port, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx") for _ in range(9)
    ]
    assert answer(request(port, ["GET / HTTP/1.1", "Host: x"]))[0] == 200
    for sock in heads + bodies:
        sock.close()


def request_line(port: int, piece: bytes) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=5)
    sock.sendall(piece)
    return sock


def test_a_sender_who_never_ends_is_turned_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "HEAD_WITHIN", 0.2)
    monkeypatch.setattr(guests, "BODY_WITHIN", 0.2)
    server, listener = Server(), listen_on_loopback(0)
    server.start()
    server.serve(listener, echo)
    for piece in (b"GET / HT", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx"):
        reader = Reader(request_line(listener.port, piece))
        assert answer(reader)[0] == 408
    server.stop()


def test_tls_is_answered_at_once_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    server, listener = Server(), listen_on_loopback(0)
    server.start()
    server.serve(listener, echo)
    context = ssl.create_default_context()
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as sock:
            began = time.monotonic()
            with pytest.raises(ssl.SSLError):  # WRONG_VERSION_NUMBER, or what it is called there
                context.wrap_socket(sock, server_hostname="localhost")
            assert time.monotonic() - began < 2
    assert [record.getMessage() for record in caplog.records] == [
        f"https was spoken to port {listener.port}, which speaks http only: "
        "use http:// in place of https://."
    ]
    server.stop()


@pytest.mark.parametrize(
    ("octets", "status", "hint"),
    [
        (b"\x16\x03\x01", 400, b"Use http:// in place of https://."),
        (b"\x05\x01\x00", 400, b"without SOCKS"),
        (b"\x00\x00", 400, b""),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, b"--http1.1"),
    ],
)
def test_another_protocol_is_answered_at_once(
    port: int, octets: bytes, status: int, hint: bytes
) -> None:
    began = time.monotonic()
    reader = Reader(request_line(port, octets))
    found, body = answer(reader)
    assert time.monotonic() - began < 2
    assert found == status
    assert hint in body


def test_an_application_that_fails_costs_one_500_without_a_traceback() -> None:
    def broken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise RuntimeError("secret")

    server, listener = Server(), listen_on_loopback(0)
    server.start()
    server.serve(listener, broken)
    status, body = answer(request(listener.port, ["GET / HTTP/1.1", "Host: x"]))
    assert status == 500
    assert b"secret" not in body
    assert b"Traceback" not in body
    server.stop()


def test_a_busy_port_is_an_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"Port {port} is in use"):
            listen_on_loopback(port)


def test_a_port_taken_on_ipv6_alone_is_busy_too() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)):
            listen_on_loopback(port)


def test_stop_frees_the_port_and_drops_half_requests() -> None:
    server, listener = Server(), listen_on_loopback(0)
    server.start()
    server.serve(listener, echo)
    half = request_line(listener.port, b"GET /")
    assert answer(request(listener.port, ["GET / HTTP/1.1", "Host: x"]))[0] == 200
    server.stop()
    server.stop()
    again = listen_on_loopback(listener.port)
    again.close()
    reader = Reader(half)
    reader.wait_for_end()
    half.close()


def test_every_thread_has_a_name_of_ours(port: int) -> None:
    names = {thread.name for thread in threading.enumerate()} - {"MainThread"}
    assert {"trayapp-http-door", "trayapp-http-0"} <= names
