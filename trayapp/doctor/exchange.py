"""One request on a connection of its own, by hand: a single deadline holds for all of it.

Not urllib.request: it follows redirects unseen, and its time limit starts anew with each byte.
"""

import io
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from trayapp.doctor.address import origin, port, reached_by
from trayapp.errors import TrayAppError

# As every browser begins: some servers have another page for anything else.
_AGENT = "Mozilla/5.0 (compatible; trayapp doctor)"


class Exchange:
    """One request on a connection of its own, over when `deadline` (monotonic) has passed. `peer`
    is the address of the other end, once connected."""

    def __init__(self, url: str, headers: Mapping[str, str], deadline: float) -> None:
        self._url = urlsplit(url)
        self._headers = {"User-Agent": _AGENT, **headers}
        self._deadline = deadline
        self._connection = HTTPConnection(self._url.hostname or "", port(self._url))
        self._socket: _TimedSocket | None = None
        self.peer = ""

    def __enter__(self) -> "Exchange":
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket is not None:
            self._socket.end()

    def connect(self) -> None:
        """Raises: OSError."""
        host = self._url.hostname or ""
        sock = self._connected(host)
        if self._url.scheme == "https":
            try:
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
            except OSError:
                sock.close()
                raise
        self.peer = str(sock.getpeername()[0])
        self._socket = _TimedSocket(sock, self._deadline)
        # http.client uses three methods of a socket, and this has them.
        self._connection.sock = self._socket

    def _connected(self, host: str) -> socket.socket:
        *others, last = reached_by(host)
        for name in others:
            with suppress(OSError):
                return self._connection_to(name)
        return self._connection_to(last)

    def _connection_to(self, name: str) -> socket.socket:
        left = max(self._deadline - time.monotonic(), 0.001)
        return socket.create_connection((name, port(self._url) or 80), left)

    def response(self) -> HTTPResponse:
        """The head of the answer. Raises: OSError, HTTPException."""
        if self._socket is None:
            self.connect()
        target = f"{self._url.path or '/'}?{self._url.query}" if self._url.query else self._url.path
        host = self._url.netloc.rpartition("@")[2]
        self._connection.request("GET", target or "/", headers={"Host": host, **self._headers})
        return self._connection.getresponse()

    def pieces(self, response: HTTPResponse, most: int) -> Iterator[bytes]:
        """The body as it comes, cut after `most` bytes. Raises: OSError, HTTPException."""
        while most > 0 and (piece := response.read1(min(most, 65536))):
            most -= len(piece)
            yield piece


class _TimedSocket:
    """A socket whose every wait ends at one deadline: one byte a second is slow as well."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._left())
        self._sock.sendall(data)

    def receive(self, buffer: Any) -> int:
        self._sock.settimeout(self._left())
        return self._sock.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Received(self))

    def close(self) -> None:
        """Nothing: http.client closes while the body is still to be read. See `end`."""

    def end(self) -> None:
        self._sock.close()

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left


class _Received(io.RawIOBase):
    def __init__(self, sock: _TimedSocket) -> None:
        self._timed = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._timed.receive(buffer)


@contextmanager
def told(url: str, seconds: float) -> Iterator[None]:
    """What goes wrong inside, as a sentence about `url`. Raises: TrayAppError."""
    try:
        yield
    except (OSError, HTTPException) as error:
        raise _sentence(error, url, seconds) from error


def _sentence(error: Exception, url: str, seconds: float) -> TrayAppError:
    where = origin(url)
    match error:
        case ssl.SSLCertVerificationError():
            return TrayAppError(
                f"The certificate of {where} is not trusted: {error.verify_message}.",
                "Name the authority that signed it: SSL_CERT_FILE=ca.pem trayapp doctor …",
            )
        case ssl.SSLError():
            return TrayAppError(
                f"{where} does not speak TLS as it should: {error.reason or error}.",
                f"Perhaps it is http: trayapp doctor {url.replace('https', 'http', 1)}",
            )
        case TimeoutError():
            return TrayAppError(
                f"{where} did not answer within {seconds:g} s.", "Is its server busy or stopped?"
            )
        case ConnectionRefusedError():
            return TrayAppError(
                f"Nothing answers at {where}.", "Start the server, or check the port."
            )
        case socket.gaierror():
            return TrayAppError(
                f"No computer is known by the name in {where}.", "Check the spelling."
            )
        case HTTPException() | ConnectionError():
            return TrayAppError(
                f"{where} gives no answer of a web server ({type(error).__name__}).",
                "Does it speak https? Check the port and the scheme.",
            )
    return TrayAppError(f"{where} cannot be reached: {error}.", "Check the address.")
