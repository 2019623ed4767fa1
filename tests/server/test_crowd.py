"""Other computers at the door: how many at a time, and what they cost those who sit here."""

import errno
import logging
import os
import resource
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import need
from tests.hostile.network import HOST_ADDRESS, HOST_PRIVATE, Lan, inside, two_computers
from tests.streams import Reader
from tests.support import wait_for
from trayapp.server import Listener, Server, connection, door, listen_on, listen_on_loopback

NORMAL = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nHost:"
STREAM = b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"
BIG = b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n"
SOON = 1.0


class Application:
    """Takes as long as a page of ours takes; keeps the sockets of streams, as the hub does."""

    def __init__(self) -> None:
        self.streams: list[socket.socket] = []
        self.threads: list[str] = []
        self.seconds = 0.002
        self.answered = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/stream":
            self.threads.append(threading.current_thread().name)
            fileno = environ["werkzeug.socket"].detach()
            self.streams.append(socket.socket(fileno=fileno))
            raise ConnectionAbortedError
        time.sleep(self.seconds)
        self.answered += 1
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"x" * 8_000_000 if environ["PATH_INFO"] == "/big" else b"small"]


@dataclass(frozen=True, slots=True)
class Shared:
    """A server on loopback and on the LAN, seen from both computers."""

    lan: Lan
    application: Application
    server: Server
    local: Listener
    other: Listener

    def phone(self, octets: bytes = b"", count: int = 1) -> list[socket.socket]:
        """Connections from the other computer, on which `octets` were sent."""
        return inside(self.lan.phone, lambda: [self._send(octets) for _ in range(count)])

    def here(self, octets: bytes) -> Reader:
        """A request of this computer."""
        return inside(
            self.lan.host, lambda: Reader(_sender(("127.0.0.1", self.local.port), octets))
        )

    def seconds(self) -> float:
        """How long a normal request of this computer takes."""
        begun = time.monotonic()
        reader = self.here(NORMAL)
        reader.wait_for_end(10)
        reader.close()
        assert bytes(reader.body) == b"small"
        return time.monotonic() - begun

    def _send(self, octets: bytes) -> socket.socket:
        return _sender((HOST_ADDRESS, self.other.port), octets)


def _sender(address: tuple[str, int], octets: bytes) -> socket.socket:
    sock = socket.create_connection(address, timeout=5)
    try:
        sock.sendall(octets)
    except ConnectionError:  # turned away already
        assert octets
    return sock


def close(socks: Iterable[socket.socket]) -> None:
    for sock in socks:
        sock.close()


def open_ones(socks: Iterable[socket.socket]) -> list[socket.socket]:
    """Those that the other side has not closed. It had its time."""
    left = []
    for sock in socks:
        sock.setblocking(False)
        try:
            if sock.recv(1):
                left.append(sock)
        except BlockingIOError:
            left.append(sock)
        except ConnectionError:
            continue
    return left


@pytest.fixture(scope="module")
def lan() -> Iterator[Lan]:
    """Skipped without root; fails without it under CI=true."""
    need("ip")
    if os.geteuid() != 0 and os.environ.get("CI") != "true":
        pytest.skip("network namespaces need root")
    with two_computers() as computers:
        yield computers


@pytest.fixture
def shared(lan: Lan) -> Iterator[Shared]:
    application, server = Application(), Server(threads=4)
    local = inside(lan.host, lambda: listen_on_loopback(0))
    other = inside(lan.host, lambda: listen_on(HOST_ADDRESS, local.port))
    server.start()
    for listener in (local, other):
        server.serve(listener, application, lambda target: target == "/stream")
    yield Shared(lan, application, server, local, other)
    server.stop()
    close(application.streams)


def test_one_address_has_so_many_connections_at_the_door(
    shared: Shared, caplog: pytest.LogCaptureFixture
) -> None:
    threads = threading.active_count()
    waiting = shared.phone(HALF, connection.OF_ONE_SENDER)
    more = shared.phone(HALF, 200)
    assert shared.seconds() < SOON
    wait_for(lambda: not open_ones(more))
    assert len(open_ones(waiting)) == connection.OF_ONE_SENDER
    assert threading.active_count() == threads
    assert not caplog.records
    close(more)

    close(waiting[:1])  # and one that leaves makes room
    late: list[socket.socket] = []

    def let_in() -> bool:
        late.extend(shared.phone(HALF))
        shared.seconds()
        return bool(open_ones(late))

    wait_for(let_in, 2)
    close(waiting + late)


