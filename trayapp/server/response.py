"""One response: a WSGI application run through the standard library's `wsgiref` (PEP 3333).

Not werkzeug's `run_wsgi`: after each response it waits 10 ms for bytes that the sender might
still send, in the middle of a fan-out. The door has read the whole request already.
"""

import json
import logging
from io import BufferedIOBase
from typing import Any
from wsgiref.handlers import SimpleHandler
from wsgiref.headers import Headers

logger = logging.getLogger(__name__)

BODILESS = ("1", "204", "304")
"""Beginnings of a status whose response has no body, and so no Content-Length (RFC 9110 §8.6)."""


class Response(SimpleHandler):
    """Writes what the application answers to `out`, then the connection is to be closed.

    An application that hands its socket off raises a ConnectionAbortedError: nothing is written.
    """

    status: str | None
    headers: Headers
    http_version = "1.1"
    server_software = None  # no banner
    os_environ: dict[str, str] = {}  # else the environment of this process
    error_status = "500 Internal Server Error"
    error_headers = [("Content-Type", "application/json")]
    error_body = json.dumps({"error": "This is a mistake in trayapp.", "hint": ""}).encode()

    def __init__(self, out: BufferedIOBase, environ: dict[str, Any]) -> None:
        super().__init__(environ["wsgi.input"], out, environ["wsgi.errors"], environ)  # type: ignore[arg-type]

    def cleanup_headers(self) -> None:
        """One request, one connection."""
        if not (self.status or "").startswith(BODILESS):
            super().cleanup_headers()
        self.headers["Connection"] = "close"

    def log_exception(self, exc_info: Any) -> None:
        """The application failed: the details are for the log alone."""
        logger.error("A request could not be answered.", exc_info=exc_info)
