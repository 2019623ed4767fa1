"""Many readers in one process, which lose their connections at random and come back."""

import random
import re
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from trayapp.sse import Decoder, Dispatched

AGAIN = 0.05
"""Seconds after which a reader that was refused or sent away tries again."""

PIECES = (1, 7, 100, 4096, 65536)
"""Bytes read at a time: small ones let a cut fall into the middle of a frame."""

_CHUNK = re.compile(rb"(?:\r\n)?([0-9a-f]+)\r\n")  # RFC 9112 §7.1, with the end of the one before


class Body:
    """The body of one response, from bytes that are cut anywhere."""

    def __init__(self) -> None:
        self._rest = b""
        self._chunked: bool | None = None
        self._left = 0

    def feed(self, piece: bytes) -> bytes:
        """What `piece` adds to the body, chunks that are not complete included."""
        self._rest += piece
        if self._chunked is None and not self._take_head():
            return b""
        if self._chunked:
            return b"".join(iter(self._take, b""))
        body, self._rest = self._rest, b""
        return body

    def _take_head(self) -> bool:
        head, end, rest = self._rest.partition(b"\r\n\r\n")
        if not end:
            return False
        assert head.startswith(b"HTTP/1.1 200 "), head
        self._chunked = b"\r\ntransfer-encoding: chunked" in head.lower()
        self._rest = rest
        return True

    def _take(self) -> bytes:
        """The next bytes of the body that are there."""
        if not self._left:
            match = _CHUNK.match(self._rest)
            if match is None:
                return b""
            self._left = int(match[1], 16)
            self._rest = self._rest[match.end() :]
        taken, self._rest = self._rest[: self._left], self._rest[self._left :]
        self._left -= len(taken)
        return taken


class Follower:
    """A reader as a browser is one: it keeps its cursor, and comes back with it.

    `got` is every event but `hello`, over all its connections; `greeted` counts those that began.
    `buffer` is how many bytes the kernel takes for it unread, roughly; 0: as many as it likes.
    """

    def __init__(self, version: str = "1.1", buffer: int = 0, cursor: str = "") -> None:
        self.got: list[Dispatched] = []
        self.greeted = 0
        self.cuts = 0
        self.sock: socket.socket | None = None
        self.due = 0.0
        """When it connects (without a socket) or is cut (with one), on the monotonic clock."""
        self._decoder = Decoder(cursor)
        self._version = version
        self._buffer = buffer

    @property
    def cursor(self) -> str:
        return self._decoder.last_event_id

    def connect(self, port: int, target: str) -> bool:
        """Ask for the stream after the last event seen; False when nobody listens."""
        lines = [f"GET {target} HTTP/{self._version}", f"Host: 127.0.0.1:{port}"]
        lines += [f"Last-Event-ID: {self.cursor}"] if self.cursor else []
        self._body = Body()
        self._decoder.reconnect()
        sock = socket.socket()
        sock.settimeout(5)
        if self._buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer)
        try:
            sock.connect(("127.0.0.1", port))
            sock.sendall("\r\n".join([*lines, "", ""]).encode())
        except ConnectionError:
            sock.close()
            return False
        self.sock = sock
        return True

    def read(self, most: int) -> bool:
        """Take at most `most` bytes of what is there; False when the stream has ended."""
        assert self.sock is not None
        try:
            piece = self.sock.recv(most)
        except ConnectionError:
            return False
        for event in self._decoder.feed(self._body.feed(piece)):
            if event.type == "hello":
                self.greeted += 1
            elif event.type not in ("bye", "busy"):
                self.got.append(event)
        return bool(piece)

    def disconnect(self) -> None:
        """Close the connection, if there is one."""
        if self.sock is not None:
            self.sock.close()
        self.sock = None

    def cut(self, *, abruptly: bool) -> None:
        """End the connection: by FIN, or by RST."""
        assert self.sock is not None
        self.cuts += 1
        if abruptly:
            reset(self.sock)
        else:
            finish(self.sock)
        self.sock = None


