"""Publishers that post as fast as they can, and readers of which some are slow: all get each event
once and in order."""

import logging
import re
import selectors
import socket
import threading
import time
from http.client import HTTPConnection

import pytest

from tests.support import Running
from tests.torture.footprint import footprint
from tests.torture.scale import TIMEOUT, scaled

logger = logging.getLogger(__name__)

EVENTS = scaled(40_000, 1_000_000)
BURST = 20_000
"""Events that are published at once, before the publishers rest."""

REST = 0.2
"""Seconds between two bursts."""

PUBLISHERS = 4
AT_ONCE = 64
"""Events of one request."""

READERS, SLOW = 20, 5
PACE = scaled(0, 4 << 20)
"""Bytes a second that a slow reader takes while events are published."""

FILLER = "x" * 250
"""More than the kernel holds for a reader that is slow: some 4 MiB."""

MIB = 1024 * 1024
_ID = re.compile(rb"\nid: [0-9a-z]+-([0-9]+)\n")

pytestmark = pytest.mark.timeout(TIMEOUT)


class Reader:
    """Keeps the numbers of the ids that come. HTTP/1.0, so that no chunk cuts a line."""

    def __init__(self, port: int, pace: float) -> None:
        self.numbers: list[int] = []
        self.pace = pace
        self.taken = 0
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)  # else the kernel reads
        self.sock.connect(("127.0.0.1", port))
        self.sock.sendall(
            f"GET /stream?topic=t HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        )
        self._rest = b""
        while b"event: hello" not in self._rest or not self._rest.endswith(b"\n\n"):
            self._rest += self.sock.recv(65536)
        self._rest = b""

    def read(self) -> None:
        piece = self.sock.recv(65536)
        assert piece, f"a stream ended after {len(self.numbers)} events"
        self.taken += len(piece)
        whole, _, self._rest = (self._rest + piece).rpartition(b"\n\n")
        assert b"event: reset" not in whole, f"reset after {len(self.numbers)} events"
        self.numbers += map(int, _ID.findall(b"\n" + whole.replace(b"\n\n", b"\n\n\n") + b"\n"))

    def may_read(self, seconds: float) -> bool:
        return self.taken <= self.pace * seconds


def publish(port: int, count: int) -> None:
    """`count` events, by posts of many lines."""
    for begin in range(0, count, AT_ONCE):
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        lines = "\n".join(
            f"event {place} {FILLER}" for place in range(begin, min(begin + AT_ONCE, count))
        )
        connection.request("POST", "/t?lines=1", lines.encode())
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        connection.close()


def bursts(port: int) -> None:
    for _ in range(EVENTS // BURST):
        threads = [
            threading.Thread(target=publish, args=(port, BURST // PUBLISHERS))
            for _ in range(PUBLISHERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(REST)  # a burst is one because the publishers rest after it


def follow(readers: list[Reader], publishing: threading.Thread, seconds: float) -> None:
    """Read, each at its pace as long as there is publishing, until all have all."""
    began = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for reader in readers:
            selector.register(reader.sock, selectors.EVENT_READ, reader)
        while any(len(reader.numbers) < EVENTS for reader in readers):
            passed = time.monotonic() - began
            assert passed < seconds, [len(reader.numbers) for reader in readers]
            ready = [key.data for key, _ in selector.select(0.05)]
            over = not publishing.is_alive()
            allowed = [reader for reader in ready if over or reader.may_read(passed)]
            for reader in allowed:
                reader.read()
            if not allowed:
                time.sleep(0.002)  # slow readers are slow because they wait


def test_a_flood_loses_nothing(program: Running) -> None:
    idle = footprint(program.pid).memory
    paces = [float(PACE)] * SLOW + [float("inf")] * (READERS - SLOW)
    readers = [Reader(program.port, pace) for pace in paces]
    publishing = threading.Thread(target=bursts, args=(program.port,))
    began = time.monotonic()
    publishing.start()
    try:
        follow(readers, publishing, TIMEOUT * 0.8)
        for reader in readers:
            first = reader.numbers[0]
            assert reader.numbers == list(range(first, first + EVENTS))
    finally:
        publishing.join()
        for reader in readers:
            reader.sock.close()
    grown = (footprint(program.pid).memory - idle) / MIB
    seconds = time.monotonic() - began
    logger.info("%d events to %d readers in %.1f s, +%.1f MiB", EVENTS, READERS, seconds, grown)
    assert grown <= 24
