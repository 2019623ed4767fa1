"""What the hub itself says on a stream: the first words, the reset, the last word. Pure."""

import json
import random

from trayapp import sse
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


def reset(id: str) -> bytes:
    """Events were missed for good; the cursor is `id` from now on."""
    return sse.encode(json.dumps({"id": id}), type=RESET, id=id)


def farewell(type: str, lane: Lane) -> bytes:
    """Why the stream ends (`bye` or `busy`), when to come back, and the end of the body."""
    retry = random.uniform(*AWAY)  # noqa: S311 - spreads pages, guards nothing
    return lane.framed(sse.encode("{}", type=type, retry=retry)) + (
        LAST_CHUNK if lane.chunked else b""
    )
