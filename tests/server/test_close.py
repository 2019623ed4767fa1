"""One listener closed while the server goes on with the others."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from tests.server.test_slow import BODIES, HEADS, LAZY_READERS, OVERSIZE, READERS, Application
from tests.streams import Reader, request
from tests.support import wait_for
from trayapp.errors import TrayAppError
from trayapp.server import Listener, PortInUse, Server, listen_on, listen_on_loopback

ASK = ["GET / HTTP/1.1", "Host: x"]


class Waiting(Application):
    """Answers /wait once it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go_on = threading.Event(), threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/wait":
            self.asked.set()
            assert self.go_on.wait(5)
        return super().__call__(environ, start_response)


@pytest.fixture
def application() -> Iterator[Waiting]:
    application = Waiting()
    yield application
    application.go_on.set()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def both(server: Server, application: Waiting) -> tuple[Listener, Listener]:
    """A listener that stays, and one to close."""
    stays, goes = listen_on_loopback(0), listen_on_loopback(0)
    server.serve(stays, application)
    server.serve(goes, application)
    return stays, goes


def sender(port: int, octets: bytes) -> Reader:
    sock = socket.create_connection(("127.0.0.1", port), timeout=5)
    sock.sendall(octets)
    return Reader(sock)


def status(port: int) -> int:
    reader = request(port, ASK)
    reader.wait_for_end()
    reader.close()
    return reader.status


def is_free(port: int) -> bool:
    try:
        listen_on_loopback(port).close()
    except PortInUse:
        return False
    return True


def test_its_port_is_free_and_the_other_answers(
    server: Server, both: tuple[Listener, Listener]
) -> None:
    stays, goes = both
    assert status(goes.port) == status(stays.port) == 200
    assert not is_free(goes.port)
    server.close(goes)
    assert is_free(goes.port)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", goes.port), timeout=5)
    assert status(stays.port) == 200
    server.close(goes)


@pytest.mark.parametrize(
    "octets",
    [b"", HEADS, BODIES, READERS, LAZY_READERS, OVERSIZE],
    ids=["silent", "heads", "bodies", "readers", "readers of blocks", "oversize"],
)
def test_who_waits_at_the_door_goes_with_it(
    server: Server, both: tuple[Listener, Listener], application: Waiting, octets: bytes
) -> None:
    stays, goes = both
    going, staying = sender(goes.port, octets), sender(stays.port, octets)
    assert status(goes.port) == status(stays.port) == 200  # by then they are at the door
    begun = time.monotonic()
    server.close(goes)
    assert time.monotonic() - begun < 1
    going.wait_for_end()
    if octets == LAZY_READERS:
        wait_for(lambda: sum(body.closed.is_set() for body in application.bodies) == 1)
    if octets in (b"", HEADS):
        staying.sock.sendall(b" x\r\n\r\n" if octets else b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        staying.wait_for_end()
        assert staying.status == 200
    for reader in (going, staying):
        reader.close()


def test_who_waits_in_the_backlog_is_not_answered(server: Server, application: Waiting) -> None:
    listener = listen_on_loopback(0)
    waiting = request(listener.port, ASK)
    server.close(listener)  # never served
    waiting.wait_for_end()
    assert not waiting.raw
    waiting.close()


def test_an_exchange_under_way_may_end(
    server: Server, both: tuple[Listener, Listener], application: Waiting
) -> None:
    _, goes = both
    reader = request(goes.port, ["GET /wait HTTP/1.1", "Host: x"])
    assert application.asked.wait(5)
    server.close(goes)
    assert is_free(goes.port)
    application.go_on.set()
    reader.wait_for_end()
    assert (reader.status, bytes(reader.body)) == (200, b"small")
    reader.close()


def test_but_its_reader_is_not_waited_for(
    server: Server, both: tuple[Listener, Listener], application: Waiting
) -> None:
    """It would keep the answer to a device that is turned away coming for as long as it likes."""
    _, goes = both
    asked = threading.Event()

    def big(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked.set()
        assert application.go_on.wait(5)
        environ["PATH_INFO"] = "/blocks"
        return application(environ, start_response)

    listener = listen_on_loopback(0)
    server.serve(listener, big)
    reader = request(listener.port, ASK)
    assert asked.wait(5)
    server.close(listener)
    application.go_on.set()
    wait_for(lambda: application.bodies and application.bodies[0].closed.is_set())
    reader.wait_for_end()
    reader.close()


def test_a_thread_that_answers_may_close_what_it_came_by(server: Server) -> None:
    def closing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        server.close(listener)
        start_response("200 OK", [])
        return [b"closed" if is_free(listener.port) else b"open"]

    for at_once in (False, True):  # True: on the door's own thread
        listener = listen_on_loopback(0)
        server.serve(listener, closing, lambda _, at_once=at_once: at_once)  # type: ignore[misc]
        reader = request(listener.port, ASK)
        reader.wait_for_end()
        assert bytes(reader.body) == b"closed"
        reader.close()


@pytest.mark.parametrize("after", [lambda server: None, Server.stop], ids=["before", "after"])
def test_closing_needs_no_running_server(after: Callable[[Server], None]) -> None:
    server, listener = Server(), listen_on_loopback(0)
    if after is Server.stop:
        server.start()
        server.serve(listener, Application())
    after(server)
    server.close(listener)
    server.close(listener)
    assert is_free(listener.port)


def test_a_listener_that_was_closed_before_the_door_saw_it_costs_nothing(
    server: Server, both: tuple[Listener, Listener], application: Waiting
) -> None:
    for _ in range(20):
        listener = listen_on_loopback(0)
        listener.close()
        server.serve(listener, application)
    assert status(both[0].port) == 200


def test_any_thread_may_close_while_others_ask_and_the_server_stops(application: Waiting) -> None:
    """Whatever comes first, it ends, and no port is left taken."""
    for _ in range(10):
        server = Server()
        server.start()
        listeners = [listen_on_loopback(0) for _ in range(8)]
        for listener in listeners:
            server.serve(listener, application)
        asking = [sender(listener.port, HEADS) for listener in listeners for _ in range(4)]
        threads = [
            threading.Thread(target=server.close, args=(listener,), name="test-close")
            for listener in listeners
            for _ in range(2)
        ]
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        server.stop()
        for thread in threads:
            thread.join()
        assert time.monotonic() - begun < 1
        assert all(is_free(listener.port) for listener in listeners)
        for reader in asking:
            reader.close()


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "8.8.8.8", "2001:4860:4860::8888", "ff02::1"])
def test_no_address_is_listened_on_that_the_internet_may_reach(address: str) -> None:
    with pytest.raises(TrayAppError, match="not a private address"):
        listen_on(address, 0)


@pytest.mark.parametrize("address", ["10.255.255.254", "fd00:dead::1", "fe80::dead"])
def test_an_address_that_has_gone_away_is_a_plain_error(address: str) -> None:
    with pytest.raises(TrayAppError) as raised:
        listen_on(address, 0, scope=1 if address.startswith("fe80") else 0)
    assert str(raised.value) == f"This computer has no address {address} now."
