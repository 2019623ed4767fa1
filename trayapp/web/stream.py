"""GET /stream: reads what a reader wants, and leaves it for whoever takes the socket over.

The answer is 200 with the stream's head. Its body is made lazily: behind our own server it is
never asked for, because the hub writes the stream (see `ENVIRON_KEY`); under any other WSGI
server it is the stream itself, at the price of a thread each.

Theory of operation: a restart brings all pages back in the same second, and Flask's contexts cost
five times what is to be done here. So a request that is in order is answered by `Shortcut`, in
front of Flask; everything else goes on to the view, which says what is wrong with it.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from trayapp.bus import ENVIRON_KEY, Bus, Moment, Selection, Subscription
from trayapp.event import TOPIC
from trayapp.sse import MEDIA_TYPE
from trayapp.web.fallback import frames, greeting
from trayapp.web.routes import STREAM_PATH
from trayapp.web.text import from_octets

HEADERS = [
    ("Content-Type", f"{MEDIA_TYPE}; charset=utf-8"),
    ("Cache-Control", "no-store, no-transform"),
    ("X-Accel-Buffering", "no"),  # nginx holds events back without it
]

_MANY = 64
_LABEL_LENGTH = 256
_CURSOR_LENGTH = 256
_DAY = 24 * 3600.0
_SECONDS = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,9})?)s\Z", re.ASCII)


Parameters = Mapping[str, Sequence[str]]
"""The values of each query parameter, in order."""


def blueprint(bus: Bus, hello: Callable[[], str] | None = None) -> Blueprint:
    """The stream's route, on `bus`, for an application of anybody's. `hello` gives the JSON data of
    the first event."""
    routes = Blueprint("trayapp-stream", __name__)
    greet = hello or partial(greeting, bus)

    @routes.get(STREAM_PATH)
    def stream() -> Response:
        cursor = request.headers.get("Last-Event-ID", "")
        agent = request.headers.get("User-Agent", "")
        wanted = subscription(request.args.to_dict(flat=False), cursor, agent, time.time())
        body: Iterable[bytes] = ()
        if request.method == "GET":  # HEAD gets the head only, and holds no stream open
            request.environ[ENVIRON_KEY] = wanted
            body = frames(bus, wanted, greet)
        return Response(body, headers=HEADERS)

    return routes


class Shortcut:
    """`app`, but for plain requests of the stream. Goes inside the guard."""

    def __init__(self, app: WSGIApplication, bus: Bus, hello: Callable[[], str]) -> None:
        self._app = app
        self._bus = bus
        self._hello = hello

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI (PEP 3333)."""
        if environ["PATH_INFO"] != STREAM_PATH or environ["REQUEST_METHOD"] != "GET":
            return self._app(environ, start_response)
        try:
            query = parse_qs(from_octets(environ.get("QUERY_STRING", "")), keep_blank_values=True)
            cursor, agent = (
                environ.get("HTTP_LAST_EVENT_ID", ""),
                environ.get("HTTP_USER_AGENT", ""),
            )
            wanted = subscription(query, cursor, agent, time.time())
        except (BadRequest, ValueError):
            return self._app(environ, start_response)
        environ[ENVIRON_KEY] = wanted
        start_response("200 OK", list(HEADERS))
        return frames(self._bus, wanted, self._hello)


def subscription(query: Parameters, header: str, agent: str, now: float) -> Subscription:
    """What a reader asks for; `header` is its Last-Event-ID, `agent` its User-Agent, empty without
    one; `now` is Unix time. Browsers, which all call themselves Mozilla, get padding, and so does
    who asks for it.

    Raises: BadRequest.
    """
    padded = "Mozilla/" in agent or query.get("padding", ("",))[0] == "true"
    envelope, typed = _switch(query, "envelope", "0"), _switch(query, "typed", "1")
    if not typed and not envelope:
        raise BadRequest("typed=0 needs envelope=1: the type of an event is in its envelope then.")
    selection = Selection(_topics(query), _roots(query), envelope, typed)
    since = _since(query, now)
    return Subscription(selection, cursor_of(query, header) or since, padded)


def _topics(query: Parameters) -> frozenset[str] | None:
    given = query.get("topic")
    if given is None:
        return None
    topics = frozenset(word for value in given for word in value.split(","))
    if len(topics) > _MANY:
        raise BadRequest(f"At most {_MANY} values of topic may be named.")
    for topic in topics:
        if not TOPIC.match(topic):
            raise BadRequest(f"Topic {topic[:80]!r} is not 1 to 64 of A-Z a-z 0-9 _ -")
    return topics


def _roots(query: Parameters) -> frozenset[str] | None:
    labels = query.get("root", ())
    if len(labels) > _MANY or any(len(label) > _LABEL_LENGTH for label in labels):
        raise BadRequest(f"At most {_MANY} roots of {_LABEL_LENGTH} characters may be named.")
    return frozenset(labels) if labels else None


def _switch(query: Parameters, name: str, default: str) -> bool:
    wish = query.get(name, (default,))[0]
    if wish not in {"0", "1"}:
        raise BadRequest(f"{name} is 1 or 0.")
    return wish == "1"


def _since(query: Parameters, now: float) -> Moment | None:
    """A duration, because the clock of a reader may be another than ours."""
    given = query.get("since", ("",))[0]
    if "since" not in query:
        return None
    match = _SECONDS.match(given)
    if match is None or float(match[1]) > _DAY:
        raise BadRequest("since is a duration of 0 to 86400 seconds, as in since=12.345s")
    return Moment(round(now - float(match[1]), 3))


def cursor_of(query: Parameters, header: str) -> str | None:
    """The last event id as the reader gave it; cut where no id of ours can be that long."""
    for given in (from_octets(header), *query.get("last_event_id", ())[:1]):
        if given:
            return given[:_CURSOR_LENGTH]
    return query.get("lastEventId", ("",))[0][:_CURSOR_LENGTH] or None