def test_loopback_is_never_counted(shared: Shared) -> None:
    many = 2 * connection.OF_THE_NETWORK
    waiting = [shared.here(HALF).sock for _ in range(many)]
    assert shared.seconds() < SOON
    assert len(open_ones(waiting)) == many
    close(waiting)


def test_all_addresses_together_have_their_limit(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OF_THE_NETWORK", 10)
    waiting = shared.phone(HALF, 15)
    assert shared.seconds() < SOON
    wait_for(lambda: len(open_ones(waiting)) == 10)
    close(waiting)


def test_who_goes_when_places_are_short_is_of_the_network(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when a connection of this computer has waited longer."""
    monkeypatch.setattr(door.Door, "_room", 4)
    mine = [shared.here(HALF).sock]
    shared.seconds()
    theirs = shared.phone(HALF, 3)
    shared.seconds()
    mine += [shared.here(HALF).sock for _ in range(2)]
    wait_for(lambda: len(open_ones(theirs)) <= 1)
    assert len(open_ones(mine)) == 3
    close(mine + theirs)


def test_the_network_has_few_of_the_threads(shared: Shared) -> None:
    shared.application.seconds = 0.5
    begun = time.monotonic()
    theirs = shared.phone(NORMAL, 6)  # two at a time: 1.5 s; with all four threads 1.0 s
    readers = [Reader(sock) for sock in theirs]
    for reader in readers:
        reader.wait_for_end(10)
    assert time.monotonic() - begun >= 1.5
    shared.application.seconds = 0.0
    close(theirs)


def test_addresses_of_one_subnet_are_one_sender(shared: Shared) -> None:
    addresses = [f"fd77::a:{number:x}" for number in range(1, 101)]
    add = "".join(f"address add {each}/64 dev lan0 nodad\n" for each in addresses)
    enter = ["nsenter", f"--net=/run/netns/{shared.lan.phone}"]
    subprocess.run([*enter, "ip", "-batch", "-"], input=add, text=True, check=True)
    other = inside(shared.lan.host, lambda: listen_on(HOST_PRIVATE, shared.local.port))
    shared.server.serve(other, shared.application)

    def connect(address: str) -> socket.socket:
        sock = socket.socket(socket.AF_INET6)
        sock.settimeout(5)
        sock.bind((address, 0))
        sock.connect((HOST_PRIVATE, other.port))
        sock.send(HALF)
        return sock

    waiting = inside(shared.lan.phone, lambda: [connect(each) for each in addresses])
    try:
        assert shared.seconds() < SOON
        wait_for(lambda: len(open_ones(waiting)) == connection.OF_ONE_SENDER)
        (four,) = shared.phone(HALF)
        shared.seconds()
        assert len(open_ones([four])) == 1
        four.close()
    finally:
        close(waiting)
        delete = add.replace("address add", "address delete").replace(" nodad", "")
        subprocess.run([*enter, "ip", "-batch", "-"], input=delete, text=True, check=True)


def test_streams_are_not_at_the_door(shared: Shared) -> None:
    streams: list[socket.socket] = []
    while len(streams) < 3 * connection.OF_ONE_SENDER:
        streams += shared.phone(STREAM, connection.OF_ONE_SENDER // 2)  # at the door until then
        count = len(streams)
        wait_for(lambda count=count: len(shared.application.streams) == count)  # type: ignore[misc]
    waiting = shared.phone(HALF, connection.OF_ONE_SENDER)
    assert shared.seconds() < SOON
    assert len(open_ones(waiting)) == len(waiting)
    close(streams + waiting)


def test_the_thread_of_the_door_answers_this_computer_alone(shared: Shared) -> None:
    mine = shared.here(STREAM).sock
    wait_for(lambda: shared.application.threads == ["trayapp-http-door"])
    streams = shared.phone(STREAM, 5)
    wait_for(lambda: len(shared.application.threads) == 6)
    assert shared.application.threads.count("trayapp-http-door") == 1
    close([mine, *streams])


@pytest.mark.parametrize(
    "octets",
    [
        NORMAL,
        BIG,
        b"garbage\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nx",
        HALF,
    ],
    ids=["answered", "left early", "refused", "oversize", "given up"],
)
def test_whoever_has_left_is_counted_no_more(shared: Shared, octets: bytes) -> None:
    for _ in range(3):
        socks = shared.phone(octets, 40)
        assert open_ones(socks) or octets == b"garbage\r\n\r\n" or octets == NORMAL
        close(socks)
        shared.seconds()
    wait_for(lambda: _all_let_in(shared), 5)


def _all_let_in(shared: Shared) -> bool:
    waiting = shared.phone(HALF, connection.OF_ONE_SENDER)
    shared.seconds()
    let_in = len(open_ones(waiting))
    close(waiting)
    return let_in == connection.OF_ONE_SENDER


def test_closing_the_listener_of_the_lan_leaves_loopback_alone(shared: Shared) -> None:
    phones, mine = shared.phone(HALF, 5), shared.here(HALF)
    streams = shared.phone(STREAM)
    assert shared.seconds() < SOON
    shared.server.close(shared.other)
    wait_for(lambda: not open_ones(phones))
    address = (HOST_ADDRESS, shared.local.port)
    with inside(shared.lan.phone, socket.socket) as late:
        assert late.connect_ex(address) == errno.ECONNREFUSED
    assert len(open_ones(streams)) == 1  # the hub ends those
    mine.sock.sendall(b" x\r\n\r\n")
    mine.wait_for_end()
    assert mine.status == 200
    again = inside(shared.lan.host, lambda: listen_on(HOST_ADDRESS, shared.local.port))
    shared.server.serve(again, shared.application)
    (phone,) = shared.phone(NORMAL)
    reader = Reader(phone)
    reader.wait_for_end()
    assert reader.status == 200
    close([*phones, *streams, mine.sock, phone])


def test_a_link_local_address_needs_the_number_of_its_interface(shared: Shared) -> None:
    address, scope = _link_local(shared.lan.host)
    listener = inside(shared.lan.host, lambda: listen_on(address, 0, scope))
    shared.server.serve(listener, shared.application)
    _, index = _link_local(shared.lan.phone)

    def connect() -> socket.socket:
        sock = socket.socket(socket.AF_INET6)
        sock.settimeout(5)
        sock.connect((address, listener.port, 0, index))
        sock.sendall(NORMAL)
        return sock

    reader = Reader(inside(shared.lan.phone, connect))
    reader.wait_for_end()
    assert reader.status == 200
    reader.close()


def _link_local(namespace: str) -> tuple[str, int]:
    """Of lan0, once the kernel has made sure that nobody else has it."""

    def ready() -> tuple[str, int] | None:
        enter = ["nsenter", f"--net=/run/netns/{namespace}"]
        asked = ["ip", "-6", "-o", "address", "show", "dev", "lan0", "scope", "link"]
        said = subprocess.run([*enter, *asked], capture_output=True, text=True, check=True).stdout
        if not said or "tentative" in said:
            return None
        return said.split()[3].partition("/")[0], int(said.partition(":")[0])

    return wait_for(ready, 8)


MANY = """
import resource, socket, sys, time

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
address = ("127.0.0.1", int(sys.argv[1]))
held = []
for _ in range(1000):
    held.append(socket.create_connection(address, 5))
    held[-1].send(b"GET / HTTP/1.1\\r\\nHost:")
for _ in range(5):
    begun = time.monotonic()
    sock = socket.create_connection(address, 5)
    sock.send(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    answer = b"".join(iter(lambda: sock.recv(9999), b""))
    print(answer[-5:].decode() if time.monotonic() - begun < 1 else "late")
"""
"""A thousand slow connections, and then what a normal request gets."""

STORM = """
import socket, sys, threading

host, port, octets = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3])
over = threading.Thread(target=sys.stdin.read)
over.start()
while over.is_alive():
    socks = []
    for _ in range(100):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex((host, port))
        socks.append(sock)
    for sock in socks:
        sock.settimeout(0.05)
        try:
            sock.send(octets)
        except OSError:
            pass
    for sock in socks:
        sock.close()
    print("stormed", flush=True)
"""
"""A hundred connections as fast as they can be opened, none of them waited for, and again."""


@contextmanager
def storm(shared: Shared, octets: bytes) -> Iterator[None]:
    """The other computer, as a process of its own, storms meanwhile."""
    port = str(shared.other.port)
    arguments = [sys.executable, "-c", STORM, HOST_ADDRESS, port, octets.hex()]
    with subprocess.Popen(
        ["nsenter", f"--net=/run/netns/{shared.lan.phone}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as attack:
        assert attack.stdout
        assert attack.stdout.readline() == b"stormed\n"
        yield
        attack.communicate(b"")


@pytest.mark.parametrize(
    "octets",
    [b"", HALF, NORMAL, BIG, b"GET / HTTP/1.1\r\n" + b"a:\n" * 20_000 + b"\n"],
    ids=["silent", "slow", "complete", "big", "lines"],
)
def test_a_device_that_opens_sockets_all_the_time_delays_nobody_here(
    shared: Shared, octets: bytes
) -> None:
    with storm(shared, octets):
        times = [shared.seconds() for _ in range(8)]
    assert max(times) < SOON
    assert shared.seconds() < SOON


def test_requests_of_this_computer_go_before_those_of_others(shared: Shared) -> None:
    shared.application.seconds = 0.2
    theirs = shared.phone(NORMAL, connection.OF_ONE_SENDER)  # 64 of 0.2 s for 4 threads: 3.2 s
    wait_for(lambda: shared.application.answered >= 4)
    assert shared.seconds() < SOON
    assert shared.application.answered < connection.OF_ONE_SENDER / 2
    close(theirs)
    shared.application.seconds = 0.0


def test_readers_of_a_byte_a_second_delay_nobody_here(shared: Shared) -> None:
    readers = shared.phone(BIG, connection.OF_ONE_SENDER - 4)

    over = time.monotonic() + 2
    while time.monotonic() < over:
        for sock in readers:
            sock.setblocking(False)
            with suppress(BlockingIOError):
                sock.recv(1)
        assert shared.seconds() < SOON
    close(readers)


def test_five_hundred_posts_at_once_delay_nobody(shared: Shared) -> None:
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
    posts = [shared.here(post) for _ in range(500)]
    assert shared.seconds() < SOON
    for reader in posts:
        reader.wait_for_end()
        assert reader.status == 200
        reader.close()


def test_who_has_waited_longest_makes_room_when_files_are_short(
    shared: Shared, caplog: pytest.LogCaptureFixture
) -> None:
    """1000 slow sockets of another process, in a process that may open 100 files more."""
    asking = [sys.executable, "-c", MANY, str(shared.local.port)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_files() + 100, hard))
    try:
        asked = subprocess.run(
            ["nsenter", f"--net=/run/netns/{shared.lan.host}", *asking],
            capture_output=True,
            timeout=20,
            check=False,
        )
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert asked.stdout.split() == [b"small"] * 5, asked.stderr
    assert len(caplog.records) < 3
    assert shared.seconds() < SOON


def _files() -> int:
    """The lowest number that a file opened now gets."""
    probe = os.open(os.devnull, os.O_RDONLY)
    os.close(probe)
    return probe


def test_with_select_alone_a_crowd_does_not_end_the_door(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(door, "ROOM_OF_SELECT", 20)
    taken: list[Any] = []
    one = door.Door(taken.append, selectors.SelectSelector)
    listener = inside(shared.lan.host, lambda: listen_on_loopback(0))
    one.start()
    one.open(listener, connection.Place(shared.application, lambda _: False))
    try:

        def connect() -> list[socket.socket]:
            return [_sender(("127.0.0.1", listener.port), HALF) for _ in range(60)]

        waiting = inside(shared.lan.host, connect)
        wait_for(lambda: len(open_ones(waiting)) == 20)
        assert open_ones(waiting) == waiting[-20:]
        waiting[-1].setblocking(True)
        waiting[-1].sendall(b" x\r\n\r\n")
        wait_for(lambda: taken)
        one.leave(taken[0], over=True)
        close(waiting)
    finally:
        one.stop()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
