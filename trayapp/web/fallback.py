"""A stream as a generator, for WSGI servers whose sockets nobody takes over. One thread each."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator

from trayapp import __version__, ntfy
from trayapp.bus import Bus, Replay, Selection, Subscription
from trayapp.event import HELLO, RESET, Event
from trayapp.sse import PADDING, comment, encode

HEARTBEAT = 15.0
"""Seconds of silence after which a sign of life is sent: without it nobody notices a dead page."""

_RETRY = 1.0


def frames(
    bus: Bus, subscription: Subscription, hello: Callable[[], str], heartbeat: float = HEARTBEAT
) -> Iterator[bytes]:
    """`hello`, what follows the cursor (or `reset`), then what comes, until closed."""
    wanted = subscription.selection
    fresh = threading.Event()
    unwatch = bus.watch(fresh.set)
    try:
        replay = bus.after(subscription.cursor)
        resumed = subscription.cursor if replay.complete else None
        id_ = resumed if isinstance(resumed, str) and resumed else bus.id_at(replay.start)
        if subscription.padded:
            yield PADDING
        yield _opening(wanted, id_, replay, hello)
        while True:
            id_ = bus.id_at(replay.head)
            if not replay.complete:
                yield from _said(_reset(wanted, id_))
            yield from _wanted(wanted, replay.events)
            while not fresh.wait(heartbeat):
                yield _heartbeat(wanted, id_)
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


def _opening(wanted: Selection, id: str, replay: Replay, hello: Callable[[], str]) -> bytes:
    if wanted.form != "events":
        retry = _RETRY if wanted.form == "sse" else None
        return ntfy.note(ntfy.OPEN, wanted.form, *_here(wanted), id=id, retry=retry)
    data = hello()
    if replay.begins is not None:
        data = json.dumps(json.loads(data) | {"from": replay.begins}, ensure_ascii=False)
    return encode(data, type=HELLO, id=id, retry=_RETRY)


def _reset(wanted: Selection, id: str) -> bytes:
    if wanted.form != "events":
        return ntfy.note(RESET, wanted.form, *_here(wanted), id=id)
    return encode(json.dumps({"id": id}), type=RESET, id=id)


def _heartbeat(wanted: Selection, id: str) -> bytes:
    if wanted.form != "events":
        return ntfy.note(ntfy.KEEPALIVE, wanted.form, *_here(wanted), id=id)
    return comment()


def _here(wanted: Selection) -> tuple[Iterable[str], float]:
    return wanted.topics or (), time.time()


def _said(words: bytes) -> Iterator[bytes]:
    """Not what a form has no words for: an empty piece would be the end of a chunked body."""
    if words:
        yield words


def _wanted(selection: Selection, events: Iterable[Event]) -> Iterator[bytes]:
    for event in events:
        if selection.wants(event):
            yield _frame(selection, event)


def _frame(selection: Selection, event: Event) -> bytes:
    if selection.form != "events":
        return ntfy.told(event, selection.form)
    data = event.envelope() if selection.envelope else event.data
    return encode(data, type=selection.type_of(event), id=event.id)
