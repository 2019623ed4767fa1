"""The history: recent events in a ring, and what follows a place in it. Knows no ids and no lock;
the bus that owns one guards it.
"""

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence

from trayapp.bus.cursor import Moment
from trayapp.bus.protocol import Replay
from trayapp.event import Event

HISTORY = 4096
"""Events held for replay."""

HISTORY_BYTES = 8 * 1024 * 1024
"""Characters of data held for replay; the newest event is kept whatever its size."""


class History:
    """The newest events, at most `count` of them and `size` characters of data.

    `head` is the seq of the newest one. Those up to the seq `before` are of earlier runs. From the
    Unix time `certain` on nothing is missing. `lost` is the event that was forgotten last.
    `on_evict` gets each event that leaves because there is no room.
    """

    def __init__(
        self,
        count: int,
        size: int,
        certain: float,
        on_evict: Callable[[Event], None] = lambda _event: None,
    ) -> None:
        self.head = 0
        self.before = 0
        self.certain = certain
        self.lost: Event | None = None
        self._bounds = (count, size)
        self._on_evict = on_evict
        self._ring: deque[Event] = deque()
        self._size = 0

    @property
    def forgotten(self) -> int:
        """The seq up to which events are no longer held."""
        return self.head - len(self._ring)

    def append(self, events: Sequence[Event]) -> None:
        """Add `events`, whose seqs follow the head."""
        for event in events:
            self._ring.append(event)
            self._size += len(event.data)
        self.head += len(events)
        self._evict()

    def forget(self, certain: float) -> None:
        """Forget all, as if one more event had come and gone: no seq reaches over this."""
        self._ring.clear()
        self._size, self.lost = 0, None
        self.head += 1
        self.before, self.certain = self.head, certain

    def after(self, seq: int | None, limit: int | None) -> Replay:
        """What follows `seq`; incomplete when that is None or not held."""
        if seq is None or not self.forgotten <= seq <= self.head:
            return Replay(self.head, (), self.head, complete=False)
        start = seq - self.forgotten
        return Replay(seq, self._slice(start, limit), self.head)

    def since(self, moment: Moment, limit: int | None) -> Replay:
        """From the newest end: a page that has just been loaded asks for seconds, the history may
        hold days."""
        begins = moment.time if moment.earlier else max(moment.time, self.certain)
        least = 0 if moment.earlier else self.before - self.forgotten
        start = len(self._ring)
        for event in reversed(self._ring):
            if event.time < begins or start <= least:
                break
            start -= 1
        seq = self.forgotten + start
        return Replay(seq, self._slice(start, limit), self.head, begins=begins)

    def recent(self, count: int) -> tuple[Event, ...]:
        """The last `count` events, oldest first."""
        return self._slice(max(0, len(self._ring) - count), None)

    def at(self, seq: int) -> Event | None:
        """The event at `seq`, if it is held."""
        return self._ring[seq - self.forgotten - 1] if self.forgotten < seq <= self.head else None

    def place(self, key: int, key_of: Callable[[Event], int]) -> int:
        """The seq after which the events come whose key, which grows, is more than `key`."""
        return self.forgotten + bisect_right(self._ring, key, key=key_of)

    def _slice(self, start: int, limit: int | None) -> tuple[Event, ...]:
        """By index: a deque finds the newest from its end, islice would walk up to it."""
        stop = len(self._ring) if limit is None else min(start + limit, len(self._ring))
        return tuple(self._ring[place] for place in range(start, stop))

    def _evict(self) -> None:
        ring, (count, size) = self._ring, self._bounds
        while len(ring) > count or (self._size > size and len(ring) > 1):
            self.lost = ring.popleft()
            self._size -= len(self.lost.data)
            self._on_evict(self.lost)
            self.certain = max(self.certain, math.nextafter(self.lost.time, math.inf))
