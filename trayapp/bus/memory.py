"""The bus of one process: a ring of recent events in memory, the history."""

import secrets
import threading
import time
from collections.abc import Callable, Sequence

from trayapp.bus import cursor as ids
from trayapp.bus.cursor import Moment
from trayapp.bus.draft import Draft
from trayapp.bus.history import HISTORY, HISTORY_BYTES, History
from trayapp.bus.past import Past
from trayapp.bus.protocol import Replay
from trayapp.event import Event


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
        self._history = History(history, history_bytes, time.time(), self._evicted)
        self._past = Past()
        self._wakes: tuple[Callable[[], None], ...] = ()

    def restore(self, past: Past, events: Sequence[Event]) -> None:
        """Begin with the events of earlier runs. Before anything is published."""
        with self._turn:
            self._past = past
            self._history.before = len(past.keys)
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

    def publish_all(self, drafts: Sequence[Draft]) -> list[Event]:
        """See `Bus.publish_all`; never refuses."""
        return self.add(drafts)

    def add(
        self,
        drafts: Sequence[Draft],
        keep: Callable[[Sequence[Event]], None] = _keep_nowhere,
    ) -> list[Event]:
        """Give them their ids, in this order, and their place in the history. `keep` gets the
        events before any reader does; what it raises is raised, and nothing is published then. The
        turn is held while it runs: it must not call back."""
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
                return self._history.since(cursor, limit)
            return self._history.after(self._seq_of(cursor), limit)

    def recent(self, count: int) -> tuple[Event, ...]:
        """The last `count` events, oldest first."""
        with self._lock:
            return self._history.recent(count)

    @property
    def head(self) -> int:
        """The seq of the newest event."""
        return self._history.head

    @property
    def forgotten(self) -> int:
        """The seq up to which events have left the history."""
        with self._lock:
            return self._history.forgotten

    def delivered(self, seq: int | None) -> None:
        """See `Bus.delivered`; publishers of this bus never wait."""

    def id_at(self, seq: int) -> str:
        """See `Bus.id_at`."""
        number = seq - len(self._past.keys)
        return ids.make(self.epoch, number) if number >= 0 else self._past.id_at(seq)

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Bus.watch`."""
        with self._lock:
            self._wakes += (wake,)

        def unwatch() -> None:
            with self._lock:
                self._wakes = tuple(known for known in self._wakes if known is not wake)

        return unwatch

    def _evicted(self, event: Event) -> None:
        """An event has left the history. Called with `_lock` held."""

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
            for seq, it in enumerate(drafts, self.head + 1)
        ]

    def _append(self, events: Sequence[Event]) -> None:
        with self._lock:
            self._history.append(events)

    def _seq_of(self, cursor: str | int | None) -> int | None:
        if cursor is None:
            return self.head
        if isinstance(cursor, int):
            return cursor
        parsed = ids.parse(cursor)
        if parsed is None:
            return None
        if parsed[0] == self.epoch:
            return len(self._past.keys) + parsed[1]
        return self._past.seq_of(*parsed)
