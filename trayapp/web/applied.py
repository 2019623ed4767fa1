"""POST /applied: a page says that it is there, what it has shown, and that it goes.

Text of JSON, so that a page may send it across origins without a preflight and while it is closed.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urldefrag

from flask import Blueprint
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from trayapp.web.body import body_text, check_text, parse_json
from trayapp.web.seams import Answer, Visit, Visitors

LONGEST = 4096
"""Bytes of a body."""

ACTIONS = frozenset({"css", "image", "morph", "reload", "none", "waiting", "failed"})
"""What a page can do about a change."""

_PAGE = re.compile(r"[0-9a-z]{8,32}\Z")
_ID = re.compile(r"[0-9A-Za-z-]{0,64}\Z")
_UNUSABLE = re.compile("[\0\ud800-\udfff]")
_MANY = 64
_MOST = 1e9

Rule = Callable[[Any], bool]


def _is_text(longest: int) -> Rule:
    return lambda value: type(value) is str and len(value) <= longest


def _matches(pattern: re.Pattern[str]) -> Rule:
    return lambda value: type(value) is str and pattern.match(value) is not None


def _is_labels(value: Any) -> bool:
    return type(value) is list and len(value) <= _MANY and all(map(_is_text(256), value))


_NAME: dict[str, Rule] = {"page": _matches(_PAGE)}
_REQUIRED: dict[str, dict[str, Rule]] = {
    "came": _NAME
    | {
        "url": _is_text(2000),
        "title": _is_text(200),
        "size": lambda value: type(value) is int and 0 <= value < 2**53,
        "hidden": lambda value: type(value) is bool,
    },
    "applied": _NAME
    | {
        "id": _matches(_ID),
        "action": lambda value: type(value) is str and value in ACTIONS,
        "ms": lambda value: type(value) in (int, float) and 0 <= value <= _MOST,
    },
    "left": _NAME,
}
_ALLOWED = _REQUIRED | {"came": _REQUIRED["came"] | {"roots": _is_labels}}
"""What the members of a report are, by its event."""


def blueprint(visitors: Visitors) -> Blueprint:
    """The route by which pages report to `visitors`."""
    routes = Blueprint("applied", __name__)

    @routes.post("/applied")
    def applied() -> dict[str, Any]:
        event, given = _report()
        if event == "came":
            return {"file": _file(visitors.came(_visit(given)))}
        if event == "applied":
            visitors.applied(Answer(**given))
        else:
            visitors.left(given["page"])
        return {}

    return routes


def _visit(given: dict[str, Any]) -> Visit:
    """The fragment of an address is the page's own matter, and may hold a secret. A title is cut
    by the page, perhaps in the middle of a surrogate pair."""
    roots = tuple(given["roots"]) if "roots" in given else None
    url, title = urldefrag(given["url"]).url, _UNUSABLE.sub("\ufffd", given["title"])
    return Visit(**given | {"url": url, "title": title, "roots": roots})


def _file(place: tuple[str, str] | None) -> dict[str, str] | None:
    return {"root": place[0], "path": place[1]} if place else None


def _report() -> tuple[str, dict[str, Any]]:
    """The event that the body tells of, and the members that belong to it. Raises: BadRequest."""
    text = body_text()
    if len(text.encode()) > LONGEST:
        raise RequestEntityTooLarge
    value = parse_json(text)
    event = value.pop("event", None) if type(value) is dict else None
    if type(event) is not str or event not in _REQUIRED:
        raise BadRequest("The body must be a JSON object whose event is came, applied or left.")
    if not _REQUIRED[event].keys() <= value.keys() <= _ALLOWED[event].keys():
        raise BadRequest(f"The members for {event} are: event, {', '.join(_REQUIRED[event])}.")
    for name, member in value.items():
        _check(name, member, _ALLOWED[event][name])
    return event, value


def _check(name: str, member: Any, rule: Rule) -> None:
    if not rule(member):
        raise BadRequest(f"The member {name} is of another kind or too long.")
    for text in member if type(member) is list else (member,):
        if name != "title":
            check_text(text)
