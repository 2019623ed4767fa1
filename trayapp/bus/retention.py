"""Which events the file of the log still keeps: by size and by age, many at a time. Pure."""

from collections import deque
from collections.abc import Sequence

from trayapp.event import Event

PRUNE_EVERY = 512
"""Events between two places at which the file can be cut: one deletion for many events."""

ROW = 100
"""Characters that an event takes besides its data: topic, type, keys, and the pages of the file."""


class Retention:
    """Counts what is written. One thread at a time; times are Unix time.

    Instead of each event only each 512th place is remembered: of a million events that is 100 KB.
    """

    def __init__(self, size: int, age: float) -> None:
        self._most = size
        self._age = age
        self._written = 0
        self._dropped = 0
        self._places: deque[tuple[int, int, float]] = deque()  # seq, written up to it, time

    def add(self, events: Sequence[Event], now: float) -> None:
        """`events` are written."""
        self._written += sum(len(event.data) + ROW for event in events)
        last = events[-1].seq
        if not self._places or last >= self._places[-1][0] + PRUNE_EVERY:
            self._places.append((last, self._written, now))

    def prune(self, now: float, forgotten: int) -> int | None:
        """The seq up to which events are to be deleted, at most `forgotten`, which has left the
        memory too; None when there is nothing to delete."""
        found = None
        while self._places and self._places[0][0] <= forgotten:
            seq, written, at = self._places[0]
            if self._written - self._dropped <= self._most and at >= now - self._age:
                break
            self._dropped = written
            found = seq
            self._places.popleft()
        return found
