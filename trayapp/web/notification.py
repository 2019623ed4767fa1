"""A notification as its publisher wishes it: ntfy's names, checked, as the data of one event."""

import json
import re
import time
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from flask import Request

from trayapp.errors import TrayAppError
from trayapp.web.parameters import Names, first

MAX_MESSAGE = 4096
"""The longest message, in characters."""

_MAX_TITLE = 256
_MAX_TAGS = 16
_MAX_URL = 2048
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

NAMES: Mapping[str, Names] = {
    "title": ("x-title", "title", "ti", "t"),
    "priority": ("x-priority", "priority", "prio", "p"),
    "tags": ("x-tags", "tags", "tag", "ta"),
    "click": ("x-click", "click"),
    "icon": ("x-icon", "icon"),
}
"""Header and query names of each wish, as ntfy's documentation ("Publish") lists them."""

_ALL_NAMES = frozenset(name for names in NAMES.values() for name in names)

_PRIORITIES = {"min": 1, "low": 2, "default": 3, "high": 4, "max": 5, "urgent": 5}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a notification shall look; empty where the publisher did not say."""

    title: str = ""
    priority: str = ""
    tags: str = ""
    click: str = ""
    icon: str = ""

    def __bool__(self) -> bool:
        return any((self.title, self.priority, self.tags, self.click, self.icon))

    def over(self, others: "Wishes") -> "Wishes":
        """These, and of the `others` what is not among them."""
        return Wishes(
            **(asdict(others) | {name: each for name, each in asdict(self).items() if each})
        )


def wishes(request: Request, given: Set[str]) -> Wishes:
    """What the headers and the query of `request`, whose names are `given`, ask for; headers
    win."""
    if _ALL_NAMES.isdisjoint(given):
        return Wishes()
    return Wishes(**{wish: first(request, names) for wish, names in NAMES.items()})


def build(message: str, wishes: Wishes, now: float | None = None) -> str:
    """The data of the notify event, JSON. `now` is Unix time in seconds.

    Raises: TrayAppError naming the wish that cannot be met.
    """
    if len(message) > MAX_MESSAGE:
        raise TrayAppError(
            f"The message has {len(message)} characters, more than {MAX_MESSAGE}.",
            "Publish long text to a topic of its own, for example: POST /log",
        )
    wanted = {
        "message": message,
        "title": _title(wishes.title),
        "priority": priority(wishes.priority),
        "tags": _tags(wishes.tags),
        "click": _address("Click", wishes.click, {"http", "https", "mailto"}),
        "icon": _address("Icon", wishes.icon, {"http", "https"}),
        "time": round(time.time() if now is None else now, 3),
    }
    return json.dumps({name: value for name, value in wanted.items() if value}, ensure_ascii=False)


def _title(text: str) -> str:
    if len(text) > _MAX_TITLE or _CONTROL.search(text):
        raise TrayAppError(f"Title is one line of at most {_MAX_TITLE} characters.")
    return text


def priority(text: str) -> int:
    """1 to 5; 0 when not given. Raises: TrayAppError."""
    if not text:
        return 0
    word = text.lower()
    if word in {"1", "2", "3", "4", "5"}:
        return int(word)
    if word not in _PRIORITIES:
        known = ", ".join(_PRIORITIES)
        raise TrayAppError(f"Priority {text[:20]!r} is unknown.", f"Use 1 to 5, or {known}.")
    return _PRIORITIES[word]


def _tags(text: str) -> list[str]:
    tags = [tag.strip() for tag in text.split(",") if tag.strip()]
    if len(tags) > _MAX_TAGS or len(text) > _MAX_TITLE or _CONTROL.search(text):
        raise TrayAppError(f"Tags are at most {_MAX_TAGS} words, separated by commas.")
    return tags


def _address(name: str, text: str, schemes: set[str]) -> str:
    """A URL that a page may open; `javascript:` and its like are refused."""
    if not text:
        return ""
    try:
        scheme = urlsplit(text).scheme.lower()
    except ValueError:
        scheme = ""
    if scheme not in schemes or len(text) > _MAX_URL or _CONTROL.search(text):
        known = " or ".join(sorted(schemes))
        raise TrayAppError(f"{name} is no URL that can be used.", f"Use an address with {known}.")
    return text
