"""The bus of one process: a ring of recent events in memory, the history."""

import math
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trayapp.bus import cursor as ids
from trayapp.bus.cursor import Moment
from trayapp.bus.past import Past
from trayapp.bus.protocol import Replay
from trayapp.event import Event

HISTORY = 4096
"""Events held for replay."""

HISTORY_BYTES = 8 * 1024 * 1024
"""Characters of data held for replay; the newest event is kept whatever its size."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that has no id yet."""

    topic: str
    data: str
    type: str = ""
    root: str = ""
    within: tuple[str, ...] = ()
    local: bool = False


def _keep_nowhere(_events: Sequence[Event]) -> None:
    """Events of this bus are as durable as its process."""


class MemoryBus:
    """Implements `Bus`; events die with the process.

    Two locks: `_turn` is the right to number events, held from the numbering until they are in
    the history, so that numbers have no gaps and no disorder; `_lock` guards the history and is
    held for moments only, so that reading never waits for a disk. Events that earlier
    runs kept come first in the history; `_past` tells their cursors.
    """

    def __init__(self, history: int = HISTORY, history_bytes: int = HISTORY_BYTES) -> None:
        self.epoch = secrets.token_hex(6)
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._ring: deque[Event] = deque()
        self._size = 0
        self._head = 0
        self._past = Past()
        self._bounds = (history, history_bytes)
        self._wakes: tuple[Callable[[], None], ...] = ()
        self._certain = time.time()

    def restore(self, past: Past, events: Sequence[Event]) -> None:
        """Begin with the events of earlier runs. Before anything is published."""
        with self._turn:
            self._past = past
            self._append(events)

    def publish(
        self,
        topic: str,
        data: str,
        *,
        type: str = "",
        root: str = "",
        within: tuple[str, ...] = (),
        local: bool = False,
    ) -> Event:
        """See `Bus.publish`; never refuses."""
        return self.publish_all([Draft(topic, data, type, root, within, local)])[0]

    def publish_all(
        self,
        drafts: Sequence[Draft],
        keep: Callable[[Sequence[Event]], None] = _keep_nowhere,
    ) -> list[Event]:
        """Publish in this order. `keep` gets the events before any reader does; what it raises is
        raised, and nothing is published then. The turn is held while it runs: it must not call
        back."""
        with self._turn:
            events = self._number(drafts)
            keep(events)
            self._append(events)
        for wake in self._wakes:
            wake()
        return events

    def after(self, cursor: str | int | Moment | None, limit: int | None = None) -> Replay:
        """See `Bus.after`."""
        with self._lock:
            if isinstance(cursor, Moment):
                return self._since(cursor, limit)
            seq = self._seq_of(cursor)
            oldest = self._head - len(self._ring)
            if seq is None or not oldest <= seq <= self._head:
                return Replay(self._head, (), self._head, complete=False)
            start = seq - oldest
            stop = len(self._ring) if limit is None else start + limit
            return Replay(seq, self._slice(start, stop), self._head)

    def recent(self, count: int) -> tuple[Event, ...]:
        """The last `count` events, oldest first."""
        with self._lock:
            return self._slice(max(0, len(self._ring) - count), len(self._ring))

    @property
    def head(self) -> int:
        """The seq of the newest event."""
        return self._head

    @property
    def forgotten(self) -> int:
        """The seq up to which events have left the history."""
        with self._lock:
            return self._head - len(self._ring)

    def id_at(self, seq: int) -> str:
        """See `Bus.id_at`."""
        return ids.make(self.epoch, seq - len(self._past.keys))

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Bus.watch`."""
        with self._lock:
            self._wakes += (wake,)

        def unwatch() -> None:
            with self._lock:
                self._wakes = tuple(known for known in self._wakes if known is not wake)

        return unwatch

    def _since(self, moment: Moment, limit: int | None) -> Replay:
        """From the newest end: a page that has just been loaded asks for seconds, the history may
        hold days."""
        begins = moment.time if moment.earlier else max(moment.time, self._certain)
        least = 0 if moment.earlier else len(self._past.keys) - (self._head - len(self._ring))
        start = len(self._ring)
        for event in reversed(self._ring):
            if event.time < begins or start <= least:
                break
            start -= 1
        stop = len(self._ring) if limit is None else start + limit
        seq = self._head - len(self._ring) + start
        return Replay(seq, self._slice(start, stop), self._head, begins=begins)

    def _number(self, drafts: Sequence[Draft]) -> list[Event]:
        now, before = time.time(), len(self._past.keys)
        return [
            Event(
                ids.make(self.epoch, seq - before),
                seq,
                now,
                it.topic,
                it.type,
                it.data,
                it.root,
                it.within,
                it.local,
            )
            for seq, it in enumerate(drafts, self._head + 1)
        ]

    def _append(self, events: Sequence[Event]) -> None:
        with self._lock:
            for event in events:
                self._ring.append(event)
                self._size += len(event.data)
            self._head += len(events)
            self._evict()

    def _seq_of(self, cursor: str | int | None) -> int | None:
        if cursor is None:
            return self._head
        if isinstance(cursor, int):
            return cursor
        parsed = ids.parse(cursor)
        if parsed is None:
            return None
        if parsed[0] == self.epoch:
            return len(self._past.keys) + parsed[1]
        return self._past.seq_of(*parsed)

    def _slice(self, start: int, stop: int) -> tuple[Event, ...]:
        """By index: a deque finds the newest from its end, islice would walk up to it."""
        return tuple(self._ring[place] for place in range(start, min(stop, len(self._ring))))

    def _evict(self) -> None:
        ring, (count, size) = self._ring, self._bounds
        while len(ring) > count or (self._size > size and len(ring) > 1):
            forgotten = ring.popleft()
            self._size -= len(forgotten.data)
            self._certain = max(self._certain, math.nextafter(forgotten.time, math.inf))
