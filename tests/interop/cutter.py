"""A TCP proxy on loopback that can be told to misbehave: cut, be down, hold back."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Toll(Protocol):
    """What happens to the bytes on their way to the reader of one connection."""

    def take(self, piece: bytes) -> bytes:
        """The bytes to pass on now."""
        ...


class FreePassage:
    """Everything passes at once."""

    def take(self, piece: bytes) -> bytes:
        return piece


class HoldsFirst:
    """Passes nothing until more than the first `size` bytes after the response head have come.

    As antivirus proxies do that want something to look at.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: bytes | None = b""

    def take(self, piece: bytes) -> bytes:
        if self._held is None:
            return piece
        self._held += piece
        _, head, body = self._held.partition(b"\r\n\r\n")
        if not head or len(body) <= self._size:
            return b""
        held, self._held = self._held, None
        return held


class Cutter:
    """Stands before `port`. `connections` counts those that reached it. Any thread."""

    def __init__(self, port: int, toll: Callable[[], Toll] = FreePassage) -> None:
        self._to = port
        self._make_toll = toll
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._down = False
        self._allowance: int | None = None
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._begin(self._accept)

    def stop(self) -> None:
        self._down = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def cut(self) -> None:
        """End every connection with an RST in both directions."""
        with self._lock:
            doomed, self._open = self._open, set()
        for sock in doomed:
            _reset(sock)

    def cut_after(self, size: int) -> None:
        """Let `size` more bytes through to the reader, then cut, wherever that is."""
        self._allowance = size

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Cut everything, and refuse whoever comes meanwhile."""
        self._down = True
        self.cut()
        yield
        self._down = False

    def _begin(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name="tests-cutter", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._down:
                _reset(near)
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            with self._lock:
                self._open |= {near, far}
            self.connections += 1
            self._begin(self._carry, near, far, FreePassage(), False)
            self._begin(self._carry, far, near, self._make_toll(), True)

    def _carry(
        self, source: socket.socket, sink: socket.socket, toll: Toll, to_reader: bool
    ) -> None:
        with source, contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                passed = toll.take(piece)
                if to_reader and self._allowance is not None:
                    passed = passed[: self._allowance]
                    self._allowance -= len(passed)
                sink.sendall(passed)
                if to_reader and self._allowance == 0:
                    self._allowance = None
                    self.cut()
                    return  # what came behind the cut meanwhile would follow on it
            with self._lock:
                was_cut = source not in self._open
                self._open -= {source}
            if not was_cut:
                sink.shutdown(socket.SHUT_WR)


def _reset(sock: socket.socket) -> None:
    """Wake whoever reads from `sock`; closing it then sends an RST instead of a FIN."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        sock.shutdown(socket.SHUT_RD)
