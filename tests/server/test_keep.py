"""Persistent connections of programs (RFC 9112 §9.3): asked for, ended in silence."""

import socket
import time
from collections.abc import Iterable, Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from trayapp.server import Server, guests, listen_on_loopback

KEEP = {"Connection": "keep-alive"}


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The body; at `/pieces` as pieces whose length nobody knows before."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [])
    return iter([body, b"!"]) if environ["PATH_INFO"] == "/pieces" else [body]


@pytest.fixture
def port() -> Iterator[int]:
    server, listener = Server(), listen_on_loopback(0)
    server.start()
    server.serve(listener, echo)
    yield listener.port
    server.stop()


@pytest.fixture
def connection(port: int) -> Iterator[HTTPConnection]:
    opened = HTTPConnection("127.0.0.1", port, timeout=5)
    opened.connect()
    opened.auto_open = 0
    yield opened
    opened.close()


def ask(connection: HTTPConnection, body: bytes, path: str = "/", **headers: str) -> bytes:
    connection.request("POST", path, body, KEEP | headers)
    answer = connection.getresponse()
    assert answer.status == 200
    return answer.read()


def test_many_requests_on_one_connection(connection: HTTPConnection) -> None:
    for number in range(200):
        assert ask(connection, str(number).encode() * number) == str(number).encode() * number
    assert connection.sock is not None


def test_a_page_has_one_request_a_connection(connection: HTTPConnection) -> None:
    assert ask(connection, b"x", Origin="http://localhost:3000") == b"x"
    assert connection.sock is None, "the response said close"


def test_a_request_that_does_not_ask_is_the_last_one(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
        answer = b"".join(iter(lambda: sock.recv(4096), b""))
    assert b"Connection: close" in answer


def test_an_answer_without_a_length_ends_the_connection(connection: HTTPConnection) -> None:
    assert ask(connection, b"x", "/pieces") == b"x!"
    assert connection.sock is None


def test_a_request_that_comes_too_early_is_not_answered(port: int) -> None:
    request = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx"
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(request + request)
        answer = b"".join(iter(lambda: sock.recv(4096), b""))
    assert answer.count(b"HTTP/1.1 200") == 1
    assert b"Connection: close" in answer


def test_an_idle_connection_ends_without_a_word(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "IDLE_WITHIN", 0.1)
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n")
        began = time.monotonic()
        answer = b"".join(iter(lambda: sock.recv(4096), b""))
    assert time.monotonic() - began < 3
    assert answer.count(b"HTTP/1.1") == 1


def test_the_server_stops_with_idle_connections() -> None:
    server, listener = Server(), listen_on_loopback(0)
    server.start()
    server.serve(listener, echo)
    connection = HTTPConnection("127.0.0.1", listener.port, timeout=5)
    assert ask(connection, b"x") == b"x"
    server.stop()
    connection.close()
