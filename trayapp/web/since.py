"""Where a reader of messages wants to begin (docs.ntfy.sh/subscribe/api, "Fetch cached messages").
Pure.
"""

import re
from typing import Literal

from werkzeug.exceptions import BadRequest

from trayapp.bus import ALL, Moment

Latest = Literal["latest"]
Begin = str | Moment | None

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)", re.ASCII)
_DURATION = re.compile(rf"(?:{_PART.pattern})+\Z", re.ASCII)
_TIME = re.compile(r"[0-9]{1,12}\Z", re.ASCII)
_ID = re.compile(r"[0-9A-Za-z]{1,32}-[0-9]{1,18}\Z")


def parse(text: str, now: float) -> Begin | Latest:
    """The cursor for `since=text`: from now, all, those from some moment on, or those after an id.
    `now` is Unix time. Raises: BadRequest."""
    match text:
        case "all":
            return ALL
        case "none":
            return None
        case "latest":
            return "latest"
    if _ID.match(text):
        return text
    if _TIME.match(text):
        return Moment(float(text), earlier=True)
    if _DURATION.match(text):
        parts = _PART.findall(text)
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
        return Moment(round(now - seconds, 3), earlier=True)
    raise BadRequest(
        "since is all, none, latest, as in 30s, 10m or 2d, Unix time, or a message id."
    )
