"""POST /<topic> and POST /notify: a body becomes an event."""

import re

from flask import Blueprint, abort, request
from werkzeug.exceptions import MethodNotAllowed

from trayapp import event as events
from trayapp.bus import Bus
from trayapp.errors import TrayAppError
from trayapp.event import NOTIFY, RESERVED_TOPICS, TOPIC
from trayapp.web import notification
from trayapp.web.body import body_text, parse_json
from trayapp.web.text import from_octets

RESERVED_TYPES = frozenset(
    {events.HELLO, events.RESET, events.CHANGE, events.NOTIFY, events.BYE, events.BUSY}
    | {events.STATE, "error", "open"}
)
"""Event types nobody may publish: those of the wire, and two that EventSource fires itself."""

_TYPE = re.compile(r"[^\x00-\x1f\x7f]{1,64}\Z")


def blueprint(bus: Bus) -> Blueprint:
    """The publish routes, on `bus`."""
    routes = Blueprint("publish", __name__)

    @routes.post("/notify")
    def notify() -> dict[str, str]:
        data = notification.build(_message(), notification.wishes(request))
        return {"id": bus.publish(NOTIFY, data, type=NOTIFY).id}

    @routes.route("/<topic>", methods=["GET", "POST"])
    def publish(topic: str) -> dict[str, str]:
        if request.method != "POST" and topic == NOTIFY:
            raise MethodNotAllowed(["POST"])
        if request.method != "POST" or not TOPIC.match(topic):
            abort(404)
        _check_topic(topic)
        return {"id": bus.publish(topic, _data(), type=_event_type()).id}

    return routes


def _message() -> str:
    """The body, which must say something."""
    text = body_text()
    if not text:
        hint = f'For example: curl -d "tests passed" {request.base_url}'
        raise TrayAppError("The body is empty.", hint)
    return text


def _data() -> str:
    """The body, checked when it says it is JSON, and passed on as it came."""
    text = _message()
    if request.mimetype == "application/json":
        parse_json(text)
    return text


def _check_topic(topic: str) -> None:
    if topic in RESERVED_TOPICS:
        raise TrayAppError(
            f"Nobody can publish to {topic}: the word is part of the HTTP contract.",
            f'For example: curl -d "tests passed" {request.host_url}my-topic',
        )


def _event_type() -> str:
    """The event type the publisher asks for; empty means `message`."""
    type_ = from_octets(request.headers.get("Event", "")) or request.args.get("event", "")
    if type_ in RESERVED_TYPES:
        raise TrayAppError(f"The event type {type_} is reserved.", "Choose another word.")
    if type_ and not _TYPE.match(type_):
        raise TrayAppError(
            "An event type is 1 to 64 characters without control characters.",
            "For example: Event: build-failed",
        )
    return "" if type_ == "message" else type_
