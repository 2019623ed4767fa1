"""HTTP over a raw socket: nothing is corrected on the way out, nothing hidden on the way in."""

import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from trayapp.sse import Decoder, Dispatched

PATIENCE = 5.0
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")
_HELLO = b"event: hello\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case; `closed`: the server ended the connection."""

    octets: bytes
    closed: bool

    @property
    def status(self) -> int:
        match = _STATUS.match(self.octets)
        assert match, self.octets[:200]
        return int(match[1])

    @property
    def statuses(self) -> list[int]:
        """Of every response on the connection."""
        return [int(code) for code in _STATUS.findall(self.octets)]

    @property
    def headers(self) -> dict[str, str]:
        head = self.octets.partition(b"\r\n\r\n")[0].decode("latin-1")
        pairs = (line.partition(":") for line in head.split("\r\n")[1:])
        return {name.lower(): value.strip() for name, _, value in pairs}

    @property
    def body(self) -> bytes:
        return self.octets.partition(b"\r\n\r\n")[2]


def exchange(connection: socket.socket, octets: bytes) -> Answer:
    """Send `octets` and read until the server closes, or a stream has said hello."""
    received = b""
    with connection:
        connection.settimeout(PATIENCE)
        _send(connection, octets)
        while not _is_stream(received):
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                return Answer(received, closed=True)
            received += piece
    return Answer(received, closed=False)


def _send(connection: socket.socket, octets: bytes) -> None:
    """A server may refuse, and close, before it has all."""
    try:
        connection.sendall(octets)
    except (BrokenPipeError, ConnectionResetError):
        return


def _is_stream(received: bytes) -> bool:
    head, _, body = received.partition(b"\r\n\r\n")
    return b"text/event-stream" in head and b"\n\n" in body.partition(_HELLO)[2]


class Listener:
    """A stream that was open before the attack; gives every event that reaches pages."""

    def __init__(self, connection: socket.socket, target: str) -> None:
        self._connection = connection
        self._decoder = Decoder()
        connection.settimeout(PATIENCE)
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self._octets = self._chunks()
        self.seen = b""
        assert self.until("hello")[-1].type == "hello"

    def until(self, type_: str) -> list[Dispatched]:
        """All events up to the next one of `type_`. `seen` holds their bytes."""
        self.seen = b""
        found: list[Dispatched] = []
        deadline = time.monotonic() + PATIENCE
        while not found or found[-1].type != type_:
            assert time.monotonic() < deadline, found
            piece = next(self._octets)
            self.seen += piece
            found += self._decoder.feed(piece)
        return found

    def close(self) -> None:
        self._octets.close()
        self._connection.close()

    def _chunks(self) -> "_Chunks":
        return _Chunks(self._connection)


class _Chunks(Iterator[bytes]):
    """The chunks of a chunked response (RFC 9112 §7.1), each as it comes."""

    def __init__(self, connection: socket.socket) -> None:
        self._file = connection.makefile("rb")
        while self._file.readline() not in {b"\r\n", b""}:
            pass

    def __next__(self) -> bytes:
        size = self._file.readline()
        assert size, "the stream was closed"
        chunk = self._file.read(int(size, 16))
        assert self._file.readline() == b"\r\n"
        return chunk

    def close(self) -> None:
        self._file.close()
