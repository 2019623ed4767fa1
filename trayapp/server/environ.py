"""A request as the environ of a WSGI application (PEP 3333). Pure but for the socket's own name."""

import io
import socket
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from trayapp.server.request import Head

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PLAIN = {"content-length": "CONTENT_LENGTH", "content-type": "CONTENT_TYPE"}
"""The two header fields without HTTP_ (PEP 3333)."""


def environ_of(head: Head, body: bytes, sock: socket.socket, address: Any) -> "WSGIEnvironment":
    """The environ of the request that came from `address`.

    `werkzeug.socket` and `RAW_URI` are werkzeug's names, so that its own server can stand in.
    """
    path, _, query = head.target.partition("?")
    server = sock.getsockname()
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": head.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        "QUERY_STRING": query,
        "RAW_URI": head.target,
        "REQUEST_URI": head.target,
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": head.protocol,
        "REMOTE_ADDR": address[0],
        "REMOTE_PORT": address[1],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "werkzeug.socket": sock,
    }
    for name, value in head.fields:
        if "_" in name:  # would be taken for the name with a hyphen
            continue
        key = _PLAIN.get(name) or "HTTP_" + name.upper().replace("-", "_")
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ
