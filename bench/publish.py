"""Publishing over HTTP, the same to every server: what it costs is part of what is measured."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.processes import GIVE_UP


class Publication:
    """A connection that is about to publish, so that no measurement holds the connecting."""

    def __init__(self, connection: socket.socket, port: int) -> None:
        self._connection = connection
        self._port = port

    def send(self, topic: str, text: str) -> int:
        """Publish; the monotonic time in ns just before."""
        request = (
            f"POST /{topic} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nConnection: close\r\n"
            f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n{text}"
        ).encode()
        begun = time.monotonic_ns()
        self._connection.sendall(request)
        return begun

    def answer(self) -> None:
        """Wait for the answer. Raises: RuntimeError when it is no success."""
        answer = self._connection.recv(4096)
        if not answer.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"The publish was refused: {answer!r}")


@contextmanager
def publication(port: int) -> Iterator[Publication]:
    """A connection for one publish. Let the server come to rest before it is used."""
    with socket.create_connection(("127.0.0.1", port), GIVE_UP) as connection:
        yield Publication(connection, port)
