"""Route classes: what the guard demands on a path, decided from the decoded path alone."""

from dataclasses import dataclass

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
"""The methods any route may have; the application narrows them."""

CLEARED = "trayapp.cleared"
"""WSGI environ key under which the guard leaves the path it has cleared, as it understood it."""

MAX_BODY = 64 * 1024
"""The longest body of any request, in bytes."""


@dataclass(frozen=True, slots=True)
class RouteClass:
    """What a request must bring.

    `control`: from this computer under a loopback Host, with no Origin but our own; bodies are
    JSON. `token`: the control token as well. `navigable`: a link on a foreign site may lead there.
    `anywhere`: any site may include it. `shared` is the method pages of other origins may use and
    read the answer of (CORS), with the request headers `accepts`; `credentials`: and with cookies.
    `open`: those of every origin, for it holds nothing but published code.
    """

    control: bool = False
    token: bool = False
    navigable: bool = False
    anywhere: bool = False
    shared: str = ""
    accepts: str = ""
    credentials: bool = False
    open: bool = False


STREAM_PATH = "/stream"

PAGE = RouteClass(navigable=True)
SCRIPT = RouteClass(anywhere=True, shared="GET")
# A browser imports what it may read only, also the module that tells a page why it has no access.
MODULE = RouteClass(anywhere=True, shared="GET", open=True)
STREAM = RouteClass(shared="GET", accepts="last-event-id, cache-control", credentials=True)
PUBLISH = RouteClass(
    shared="POST",
    accepts="content-type, event, title, priority, tags, click, icon, "
    "x-title, x-priority, x-tags, x-click, x-icon",
)
CONTROL = RouteClass(control=True, token=True)
HANDSHAKE = RouteClass(control=True)
MACHINES = RouteClass(control=True)

_EXACT = {
    "/": PAGE,
    "/favicon.ico": PAGE,
    "/health": MACHINES,
    "/metrics": MACHINES,
    "/client.js": SCRIPT,
    STREAM_PATH: STREAM,
    "/api": CONTROL,
    "/api/session": HANDSHAKE,
    "/api/proof": HANDSHAKE,
}


def classify(path: str) -> RouteClass:
    """The class of `path`, decoded and beginning with a slash. What is not known is a topic."""
    if path.startswith("/api/"):
        return _EXACT.get(path, CONTROL)
    if path.startswith("/static/"):
        return PAGE
    if path.startswith("/client/"):
        return MODULE
    return _EXACT.get(path, PUBLISH)


def answers_at_once(target: str) -> bool:
    """Whether a request for `target` is answered without waiting for a disk, a lock or a program:
    opening a stream is; what it says comes from elsewhere."""
    return target.partition("?")[0] == STREAM_PATH
