"""A server that only has frames: what trayapp.sse encodes, put on the wire without the program."""

import socket
import threading
from collections.abc import Iterator

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Cache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n"
)


class FrameServer:
    """Begins every stream with `first`, then writes what it is given to all that are open.

    `readers` are how many there are.
    """

    def __init__(self, first: bytes = b"") -> None:
        self._first = first
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._streams: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, name="tests-frames")
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/stream"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for stream in self._streams:
            stream.close()

    @property
    def readers(self) -> int:
        return len(self._streams)

    def write(self, frames: bytes, cuts: Iterator[int]) -> None:
        """`frames` in pieces as long as `cuts` says, then the remainder, to every stream."""
        for cut in cuts:
            self._send(frames[:cut])
            frames = frames[cut:]
        self._send(frames)

    def _send(self, piece: bytes) -> None:
        for stream in self._streams:
            stream.sendall(piece)

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            received = b""
            while b"\r\n\r\n" not in received and (piece := stream.recv(4096)):
                received += piece
            stream.sendall(HEAD + self._first)
            self._streams.append(stream)
