"""Route classes: what the guard demands on a path, decided from the decoded path alone, but for
the root."""

import re
from dataclasses import dataclass, replace

from trayapp.web.limits import Rate

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
"""The methods any route may have; the application narrows them."""

CLEARED = "trayapp.cleared"
"""WSGI environ key under which the guard leaves the path it has cleared, as it understood it."""

FROM_LAN = "trayapp.from-lan"
"""WSGI environ key: whether the request came from another device (bool)."""

SESSION = "trayapp.session"
"""WSGI environ key: whether the token was that of a dashboard, and not the control token (bool)."""

MAX_BODY = 64 * 1024
"""The longest body of any request, in bytes."""


@dataclass(frozen=True, slots=True)
class RouteClass:
    """What a request must bring.

    `local`: from this computer, under any of our names. `control`: from this computer under a
    loopback Host; bodies are JSON. `token`: the control token
    as well, or that of a dashboard. `dashboard`: of all pages the dashboard alone, under the origin
    that it is opened at; so it is where its token comes. `own`: no page of another origin has any
    business there. `navigable`: a link on a foreign site may lead there. `anywhere`: any site may
    include it.
    `shared` is the method pages of other origins may use and read the answer of (CORS), with the
    request headers `accepts`; `credentials`: and with cookies. `open`: those of every origin, for
    it holds nothing but published code. `rate` limits posts by pages and by other devices, `reads`
    limits all other requests of theirs.
    `unpaired`: devices of the local network need not be paired; elsewhere such a device is sent to
    `instead`, unless it posts, or turned away.
    """

    local: bool = False
    control: bool = False
    token: bool = False
    dashboard: bool = False
    own: bool = False
    navigable: bool = False
    anywhere: bool = False
    shared: str = ""
    accepts: str = ""
    credentials: bool = False
    open: bool = False
    rate: Rate | None = None
    reads: Rate | None = None
    unpaired: bool = False
    instead: str = ""


STREAM_PATH = "/stream"

POLL = ("x-poll", "poll", "po")
"""Names of the parameter that has a request of a topic answered at once, from what is held."""

PUBLISHING = Rate(20, 50)
PAIRING = Rate(5, 20)
"""Apart from publishing: devices that are not paired take nothing from those that are."""
REPORTING = Rate(200, 1000, network=2)
"""50 tabs answer one save at once."""
POLLING = Rate(2, 5, network=3)
"""A poll, and the history of the chat, may be all that is held: 50 ms of work and more."""

PAGE = RouteClass(navigable=True)
DASHBOARD = RouteClass(navigable=True, instead="/pair")
PAIR = RouteClass(navigable=True, own=True, rate=PAIRING, unpaired=True)
# On a device that is not paired it says what to do, in one line of the console.
SCRIPT = RouteClass(anywhere=True, shared="GET", unpaired=True)
# A browser imports what it may read only, also the module that tells a page why it has no access;
# and it imports without cookies.
MODULE = RouteClass(anywhere=True, shared="GET", open=True, unpaired=True)
CHAT = RouteClass(navigable=True, own=True, rate=PUBLISHING, instead="/pair")
HISTORY = RouteClass(own=True, reads=POLLING)
STREAM = RouteClass(shared="GET", accepts="last-event-id, cache-control", credentials=True)
POLLED = replace(STREAM, reads=POLLING)
PUBLISH = RouteClass(
    shared="POST",
    accepts="content-type, event, title, priority, tags, click, icon, "
    "x-title, x-priority, x-tags, x-click, x-icon, message, x-message",
    credentials=True,
    rate=PUBLISHING,
)
APPLIED = RouteClass(shared="POST", accepts="content-type", credentials=True, rate=REPORTING)
CONTROL = RouteClass(control=True, own=True, token=True)
HANDSHAKE = RouteClass(control=True, dashboard=True, own=True)
MACHINES = RouteClass(local=True, own=True)
WORKER = RouteClass(own=True)
"""Whatever the path is: the script of a service worker is asked for."""

_EXACT = {
    "/": DASHBOARD,
    "/favicon.ico": PAIR,
    "/pair": PAIR,
    "/static/live.js": PAIR,
    "/static/pair.js": PAIR,
    "/static/pair.css": PAIR,
    "/static/look.css": PAIR,
    "/chat": CHAT,
    "/chat/history": HISTORY,
    "/post": PUBLISH,
    "/health": MACHINES,
    "/metrics": MACHINES,
    "/client.js": SCRIPT,
    STREAM_PATH: STREAM,
    "/applied": APPLIED,
    "/api": CONTROL,
    "/api/session": HANDSHAKE,
    "/api/proof": HANDSHAKE,
}


# A topic, or several, read in one of ntfy's forms.
_READING = re.compile(r"/[^/]+/(?:json|sse|raw|ws)\Z")

# A file of our pages as they name it, see `files`.
_VERSION = re.compile(r"/static/v[0-9a-f]{32}/")


def classify(path: str, method: str = "GET", *, polls: bool = False) -> RouteClass:
    """The class of `path`, decoded and beginning with a slash. What is not known is a topic.

    `/` is two things: the dashboard to read, and where messages are sent to. So is the address
    under which a topic is read: `polls` is for what is held, and no stream.
    """
    if path == "/" and method in {"POST", "OPTIONS"}:
        return PUBLISH
    if path.startswith("/api/"):
        return _EXACT.get(path, CONTROL)
    if path.startswith("/static/"):
        return _EXACT.get(_VERSION.sub("/static/", path, count=1), PAGE)
    if path.startswith("/client/"):
        return MODULE
    if known := _EXACT.get(path):
        return known
    if _READING.match(path):
        return POLLED if polls else STREAM
    return PUBLISH


def answers_at_once(target: str) -> bool:
    """Whether a request for `target` is answered without waiting for a disk, a lock or a program:
    opening a stream is; what it says comes from elsewhere."""
    return target.partition("?")[0] == STREAM_PATH
