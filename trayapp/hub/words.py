"""What the hub itself says on a stream: the first words, the reset, the last word. Pure."""

import json
import random

from trayapp import ntfy, sse
from trayapp.bus import Selection
from trayapp.event import HELLO, RESET
from trayapp.hub.lane import LAST_CHUNK, Lane

RETRY = 1.0
"""Seconds a page waits before it reconnects."""

AWAY = (0.5, 1.7)
"""Seconds, lowest and highest: pages sent away all at once come back spread over this."""


def hello(data: str, id: str, begins: float | None = None) -> bytes:
    """The first frame of a stream: data and id at once, so that every reader has its cursor.
    `begins` is for who asked by time: from when on nothing of what follows is missing."""
    if begins is not None:
        data = json.dumps(json.loads(data) | {"from": begins}, ensure_ascii=False)
    return sse.encode(data, type=HELLO, id=id, retry=RETRY)


def opening(selection: Selection, id: str, now: float) -> bytes:
    """What a stream of another form begins with, at the Unix time `now`."""
    return _note(ntfy.OPEN, selection, now, id, RETRY if selection.form == "sse" else None)


def reset(selection: Selection, id: str, now: float) -> bytes:
    """Events were missed for good; the cursor is `id` from now on."""
    if selection.form == "events":
        return sse.encode(json.dumps({"id": id}), type=RESET, id=id)
    return _note(RESET, selection, now, id)


def heartbeat(selection: Selection, id: str, now: float) -> bytes:
    """A sign of life, to who has seen all up to `id`."""
    if selection.form == "events":
        return sse.comment()
    return _note(ntfy.KEEPALIVE, selection, now, id)


def farewell(type: str, lane: Lane, now: float) -> bytes:
    """Why the stream ends (`bye` or `busy`), when to come back, and the end of the body."""
    retry = random.uniform(*AWAY)  # noqa: S311 - spreads pages, guards nothing
    if lane.selection.form == "events":
        last = sse.encode("{}", type=type, retry=retry)
    else:
        last = _note(type, lane.selection, now, retry=retry)
    return lane.framed(last) + (LAST_CHUNK if lane.chunked else b"")


def _note(
    kind: str, selection: Selection, now: float, id: str = "", retry: float | None = None
) -> bytes:
    if selection.form == "events":
        raise AssertionError("This form has words of its own.")
    return ntfy.note(kind, selection.form, selection.topics or (), now, id=id, retry=retry)
