"""The chat: a page, a name kept in a signed cookie, and lines that are events of one topic.

A line is `[time] name: message`. It is read without a doubt: the time holds no `]`, a name no `: `,
and the message is all that is left, its further lines included. The time has an offset, because
the computers of one bus may stand in several zones. Order is that of the bus, not of the times.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from flask import Blueprint, Response, render_template, request, session
from werkzeug.exceptions import RequestEntityTooLarge

from trayapp.bus import ALL, Bus
from trayapp.errors import TrayAppError
from trayapp.event import CHAT, Event
from trayapp.web import pieces
from trayapp.web.files import Files
from trayapp.web.pages import revalidated
from trayapp.web.routes import MAX_BODY

COOKIE = "trayapp-chat"
"""Name of the cookie that holds a person's name."""

LIFETIME = 365 * 24 * 3600.0
"""How long a name is kept, in seconds."""

ANONYMOUS = "anonymous"

MAX_NAME = 40
MAX_MESSAGE = 4096
"""The longest, in characters."""

SHOWN = 500
"""How many lines `GET /chat/history` gives at most, the newest."""

_NAME = "name"
_PRIVATE_JSON = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]

# Control characters, line ends, and what turns the direction of the text around it (Unicode Annex
# 9 §2): a name with one could show itself in another's place.
_UNFIT = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_LINE_END = re.compile("\r\n|\r")


def blueprint(bus: Bus, files: Files, home: str) -> Blueprint:
    """The routes of the chat, on `bus`. `home` is where the page leads back to; empty: nowhere."""
    routes = Blueprint("chat", __name__)

    @routes.get("/chat")
    def page() -> Response:
        html = files.page(render_template("chat.html", home=home))
        return revalidated(html.encode(), "text/html")

    @routes.get("/chat/history")
    def history() -> Response:
        replay = bus.after(ALL)
        lines = [event for event in replay.events if event.topic == CHAT][-SHOWN:]
        head, name = bus.id_at(replay.head), session.get(_NAME, "")
        return pieces.answer(partial(_told, head, name, lines), _PRIVATE_JSON)

    @routes.post("/chat")
    def introduce() -> Response:
        given = _field(_NAME)
        session[_NAME] = called = name_of(given) if given.strip() else ""
        session.permanent = True
        return Response(_octets({"name": called}), headers=_PRIVATE_JSON)

    @routes.post("/post")
    def post() -> tuple[str, int]:
        message = message_of(_field("message"))
        named = request.form.get(_NAME)
        name = name_of(named) if named else session.get(_NAME) or ANONYMOUS
        bus.publish(CHAT, line(datetime.now().astimezone(), name, message))
        return "", 204

    return routes


def line(time: datetime, name: str, message: str) -> str:
    """What is published. `time` knows its zone."""
    return f"[{time.isoformat(timespec='seconds')}] {name}: {message}"


def name_of(text: str) -> str:
    """The name that somebody gave, without spaces around it. Raises: TrayAppError."""
    name = unicodedata.normalize("NFC", text).strip()
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise TrayAppError("A name needs something to be seen.", "For example: name=Ann")
    if len(name) > MAX_NAME:
        raise TrayAppError(f"The name has {len(name)} characters, more than {MAX_NAME}.")
    if unfit := _UNFIT.search(name):
        raise TrayAppError(
            f"A name cannot hold U+{ord(unfit[0]):04X}, a character that is not shown.",
            "Type the name anew, in one line.",
        )
    if ": " in name:
        raise TrayAppError(
            "A name cannot hold a colon with a space behind it: there the message begins.",
            "Leave the space out.",
        )
    return name


def message_of(text: str) -> str:
    """The message that somebody wrote, with plain line ends and none around it.

    Raises: TrayAppError.
    """
    message = _LINE_END.sub("\n", text).strip("\n")
    if not message.strip():
        raise TrayAppError("The message is empty.", "Say something.")
    if len(message) > MAX_MESSAGE:
        raise TrayAppError(
            f"The message has {len(message)} characters, more than {MAX_MESSAGE}.",
            "Send it in parts.",
        )
    return message


def _field(name: str) -> str:
    """That field of the form, urlencoded or multipart. Raises: TrayAppError."""
    # Read as a whole first: werkzeug takes a chunked body that is too long for its begin.
    if len(request.get_data(parse_form_data=False)) > MAX_BODY:
        raise RequestEntityTooLarge
    value = request.form.get(name)
    if value is None:
        raise TrayAppError(
            f"The form has no field {name}.",
            f"For example: curl --data-urlencode {name}=hello {request.base_url}",
        )
    return value


def _told(head: str, name: str, lines: Sequence[Event]) -> Iterator[bytes]:
    """The JSON of the history."""
    yield _octets({"id": head, "name": name})[:-1] + b', "messages": ['
    for place, event in enumerate(lines):
        yield b", " * (place > 0) + _octets({"id": event.id, "data": event.data})
    yield b"]}"


def _octets(members: Mapping[str, str]) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode("utf-8", "replace")
