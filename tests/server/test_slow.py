"""Slow ends of connections keep a connection, never a thread: a normal request is not delayed."""

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests.streams import Reader, request
from tests.support import wait_for
from trayapp.server import Server, guests, listen_on_loopback

BIG = b"x" * (8 * 1024 * 1024)  # more than the kernel's buffers of one connection hold
SLOW = 30
SOON = 1.0

HEADS = b"GET / HTTP/1.1\r\nHost:"
BODIES = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"
READERS = b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n"
LAZY_READERS = b"GET /blocks HTTP/1.1\r\nHost: x\r\n\r\n"
OVERSIZE = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nx"


class Blocks:
    """A body that comes in blocks, and knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        return (BIG[:65536] for _ in range(len(BIG) // 65536))

    def close(self) -> None:
        self.closed.set()


class Application:
    """Answers small, big and in blocks."""

    def __init__(self) -> None:
        self.bodies: list[Blocks] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        if environ["PATH_INFO"] == "/blocks":
            self.bodies.append(Blocks())
            return self.bodies[-1]
        return [BIG if environ["PATH_INFO"] == "/big" else b"small"]


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
def port(application: Application) -> Iterator[int]:
    server, listener = Server(), listen_on_loopback(0)
    server.start()
    server.serve(listener, application)
    yield listener.port
    server.stop()


def sender(port: int, octets: bytes) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=5)
    sock.sendall(octets)
    return sock


def ask(port: int, path: str = "/") -> Reader:
    reader = request(port, [f"GET {path} HTTP/1.1", "Host: x"])
    reader.wait_for_end(10)
    reader.close()
    return reader


@pytest.mark.parametrize(
    "octets",
    [HEADS, BODIES, READERS, LAZY_READERS, OVERSIZE],
    ids=["heads", "bodies", "readers", "readers of blocks", "oversize"],
)
def test_thirty_slow_sockets_delay_no_normal_request(port: int, octets: bytes) -> None:
    slow = [sender(port, octets) for _ in range(SLOW)]
    try:
        for _ in range(5):
            begun = time.monotonic()
            assert ask(port).body == b"small"
            assert time.monotonic() - begun < SOON
    finally:
        for sock in slow:
            sock.close()


@pytest.mark.parametrize("path", ["/big", "/blocks"])
def test_a_reader_who_wakes_up_gets_all_of_it(port: int, path: str) -> None:
    sleeper = Reader(sender(port, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()))
    assert ask(port).body == b"small"  # by then the sleeper's response is stuck
    sleeper.wait_for_end(10)
    sleeper.close()
    assert bytes(sleeper.body) == BIG


def test_a_reader_who_sleeps_on_is_turned_out(
    port: int, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guests, "TAKE_WITHIN", 0.2)
    sleeper = Reader(sender(port, LAZY_READERS))
    wait_for(lambda: application.bodies)
    assert application.bodies[0].closed.wait(5)
    sleeper.wait_for_end(10)
    sleeper.close()
    assert 0 < len(sleeper.body) < len(BIG)


def test_a_reader_who_goes_leaves_nothing_behind(port: int, application: Application) -> None:
    sleeper = sender(port, LAZY_READERS)
    wait_for(lambda: application.bodies)
    sleeper.close()
    assert application.bodies[0].closed.wait(5)


def test_stop_does_not_wait_for_slow_readers(application: Application) -> None:
    server, listener = Server(), listen_on_loopback(0)
    server.start()
    server.serve(listener, application)
    sleepers = [sender(listener.port, READERS) for _ in range(9)]
    assert ask(listener.port).body == b"small"
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < SOON
    for sock in sleepers:
        sock.close()


def test_a_sender_of_too_much_sees_the_answer(port: int) -> None:
    """Closing while bytes are still unread would reset the connection and lose the answer."""
    lines = b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 30_000
    sock = socket.create_connection(("127.0.0.1", port), timeout=5)
    try:
        sock.sendall(lines)
    except OSError:
        pytest.fail("the connection was reset while the request was sent")
    reader = Reader(sock)
    wait_for(lambda: reader.read() and reader.head)
    assert reader.status == 431
    reader.close()
