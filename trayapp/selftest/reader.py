"""A reader of a stream: one socket, every wait with an end."""

import re
import socket
import time
from types import TracebackType

from trayapp.errors import TrayAppError
from trayapp.sse import Decoder, Dispatched

_CHUNK = re.compile(rb"([0-9A-Fa-f]+)\r\n")
_HEAD_END = b"\r\n\r\n"
_BEAT = b":\n"


class Reader:
    """Opens `target` at once. `status` and `headers` (names in lower case) are those of the answer,
    `beats` how many heartbeats came. Raises: OSError, TrayAppError."""

    def __init__(self, port: int, target: str, *, cursor: str = "", seconds: float = 3.0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), seconds)
        self._rest = b""
        self._decoder = Decoder()
        self._events: list[Dispatched] = []
        self.status = 0
        self.headers: dict[str, str] = {}
        self.beats = 0
        try:
            self._request(port, target, cursor, seconds)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the stream. Idempotent."""
        self._socket.close()

    def next(self, seconds: float = 3.0) -> Dispatched:
        """The next event. Raises: TrayAppError when none comes in time."""
        deadline = time.monotonic() + seconds
        while not self._events:
            if not self._read(deadline):
                raise TrayAppError(f"no event within {seconds:g} s")
        return self._events.pop(0)

    def rest(self, seconds: float) -> list[Dispatched]:
        """All that comes within `seconds`: to see that nothing does."""
        deadline = time.monotonic() + seconds
        while self._read(deadline):
            pass
        events, self._events = self._events, []
        return events

    def beat(self, seconds: float) -> None:
        """Wait for a heartbeat. Raises: TrayAppError when none comes in time."""
        deadline = time.monotonic() + seconds
        while not self.beats:
            if not self._read(deadline):
                raise TrayAppError(f"no heartbeat within {seconds:g} s")

    def _request(self, port: int, target: str, cursor: str, seconds: float) -> None:
        lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", "User-Agent: trayapp"]
        lines += [f"Last-Event-ID: {cursor}"] if cursor else []
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        deadline = time.monotonic() + seconds
        while _HEAD_END not in self._rest:
            if not self._receive(deadline):
                raise TrayAppError("the stream did not begin")
        head, _, self._rest = self._rest.partition(_HEAD_END)
        first, *others = head.decode("latin-1").split("\r\n")
        self.status = int(first.split(" ")[1])
        pairs = (line.partition(":") for line in others)
        self.headers = {name.lower(): value.strip() for name, _, value in pairs}
        self._take()

    def _read(self, deadline: float) -> bool:
        if not self._receive(deadline):
            return False
        self._take()
        return True

    def _receive(self, deadline: float) -> bool:
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        self._socket.settimeout(left)
        try:
            piece = self._socket.recv(65536)
        except TimeoutError:
            return False
        self._rest += piece
        if not piece:
            raise TrayAppError("the stream has ended")
        return True

    def _take(self) -> None:
        """All complete chunks (RFC 9112 7.1); a heartbeat is one of its own."""
        while match := _CHUNK.match(self._rest):
            end = match.end() + int(match[1], 16)
            if len(self._rest) < end + 2:
                return
            piece, self._rest = self._rest[match.end() : end], self._rest[end + 2 :]
            self.beats += piece == _BEAT
            self._events += self._decoder.feed(piece)
