"""POST /<topic>, /notify and /: what somebody sends becomes an event.

What carries a title, a priority, tags, an address or an icon is a notification, and so is a form,
and a message in ntfy's JSON; all else is the data of a plain event, as it came, or with `lines=1`
of as many events as it has lines.
"""

import re
from collections.abc import Set
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, abort, request
from werkzeug.exceptions import MethodNotAllowed

from trayapp import event as events
from trayapp import ntfy
from trayapp.bus import Bus, Draft
from trayapp.errors import TrayAppError
from trayapp.event import NOTIFY, RESERVED_TOPICS, TOPIC
from trayapp.web import form, notification, unsupported
from trayapp.web import message as messages
from trayapp.web.body import body_text, parse_json
from trayapp.web.fields import Json
from trayapp.web.notification import Wishes
from trayapp.web.parameters import Names, first, given
from trayapp.web.refusal import Refusal
from trayapp.web.text import from_octets

RESERVED_TYPES = frozenset(
    {events.HELLO, events.RESET, events.CHANGE, events.NOTIFY, events.BYE, events.BUSY}
    | {events.STATE, "error", "open"}
)
"""Event types nobody may publish: those of the wire, and two that EventSource fires itself."""

MAX_LINES = 1000
"""Events of one request."""

_MESSAGE: Names = ("x-message", "message", "m")
_LINES_TYPE = "application/x-ndjson"
_LINE_END = re.compile("\r?\n")
_TYPE = re.compile(r"[^\x00-\x1f\x7f]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class _Post:
    """What somebody sends to a topic. `notifies`: as a notification."""

    text: str
    wishes: Wishes
    notifies: bool


def blueprint(bus: Bus) -> Blueprint:
    """The publish routes, on `bus`."""
    routes = Blueprint("publish", __name__)

    @routes.post("/")
    def message() -> Json:
        names = given(request)
        unsupported.check(request, names)
        topic, text, asked = messages.read(parse_json(body_text()))
        if not TOPIC.match(topic):
            raise TrayAppError(_no_topic(topic))
        _check_topic(topic)
        return _notify(bus, topic, text, asked.over(notification.wishes(request, names)))

    @routes.post("/notify")
    def notify() -> Json:
        sent = _post()
        if _is_lines():
            raise _no_notifications()
        return _notify(bus, NOTIFY, sent.text, sent.wishes)

    @routes.route("/<topic>", methods=["GET", "POST"])
    def publish(topic: str) -> Json:
        if request.method != "POST" and topic == NOTIFY:
            raise MethodNotAllowed(["POST"])
        if request.method != "POST":
            abort(404)
        if not TOPIC.match(topic):
            raise Refusal(HTTPStatus.NOT_FOUND, _no_topic(topic))
        _check_topic(topic)
        sent = _post()
        if _is_lines():
            return _publish_lines(bus, topic, sent)
        if sent.notifies:
            return _notify(bus, topic, sent.text, sent.wishes)
        return {"id": bus.publish(topic, sent.text, type=_event_type()).id}

    return routes


def _notify(bus: Bus, topic: str, text: str, wishes: Wishes) -> Json:
    """Answers with the message, as ntfy does."""
    if type_ := _event_type():
        raise TrayAppError(
            f"A notification cannot be of the type {type_}.",
            "Leave out Event, or all that makes it a notification: Title, Priority, Tags, Click, "
            "Icon.",
        )
    return ntfy.message(bus.publish(topic, notification.build(text, wishes), type=NOTIFY))


def _publish_lines(bus: Bus, topic: str, sent: _Post) -> Json:
    """Each line is an event; empty ones are left out. All are published or none."""
    if sent.notifies:
        raise _no_notifications()
    lines = [line for line in _LINE_END.split(sent.text) if line]
    if not 0 < len(lines) <= MAX_LINES:
        error = f"The body has {len(lines)} lines that are not empty."
        raise TrayAppError(error, f"Send 1 to {MAX_LINES} at a time.")
    if request.mimetype in {"application/json", _LINES_TYPE}:
        for line in lines:
            parse_json(line)
    type_ = _event_type()
    published = bus.publish_all([Draft(topic, line, type_) for line in lines])
    return {"id": published[-1].id, "count": len(published)}


def _is_lines() -> bool:
    """Whether each line of the body is an event of its own."""
    wish = request.args.get("lines", "0")
    if wish not in {"0", "1"}:
        raise TrayAppError("lines is 1 or 0.")
    return wish == "1" or request.mimetype == _LINES_TYPE


def _no_notifications() -> TrayAppError:
    return TrayAppError(
        "Lines are plain events; a notification is sent alone.", "Leave out lines, or its title."
    )


def _post() -> _Post:
    names = given(request)
    unsupported.check(request, names)
    wishes = notification.wishes(request, names)
    fields = form.fields()
    if fields is None:
        return _Post(_text(names), wishes, bool(wishes))
    named = {name: value for name, value in fields.items() if name != "message"}
    return _Post(fields["message"], Wishes(**named).over(wishes), notifies=True)


def _text(names: Set[str]) -> str:
    """The body, checked when it says it is JSON, and passed on as it came; or the parameter that
    stands for it, if it is among those `names` that are given."""
    text = body_text()
    instead = "" if names.isdisjoint(_MESSAGE) else first(request, _MESSAGE).replace("\\n", "\n")
    if text and instead:
        raise unsupported.refusal(unsupported.ATTACHMENTS)  # ntfy would take the body for one
    if not text and not instead:
        hint = f'For example: curl -d "tests passed" {request.base_url}'
        raise TrayAppError("The body is empty.", hint)
    if text and request.mimetype == "application/json" and not _is_lines():
        parse_json(text)
    return text or instead


def _no_topic(text: str) -> str:
    return f"{text[:80]!r} is no topic: 1 to 64 of A-Z a-z 0-9 _ -"


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
