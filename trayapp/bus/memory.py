"""The bus of one process: a ring of recent events in memory. Ids die with the process."""

import secrets
import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from threading import Lock

from trayapp.bus.cursor import seq_of
from trayapp.bus.protocol import Replay
from trayapp.event import Event

HISTORY = 4096
"""Events held for replay."""

HISTORY_BYTES = 8 * 1024 * 1024
"""Characters of data held for replay; the newest event is kept whatever its size."""


class MemoryBus:
    """Implements `Bus`. Events are as durable as the process."""

    def __init__(self, history: int = HISTORY, history_bytes: int = HISTORY_BYTES) -> None:
        self.epoch = secrets.token_hex(6)
        self._lock = Lock()
        self._ring: deque[Event] = deque()
        self._size = 0
        self._seq = 0
        self._history = history
        self._history_bytes = history_bytes
        self._wakes: tuple[Callable[[], None], ...] = ()

    def publish(self, topic: str, data: str, *, type: str = "", root: str = "") -> Event:
        """See `Bus.publish`; never refuses."""
        with self._lock:
            self._seq += 1
            id_ = f"{self.epoch}-{self._seq}"
            event = Event(id_, self._seq, time.time(), topic, type, data, root)
            self._ring.append(event)
            self._size += len(data)
            self._evict()
            wakes = self._wakes
        for wake in wakes:
            wake()
        return event

    def after(self, cursor: str | int | None, limit: int | None = None) -> Replay:
        """See `Bus.after`."""
        with self._lock:
            if cursor is None:
                return Replay((), self._seq)
            seq = cursor if isinstance(cursor, int) else seq_of(cursor, self.epoch)
            oldest = self._seq - len(self._ring)
            if seq is None or not oldest <= seq <= self._seq:
                return Replay((), self._seq, complete=False)
            start = seq - oldest
            stop = None if limit is None else start + limit
            return Replay(tuple(islice(self._ring, start, stop)), self._seq)

    def recent(self, count: int) -> tuple[Event, ...]:
        """The last `count` events, oldest first."""
        with self._lock:
            return tuple(islice(self._ring, max(0, len(self._ring) - count), None))

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Bus.watch`."""
        with self._lock:
            self._wakes += (wake,)

        def unwatch() -> None:
            with self._lock:
                self._wakes = tuple(known for known in self._wakes if known is not wake)

        return unwatch

    def _evict(self) -> None:
        ring = self._ring
        while len(ring) > self._history or (self._size > self._history_bytes and len(ring) > 1):
            self._size -= len(ring.popleft().data)