class Crowd:
    """`count` followers of `target`, all in the calling thread.

    `cuts` are the least and the most seconds that a connection lives; None: as long as it can.
    """

    def __init__(
        self,
        port: int,
        count: int,
        target: str = "/stream",
        cuts: tuple[float, float] | None = None,
        pieces: Sequence[int] = PIECES,
    ) -> None:
        self.followers = [Follower("1.0" if number % 4 == 3 else "1.1") for number in range(count)]
        self._port = port
        self._target = target
        self._cuts = cuts
        self._pieces = pieces
        self._random = random.Random()
        self._selector = selectors.DefaultSelector()

    @property
    def cuts(self) -> int:
        return sum(follower.cuts for follower in self.followers)

    def follow(self, done: Callable[[], bool], seconds: float) -> None:
        """Read, be cut and come back until `done`, or `seconds` have passed (asks every turn)."""
        deadline = time.monotonic() + seconds
        while not done() and time.monotonic() < deadline:
            self._turn()

    def gather(self, seconds: float = 10.0) -> None:
        """Connect, and wait until everybody has been greeted; nobody is cut before."""
        cuts, self._cuts = self._cuts, None
        self.follow(lambda: all(each.greeted for each in self.followers), seconds)
        assert all(each.greeted for each in self.followers)
        self._cuts = cuts
        for follower in self.followers:
            follower.due = self._lifetime()

    def close(self) -> None:
        """End all connections."""
        for follower in self.followers:
            if follower.sock is not None:
                self._selector.unregister(follower.sock)
                follower.disconnect()
        self._selector.close()

    def _turn(self) -> None:
        now = time.monotonic()
        for follower in self.followers:
            if follower.due <= now:
                self._cut(follower)
                self._connect(follower)
        for key, _ in self._selector.select(0.01):
            self._read(key.data)

    def _connect(self, follower: Follower) -> None:
        if follower.connect(self._port, self._target):
            assert follower.sock is not None
            self._selector.register(follower.sock, selectors.EVENT_READ, follower)
            follower.due = self._lifetime()
        else:
            follower.due = time.monotonic() + AGAIN

    def _cut(self, follower: Follower) -> None:
        if follower.sock is not None:
            self._selector.unregister(follower.sock)
            follower.cut(abruptly=self._random.random() < 0.5)

    def _read(self, follower: Follower) -> None:
        if follower.sock is not None and not follower.read(self._random.choice(self._pieces)):
            self._selector.unregister(follower.sock)
            follower.disconnect()
            follower.due = time.monotonic() + AGAIN

    def _lifetime(self) -> float:
        """When a connection that begins now is cut."""
        return time.monotonic() + self._random.uniform(*self._cuts) if self._cuts else float("inf")


@contextmanager
def stalled(
    port: int, count: int, target: str = "/stream", cursor: str = ""
) -> Iterator[list[Follower]]:
    """Followers that have been greeted, and read no more."""
    readers = [Follower(buffer=65536, cursor=cursor) for _ in range(count)]
    try:
        for reader in readers:
            assert reader.connect(port, target)
            while not reader.greeted:
                assert reader.read(1)
        yield readers
    finally:
        for reader in readers:
            reader.disconnect()


def reset(sock: socket.socket) -> None:
    """Close `sock` so that the other side gets an RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def finish(sock: socket.socket) -> None:
    """Close `sock` so that the other side gets a FIN first, whatever is unread here."""
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:  # the other side was quicker
        return
    finally:
        sock.close()


def seq(event_id: str) -> int:
    """The number in an id."""
    return int(event_id.rpartition("-")[2])


def duplicates(events: Sequence[Dispatched]) -> int:
    """How many events of `events` came before already."""
    return len(events) - len({event.id for event in events})


def disordered(events: Sequence[Dispatched]) -> int:
    """How many events came after one that is newer than they are."""
    numbers = [seq(event.id) for event in events]
    return sum(later <= earlier for earlier, later in zip(numbers, numbers[1:], strict=False))
