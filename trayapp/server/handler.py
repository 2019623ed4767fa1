"""One complete request: parsed by werkzeug's request handler, answered by a WSGI application."""

import io
import json
import logging
import socket
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any

from werkzeug.serving import WSGIRequestHandler

from trayapp.server.door import Request
from trayapp.server.response import Response

logger = logging.getLogger(__name__)

ANSWER_WITHIN = 10.0
"""Seconds that one write of a response may wait for its reader."""

LINGER = 0.5
"""Seconds spent reading what the sender of an oversize body still sends, so that it sees the 413
instead of a connection reset."""


class _Writer(io.BufferedIOBase):
    """Writes each buffer whole, at once. Closing it leaves the socket alone."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._sock.sendall(data)
        return len(data)


class Handler(WSGIRequestHandler):
    """Reads from memory what the door has received; never waits for the sender."""

    protocol_version = "HTTP/1.1"

    def __init__(self, request: Request) -> None:
        self._received = request.received
        server = SimpleNamespace(
            app=request.app,
            multithread=True,
            multiprocess=False,
            server_address=request.sock.getsockname(),
            ssl_context=None,
            log=self.log,
        )
        super().__init__(request.sock, request.address, server)  # type: ignore[arg-type]

    def setup(self) -> None:
        """Streams without a file object around the socket: it must stay detachable."""
        self.connection = self.request
        self.connection.settimeout(ANSWER_WITHIN)
        self.rfile = io.BytesIO(self._received)
        self.wfile = _Writer(self.connection)

    def finish(self) -> None:
        """Nothing to flush, and a socket handed off is no longer ours."""

    def handle_expect_100(self) -> bool:
        """The door has said `100 Continue` already, where it waited for a body."""
        return True

    def run_wsgi(self) -> None:
        """Answer, unless the request is broken. Of its headers the parser drops all that follow a
        broken one, and a request without its Origin must not pass for one of a program. A target
        that is no path names another authority than Host, or is no URL at all (`http://[`)."""
        if self.headers.defects or not self.path.startswith("/"):
            self.send_error(400)
            return
        self.close_connection = True
        response = Response(self.wfile, self.make_environ())
        response.run(self.server.app)
        self.log_request(response.status or "-")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A request line or header that http.server cannot parse; nothing of it is echoed."""
        body = json.dumps({"error": "This is not a valid HTTP request.", "hint": ""}).encode()
        self.request_version = "HTTP/1.1"  # for HTTP/0.9 the base class would leave out the head
        BaseHTTPRequestHandler.send_response_only(self, code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Method, path and status; never the query, which may hold a key."""
        path = getattr(self, "path", "").partition("?")[0]
        logger.debug("%s %r %s", getattr(self, "command", "-"), path, code)

    def log(self, type: str, message: str, *args: Any) -> None:
        """What http.server has to say; the sender's mistakes are no errors of ours."""
        logger.debug("%s", message % args if args else message)


def answer(request: Request) -> None:
    """Run the request's application and end the connection, unless it was handed off."""
    sock = request.sock
    try:
        Handler(request)
        if sock.fileno() != -1:
            sock.shutdown(socket.SHUT_WR)
            if request.oversize:
                _drain(sock)
    except OSError as error:
        logger.debug("A connection broke: %s", error)
    finally:
        sock.close()


def _drain(sock: socket.socket) -> None:
    sock.settimeout(LINGER)
    for _ in range(64):
        if not sock.recv(64 * 1024):
            return
