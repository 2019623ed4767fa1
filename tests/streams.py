"""A reader of streams for tests: a raw socket, chunked or not, and the frames that came."""

import json
import re
import socket
import time
from collections.abc import Iterable

from tests.support import wait_for
from trayapp.sse import Decoder, Dispatched

HEAD_END = b"\r\n\r\n"


class Reader:
    """Reads one response from a connected socket. Deadlines are seconds from the call.

    `raw` is all that came, `head` the status line and headers (empty until complete), `body` the
    rest without chunk framing.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.raw = bytearray()
        self.head = ""
        self.body = bytearray()
        self.ended = False
        self._parsed = 0
        self._decoder = Decoder()
        self._events: list[Dispatched] = []
        self._taken = 0

    @property
    def status(self) -> int:
        match = re.match(r"HTTP/1\.[01] (\d{3})", self.head)
        assert match, self.raw
        return int(match[1])

    def read(self, seconds: float = 5.0) -> bool:
        """Wait for more bytes; False when none came in time or the stream has ended."""
        self.sock.settimeout(max(seconds, 0.001))
        try:
            piece = self.sock.recv(1 << 16)
        except TimeoutError:
            return False
        except ConnectionError:
            piece = b""
        if not piece:
            self.ended = True
            return False
        self.raw += piece
        self._parse()
        return True

    def _parse(self) -> None:
        if not self.head:
            end = self.raw.find(HEAD_END)
            if end < 0:
                return
            self.head = self.raw[:end].decode("latin-1")
            self._parsed = end + len(HEAD_END)
        before = len(self.body)
        if "transfer-encoding: chunked" in self.head.lower():
            while self._take_chunk():
                pass
        else:
            self.body += self.raw[self._parsed :]
            self._parsed = len(self.raw)
        self._events += self._decoder.feed(bytes(self.body[before:]))

    def _take_chunk(self) -> bool:
        """Take one complete chunk (RFC 9112 §7.1), or leave it until more has come."""
        match = re.compile(rb"([0-9a-f]+)\r\n").match(self.raw, self._parsed)
        if match is None:
            return False
        end = match.end() + int(match[1], 16)
        if len(self.raw) < end + 2:
            return False
        self.body += self.raw[match.end() : end]
        self._parsed = end + 2
        return True

    def next(self, seconds: float = 5.0) -> Dispatched:
        """The next event. Fails when none comes in time."""
        deadline = time.monotonic() + seconds
        while self._taken == len(self._events):
            left = deadline - time.monotonic()
            assert left > 0, f"no event within {seconds} s; got {self._events} and {self.raw!r}"
            assert self.read(left) or not self.ended, f"the stream ended: {self.raw!r}"
        self._taken += 1
        return self._events[self._taken - 1]

    def wait_for_end(self, seconds: float = 5.0) -> None:
        """Read on until the other side closes."""
        deadline = time.monotonic() + seconds
        while not self.ended:
            left = deadline - time.monotonic()
            assert left > 0, "the stream is still open"
            self.read(left)

    def rest(self, seconds: float) -> list[Dispatched]:
        """All events that come within `seconds`: for asserting that none does."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self.ended:
            self.read(left)
        events, self._taken = self._events[self._taken :], len(self._events)
        return events

    def close(self) -> None:
        self.sock.close()


def request(port: int, lines: Iterable[str], host: str = "127.0.0.1", body: bytes = b"") -> Reader:
    """Send a request, its lines as given, to `port`; read the answer with the Reader."""
    sock = socket.create_connection((host, port), timeout=5)
    sock.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
    return Reader(sock)


def open_stream(port: int, target: str = "/stream", *headers: str) -> Reader:
    """GET a stream as curl would."""
    return request(port, [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers])


def wait_for_scan(port: int) -> None:
    """Until the first scan of each root is over: a stream that opens before gets its fingerprint as
    a change of its own."""

    def known() -> bool:
        reader = open_stream(port, "/stream?topic=none")
        hello = json.loads(reader.next().data)
        reader.close()
        return all(root["fingerprint"] for root in hello["roots"])

    wait_for(known, what="the first scan")
