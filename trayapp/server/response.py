"""One response: a WSGI application run, and what it answers written as its reader takes it.

Theory of operation. `begin` runs the application, `proceed` writes until all is written or the
socket is full; in that case somebody waits for the socket and calls `proceed` again, from any
thread. So a reader who is slow or asleep keeps a connection, never a thread.
Not wsgiref: its handler blocks in the middle of a write, and sends head and body apart.
"""

import json
import logging
import socket
import time
from collections.abc import Iterable, Iterator
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

BODILESS = ("1", "204", "304")
"""Beginnings of a status whose response has no body, and so no Content-Length (RFC 9110 §8.6)."""

MISTAKE = json.dumps({"error": "This is a mistake in trayapp.", "hint": ""}).encode()


class Response:
    """A response under way on `sock`, which does not block. Not safe from two threads at once."""

    __slots__ = ("_blocks", "_body", "_head", "_keep", "_rest", "_silent", "sock")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._body: Iterable[bytes] = ()
        self._blocks: Iterator[bytes] = iter(())
        self._rest = memoryview(b"")
        self._silent = self._keep = False

    @property
    def kept(self) -> bool:
        """True when the connection goes on behind this response."""
        return self._keep

    def begin(
        self, app: "WSGIApplication", environ: "WSGIEnvironment", *, keep: bool = False
    ) -> None:
        """Run `app`; nothing is written yet. `keep` the connection, if the response has a length.

        Raises: ConnectionAbortedError when the application has handed the socket off.
        """
        self._silent = environ["REQUEST_METHOD"] == "HEAD"
        self._keep = keep
        try:
            self._body = app(environ, self._start)
            first = self._measure()
        except ConnectionAbortedError:
            raise
        except Exception:  # the details are for the log alone
            logger.exception("A request could not be answered.")
            self.close()
            self._head = ("500 Internal Server Error", [("Content-Type", "application/json")])
            self._body = [MISTAKE]
            first = self._measure()
        self._rest = memoryview(first)
        self._log(environ)

    def proceed(self) -> bool:
        """Write on. True when the response is complete, False when its reader must take more.

        Raises: OSError when the reader is gone.
        """
        while True:
            while self._rest:
                try:
                    self._rest = self._rest[self.sock.send(self._rest) :]
                except BlockingIOError:
                    return False
            block = self._next()
            if block is None:
                return True
            self._rest = memoryview(b"" if self._silent else block)

    def close(self) -> None:
        """Tell the application that its body is not needed any more."""
        close = getattr(self._body, "close", None)
        self._body, self._blocks = (), iter(())
        if close is not None:
            close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """The start_response of PEP 3333, without its legacy `write`."""
        if exc_info and self._rest:
            raise exc_info[1].with_traceback(exc_info[2])
        self._head = (status, headers)
        return _no_write

    def _measure(self) -> bytes:
        """Head and, when it is there already, the first block: most responses are one write."""
        whole = isinstance(self._body, list | tuple) and len(self._body) <= 1
        self._blocks = iter(self._body)
        first = next(self._blocks, b"")  # an application may call start_response this late
        if self._head is None:
            raise RuntimeError("The application never called start_response.")
        status, headers = self._head
        self._silent = self._silent or status.startswith(BODILESS)
        bodiless = status.startswith(BODILESS)
        length = len(first) if whole and not bodiless else None
        measured = length is not None or bodiless or _names_length(headers)
        self._keep = self._keep and measured and not status.startswith("1")
        return head(status, headers, length, keep=self._keep) + (b"" if self._silent else first)

    def _next(self) -> bytes | None:
        try:
            return next(self._blocks, None)
        except Exception as error:
            logger.exception("A response broke off.")
            self._keep = False
            raise ConnectionAbortedError from error

    def _log(self, environ: "WSGIEnvironment") -> None:
        """Method, path and status; never the query, which may hold a key."""
        if logger.isEnabledFor(logging.DEBUG) and self._head:
            path = environ["RAW_URI"].partition("?")[0]
            logger.debug("%s %r %s", environ["REQUEST_METHOD"], path, self._head[0])


def head(
    status: str,
    headers: list[tuple[str, str]],
    length: int | None = None,
    *,
    keep: bool = False,
) -> bytes:
    """The response head (RFC 9112 §4); `length` is used where the headers name none.

    One request, one connection, unless it is kept. No Server banner.
    """
    names = {name.lower() for name, _ in headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
    if "date" not in names:
        lines.append(f"Date: {_date(int(time.time()))}")
    if length is not None and "content-length" not in names:
        lines.append(f"Content-Length: {length}")
    lines += [f"Connection: {'keep-alive' if keep else 'close'}", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _names_length(headers: list[tuple[str, str]]) -> bool:
    return any(name.lower() == "content-length" for name, _ in headers)


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _no_write(_: bytes) -> None:
    raise NotImplementedError("write() is legacy (PEP 3333): return the body instead")
