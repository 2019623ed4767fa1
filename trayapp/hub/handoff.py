"""The WSGI side of the hub: an authorised request becomes a stream, its thread is free again."""

import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from trayapp.bus import ENVIRON_KEY, READER_KEY, Reader, Subscription
from trayapp.hub.hub import Hub
from trayapp.hub.stream import Arrival
from trayapp.sse import PADDING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SOCKET_KEY = "werkzeug.socket"

_PADDING_CHUNK = b"%x\r\n%b\r\n" % (len(PADDING), PADDING)


class HandedOff(ConnectionAbortedError):
    """The socket belongs to the hub now; the server must neither write to it nor close it.

    A ConnectionAbortedError, because that is what wsgiref and werkzeug let pass without a
    response. It has to come from the call of the application, not from the iterator it returns:
    there a response head has been written already.
    """


def hand_off(app: "WSGIApplication", hub: Hub) -> "WSGIApplication":
    """Wrap `app`: where it leaves a Subscription in the environ, the hub takes the socket.

    Goes outside everything else, so that the response head has the headers of every wrapper.
    """

    def outer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        heads: list[tuple[str, list[tuple[str, str]]]] = []

        def hold(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            heads.append((status, headers))
            return start_response(status, headers, exc_info) if _is_plain(environ) else _no_write

        ends = hub.ends
        body = app(environ, hold)
        if _is_plain(environ):
            return body
        if hasattr(body, "close"):
            body.close()
        hub.add(_arrival(environ, *heads[-1], ends))
        raise HandedOff

    return outer


def _is_plain(environ: "WSGIEnvironment") -> bool:
    """No stream was authorised, or this server has no socket to give."""
    return ENVIRON_KEY not in environ or SOCKET_KEY not in environ


def _no_write(_: bytes) -> None:
    """A handed-off response has no body but the stream."""


def _arrival(
    environ: "WSGIEnvironment", status: str, headers: list[tuple[str, str]], ends: int
) -> Arrival:
    subscription: Subscription = environ[ENVIRON_KEY]
    chunked = environ["SERVER_PROTOCOL"] >= "HTTP/1.1"
    # detach, not dup: the server shuts the connection down through any copy it still holds
    sock = socket.socket(fileno=environ[SOCKET_KEY].detach())
    head = _head(status, headers, chunked=chunked)
    if subscription.padded:
        head += _PADDING_CHUNK if chunked else PADDING
    return Arrival(sock, head, subscription, chunked, environ.get(READER_KEY, Reader()), ends)


def _head(status: str, headers: list[tuple[str, str]], *, chunked: bool) -> bytes:
    """The HTTP response head (RFC 9112 §4), written here because the server never will."""
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    kept.append(("Transfer-Encoding", "chunked") if chunked else ("Connection", "close"))
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in kept), "", ""]
    return "\r\n".join(lines).encode("latin-1")
