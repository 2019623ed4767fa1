"""GET /<topics>/json, /sse and /raw: events, told as ntfy does (docs.ntfy.sh/subscribe/api).

A poll is answered here, from what is held. Everything else is left for whoever takes the socket
over, as with GET /stream.
"""

import time
from collections.abc import Callable, Iterator
from itertools import chain

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from trayapp import ntfy
from trayapp.bus import ALL, ENVIRON_KEY, Bus, Selection, Subscription
from trayapp.errors import TrayAppError
from trayapp.event import READABLE_TOPICS, RESERVED_TOPICS, RESET, TOPIC
from trayapp.ntfy import Filter, Form
from trayapp.sse import MEDIA_TYPE
from trayapp.web import notification, pieces, since, websocket
from trayapp.web.fallback import frames
from trayapp.web.parameters import Names, first, switch
from trayapp.web.refusal import Headers
from trayapp.web.routes import POLL
from trayapp.web.since import Begin
from trayapp.web.stream import HEADERS, cursor_of

_TYPES: dict[Form, str] = {"json": "application/x-ndjson", "sse": MEDIA_TYPE, "raw": "text/plain"}
_MANY = 64
_SINCE: Names = ("x-since", "since", "si")
_SCHEDULED: Names = ("x-scheduled", "scheduled", "sched")
_ID: Names = ("x-id", "id")
_MESSAGE: Names = ("x-message", "message", "m")


def blueprint(bus: Bus) -> Blueprint:
    """The routes, on `bus`."""
    routes = Blueprint("subscription", __name__)

    @routes.get("/<topics>/json")
    def json(topics: str) -> Response:
        return _answer(bus, topics, "json")

    @routes.get("/<topics>/sse")
    def sse(topics: str) -> Response:
        return _answer(bus, topics, "sse")

    @routes.get("/<topics>/raw")
    def raw(topics: str) -> Response:
        return _answer(bus, topics, "raw")

    @routes.get("/<topics>/ws")
    def ws(topics: str) -> Response:
        raise websocket.refusal(request.host, request.path)

    @routes.get("/<topic>/publish")
    @routes.get("/<topic>/send")
    @routes.get("/<topic>/trigger")
    def publish(topic: str) -> Response:
        raise TrayAppError(
            "Nothing is published by GET: any site could have a browser do it.",
            f'Send a POST: curl -d "tests passed" {request.host_url}{topic}',
        )

    return routes


def _answer(bus: Bus, topics: str, form: Form) -> Response:
    headers: Headers = [
        ("Content-Type", f"{_TYPES[form]}; charset=utf-8"),
        *((name, value) for name, value in HEADERS if name != "Content-Type"),
    ]
    selection = Selection(_topics(topics), form=form, filter=_filter())
    switch(request, _SCHEDULED)  # nothing is, so they are all there
    poll = switch(request, POLL)
    cursor = _cursor(bus, selection, "all" if poll else "none")
    if poll:
        return pieces.answer(_held(bus, selection, form, cursor), headers)
    padded = form == "sse" and "Mozilla/" in request.headers.get("User-Agent", "")
    wanted = Subscription(selection, cursor, padded)
    if request.method == "HEAD":
        return Response(headers=headers)
    request.environ[ENVIRON_KEY] = wanted
    return Response(frames(bus, wanted, lambda: ""), headers=headers)


def _topics(text: str) -> frozenset[str]:
    topics = frozenset(text.split(","))
    if len(topics) > _MANY:
        raise BadRequest(f"At most {_MANY} topics may be named.")
    for topic in topics:
        if not TOPIC.match(topic):
            raise BadRequest(f"Topic {topic[:80]!r} is not 1 to 64 of A-Z a-z 0-9 _ -")
        if topic in RESERVED_TOPICS - READABLE_TOPICS:
            raise BadRequest(f"Nothing is ever published to {topic}.")
    return topics


def _filter() -> Filter | None:
    """Parameters "Filter messages"."""
    levels = first(request, notification.NAMES["priority"]).split(",")
    tags = first(request, notification.NAMES["tags"]).split(",")
    wanted = Filter(
        id=first(request, _ID),
        message=first(request, _MESSAGE),
        title=first(request, notification.NAMES["title"]),
        priorities=frozenset(notification.priority(each.strip()) for each in levels if each),
        tags=frozenset(each.strip() for each in tags if each.strip()),
    )
    return wanted if wanted != Filter() else None


def _cursor(bus: Bus, selection: Selection, default: str) -> Begin:
    query = request.args.to_dict(flat=False)
    if cursor := cursor_of(query, request.headers.get("Last-Event-ID", "")):
        return cursor
    begin = since.parse(first(request, _SINCE) or default, time.time())
    return _before_latest(bus, selection) if begin == "latest" else begin


def _before_latest(bus: Bus, selection: Selection) -> Begin:
    """The cursor of who has seen all but the newest message."""
    events = bus.after(ALL).events
    for place in reversed(range(len(events))):
        if selection.wants(events[place]):
            return events[place - 1].id if place else ALL
    return None


def _held(
    bus: Bus, selection: Selection, form: Form, cursor: Begin
) -> Callable[[], Iterator[bytes]]:
    """What makes the messages of a poll."""
    replay, reset = bus.after(cursor), b""
    if not replay.complete:
        id_, topics = bus.id_at(replay.head), selection.topics or frozenset()
        reset = ntfy.note(RESET, form, topics, time.time(), id=id_)
    events = [event for event in replay.events if selection.wants(event)]
    return lambda: chain([reset], (ntfy.told(event, form) for event in events))
