"""GET /stream: reads what a reader wants, and leaves it for whoever takes the socket over.

The view answers 200 with the stream's head. Its body is made lazily: behind our own server it is
never asked for, because the hub writes the stream (see `ENVIRON_KEY`); under any other WSGI
server it is the stream itself, at the price of a thread each.
"""

from collections.abc import Callable, Iterable

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from trayapp.bus import ENVIRON_KEY, Bus, Selection, Subscription
from trayapp.event import TOPIC
from trayapp.sse import MEDIA_TYPE
from trayapp.web.fallback import frames
from trayapp.web.text import from_octets

_MANY = 64
_LABEL_LENGTH = 256
_CURSOR_LENGTH = 256


def blueprint(bus: Bus, hello: Callable[[], str]) -> Blueprint:
    """The stream's route, on `bus`. `hello` gives the JSON data of the first event."""
    routes = Blueprint("stream", __name__)

    @routes.get("/stream")
    def stream() -> Response:
        subscription = Subscription(_selection(), _cursor())
        body: Iterable[bytes] = ()
        if request.method == "GET":  # HEAD gets the head only, and holds no stream open
            request.environ[ENVIRON_KEY] = subscription
            body = frames(bus, subscription, hello)
        response = Response(body, content_type=f"{MEDIA_TYPE}; charset=utf-8")
        response.headers["Cache-Control"] = "no-store, no-transform"
        response.headers["X-Accel-Buffering"] = "no"  # nginx holds events back without it
        return response

    return routes


def _selection() -> Selection:
    return Selection(topics=_topics(), roots=_roots(), envelope=_envelope())


def _topics() -> frozenset[str] | None:
    topics = _words("topic")
    for topic in topics or ():
        if not TOPIC.match(topic):
            raise BadRequest(f"Topic {topic[:80]!r} is not 1 to 64 of A-Z a-z 0-9 _ -")
    return topics


def _roots() -> frozenset[str] | None:
    labels = request.args.getlist("root")
    if len(labels) > _MANY or any(len(label) > _LABEL_LENGTH for label in labels):
        raise BadRequest(f"At most {_MANY} roots of {_LABEL_LENGTH} characters may be named.")
    return frozenset(labels) if labels else None


def _envelope() -> bool:
    wish = request.args.get("envelope", "0")
    if wish not in {"0", "1"}:
        raise BadRequest("envelope is 1 or 0.")
    return wish == "1"


def _words(name: str) -> frozenset[str] | None:
    """The values of the query parameter `name`, given repeatedly or joined by commas."""
    given = request.args.getlist(name)
    words = frozenset(word for value in given for word in value.split(","))
    if len(words) > _MANY:
        raise BadRequest(f"At most {_MANY} values of {name} may be named.")
    return words if given else None


def _cursor() -> str | None:
    """The last event id as the reader gave it; cut where no id of ours can be that long."""
    header = from_octets(request.headers.get("Last-Event-ID", ""))
    query = request.args.get("last_event_id") or request.args.get("lastEventId")
    return (header or query or "")[:_CURSOR_LENGTH] or None
