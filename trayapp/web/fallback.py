"""A stream as a generator, for WSGI servers whose sockets nobody takes over. One thread each."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator

from trayapp import __version__
from trayapp.bus import Bus, Replay, Selection, Subscription
from trayapp.event import HELLO, RESET, Event
from trayapp.sse import PADDING, comment, encode

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent: without it nobody notices a dead page."""

_RETRY = 1.0


def frames(
    bus: Bus, subscription: Subscription, hello: Callable[[], str], heartbeat: float = HEARTBEAT
) -> Iterator[bytes]:
    """`hello`, what follows the cursor (or `reset`), then what comes, until closed."""
    fresh = threading.Event()
    unwatch = bus.watch(fresh.set)
    try:
        replay = bus.after(subscription.cursor)
        resumed = subscription.cursor if replay.complete else None
        id_ = resumed if isinstance(resumed, str) and resumed else bus.id_at(replay.start)
        if subscription.padded:
            yield PADDING
        yield encode(_greeting(hello(), replay), type=HELLO, id=id_, retry=_RETRY)
        while True:
            if not replay.complete:
                id_ = bus.id_at(replay.head)
                yield encode(json.dumps({"id": id_}), type=RESET, id=id_)
            yield from _wanted(subscription.selection, replay.events)
            while not fresh.wait(heartbeat):
                yield comment()
            fresh.clear()
            replay = bus.after(replay.head)
    finally:
        unwatch()


def greeting(bus: Bus) -> str:
    """The data of a stream's first event where no files are watched, as in docs/events.md."""
    hello = {
        "server": "trayapp",
        "version": __version__,
        "epoch": bus.epoch,
        "heartbeat": HEARTBEAT,
        "time": round(time.time(), 3),
        "paused": False,
        "roots": [],
    }
    return json.dumps(hello)


def _greeting(data: str, replay: Replay) -> str:
    if replay.begins is None:
        return data
    return json.dumps(json.loads(data) | {"from": replay.begins}, ensure_ascii=False)


def _wanted(selection: Selection, events: Iterable[Event]) -> Iterator[bytes]:
    for event in events:
        if selection.wants(event):
            data = event.envelope() if selection.envelope else event.data
            yield encode(data, type=selection.type_of(event), id=event.id)
