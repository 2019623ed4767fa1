"""ntfy's messages, pure: events as its "Subscribe via API" tells them (docs.ntfy.sh/subscribe/api).

Theory of operation: ntfy has one message for each thing it tells, a JSON object. A stream of form
`json` has one to a line, `sse` one to an event, `raw` only the text of it. What is published comes
as `"event": "message"`; `open` comes first and `keepalive` in silence. `reset`, `busy` and `bye`
are ours: readers of ntfy skip the events they do not know.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from trayapp import sse
from trayapp.event import NOTIFY, Event

Form = Literal["json", "sse", "raw"]
Json = dict[str, Any]

OPEN = "open"
KEEPALIVE = "keepalive"
MESSAGE = "message"

DEFAULT_PRIORITY = 3
"""That of a message which names none ("Message priority")."""

_WISHES = {"title": str, "priority": int, "tags": list, "click": str, "icon": str}
_LINE_END = re.compile("\r\n|\r|\n")
_ALSO_LINE_ENDS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}
"""httpx, and whatever splits text by str.splitlines, would cut a JSON line at these."""


def message(event: Event) -> Json:
    """`event` in ntfy's terms: a notification with all it wishes, else its data as the text."""
    told = {"id": event.id, "time": int(event.time), "event": MESSAGE, "topic": event.topic}
    found = notice(event)
    wishes = {name: found[name] for name in _WISHES if name in found}
    return told | {"message": found.get("message", event.data)} | wishes


def notice(event: Event) -> Json:
    """The members of the notification that `event` is; none of what only calls itself one."""
    if event.type != NOTIFY:
        return {}
    try:
        found = json.loads(event.data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and _is_notice(found) else {}


def told(event: Event, form: Form) -> bytes:
    """`event` as it goes out on a stream of this form."""
    said = message(event)
    if form == "raw":
        return (_LINE_END.sub(" ", said["message"]) + "\n").encode("utf-8", "replace")
    return sse.encode(_text(said), id=event.id) if form == "sse" else _line(said)


def note(
    kind: str,
    form: Form,
    topics: Iterable[str],
    now: float,
    *,
    id: str = "",
    retry: float | None = None,
) -> bytes:
    """What the stream says of itself, of the event type `kind`. `id` is a cursor: of who has seen
    all so far. `now` is Unix time, `retry` in seconds. Empty where the form cannot say it: a raw
    stream has an empty line for `open` and `keepalive`, and no words for the rest."""
    if form == "raw":
        return b"\n" if kind in {OPEN, KEEPALIVE} else b""
    said: Json = {"id": id} if id else {}
    said |= {"time": int(now), "event": kind, "topic": ",".join(sorted(topics))}
    if form == "sse":
        return sse.encode(_text(said), type=kind, id=id, retry=retry)
    return _line(said if retry is None else said | {"retry": round(retry * 1000)})


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages are wanted ("Filter messages"): all that is named here must fit, of the
    `priorities` one, of the `tags` all. Empty means any."""

    id: str = ""
    message: str = ""
    title: str = ""
    priorities: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()

    def passes(self, event: Event) -> bool:
        """Whether `event` is wanted."""
        said = message(event)
        return (
            self.id in {"", event.id}
            and self.message in {"", said["message"]}
            and self.title in {"", said.get("title", "")}
            and self.tags <= set(said.get("tags", ()))
            and (not self.priorities or said.get("priority", DEFAULT_PRIORITY) in self.priorities)
        )


def _is_notice(found: Json) -> bool:
    """Whether all its members are what our own are: whoever writes to the log of a team may have
    made it, and a filter compares them."""
    fits = all(isinstance(found[name], kind) for name, kind in _WISHES.items() if name in found)
    return (
        fits
        and isinstance(found.get("message"), str)
        and all(isinstance(tag, str) for tag in found.get("tags", ()))
    )


def _text(said: Json) -> str:
    return json.dumps(said, ensure_ascii=False).translate(_ALSO_LINE_ENDS)


def _line(said: Json) -> bytes:
    return (_text(said) + "\n").encode("utf-8", "replace")
