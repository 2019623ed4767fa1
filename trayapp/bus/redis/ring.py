"""The ring: what this process holds of the log in Redis, with the local events in between."""

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from trayapp.bus import cursor as ids
from trayapp.bus.cursor import Moment
from trayapp.bus.draft import Draft
from trayapp.bus.history import History
from trayapp.bus.protocol import Replay
from trayapp.bus.redis import wire
from trayapp.bus.redis.entry import Entry, timed
from trayapp.bus.redis.wire import LOCALS
from trayapp.event import Event

logger = logging.getLogger(__name__)


class Ring:
    """The reading half of the bus. Safe from any thread; shared events come from one.

    Local events go in at once, whatever the state of Redis. Before it was there the first time the
    epoch in the ids is 0.
    """

    def __init__(self, count: int, size: int) -> None:
        self._run = secrets.token_hex(6)
        self._lock = threading.Lock()
        self._history = History(count, size, time.time())
        self._extent = Extent(count, size)
        self._epoch = 0
        self._number = 0  # of the newest event, as in ids
        self._base = (
            0  # the number behind which nothing is missing, as long as nothing is forgotten
        )
        self._wakes: tuple[Callable[[], None], ...] = ()

    @property
    def epoch(self) -> str:
        """The first part of all ids."""
        return wire.epoch(self._epoch, self._run)

    @property
    def where(self) -> tuple[int, int]:
        """Epoch and number in Redis of the last entry that was taken."""
        with self._lock:
            return self._epoch, self._number // LOCALS

    @property
    def head(self) -> int:
        """The seq of the newest event."""
        return self._history.head

    @property
    def floor(self) -> tuple[int, int]:
        """The epoch, and the number of its oldest entry in Redis that is within the bounds."""
        with self._lock:
            return self._epoch, self._extent.floor

    def add(self, draft: Draft) -> Event:
        """Publish a local event."""
        with self._lock:
            if (self._number + 1) % LOCALS == 0:
                self._begin(self._epoch, self._number // LOCALS, extra=1)
            self._number += 1
            event = self._event(draft, self._number, self.head + 1, time.time(), local=True)
            self._history.append([event])
        self._wake()
        return event

    def extend(self, entries: Sequence[Entry]) -> None:
        """Take the entries that follow the last one. Those without a draft only count."""
        now = time.time()
        with self._lock:
            for it in entries:
                self._take(it, now)
        self._wake()

    def begin(self, epoch: int, number: int, entries: Sequence[Entry], clock: float) -> None:
        """Begin anew: readers are told to reset. `entries` are the last ones of `epoch`, whose last
        number is `number`; `clock` is Redis' time of this moment."""
        now = latest = time.time()
        times = [latest := min(latest, now - clock + it.stamp) for it in reversed(entries)][::-1]
        with self._lock:
            self._begin(epoch, entries[0].number - 1 if entries else number)
            for it, moment in zip(entries, times, strict=True):
                self._take(it, moment)
            self._history.before, self._history.certain = self.head, now
        self._wake()

    def after(self, cursor: str | int | Moment | None, limit: int | None = None) -> Replay:
        """See `Bus.after`."""
        with self._lock:
            if isinstance(cursor, Moment):
                return self._history.since(cursor, limit)
            if cursor is None:
                return self._history.after(self.head, limit)
            return self._history.after(
                cursor if isinstance(cursor, int) else self._seq_of(cursor), limit
            )

    def recent(self, count: int) -> tuple[Event, ...]:
        """The last `count` events, oldest first."""
        with self._lock:
            return self._history.recent(count)

    def id_at(self, seq: int) -> str:
        """See `Bus.id_at`."""
        with self._lock:
            event = self._history.at(seq)
            number = wire.number_of(event.id) if event else self._lost
            return ids.make(self.epoch, self._number if seq == self.head else number)

    def id_of(self, epoch: int, number: int) -> str:
        """The id of the shared event with this number in Redis."""
        return ids.make(wire.epoch(epoch, self._run), number * LOCALS)

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Bus.watch`."""
        with self._lock:
            self._wakes += (wake,)

        def unwatch() -> None:
            with self._lock:
                self._wakes = tuple(known for known in self._wakes if known is not wake)

        return unwatch

    # Below, the lock is held.

    @property
    def _lost(self) -> int:
        """The number of the last event that was forgotten."""
        lost = self._history.lost
        return wire.number_of(lost.id) if lost else self._base

    def _begin(self, epoch: int, number: int, extra: int = 0) -> None:
        """`extra` numbers are skipped: no cursor of this computer's other runs is honoured then."""
        if extra:
            self._run = secrets.token_hex(6)
        self._epoch = epoch
        self._number = self._base = number * LOCALS + extra
        self._history.forget(time.time())
        self._extent.clear(number)

    def _take(self, entry: Entry, moment: float) -> None:
        self._number = entry.number * LOCALS
        self._extent.add(entry.number, entry.size)
        if entry.draft is not None:
            draft = timed(entry.draft, moment)
            self._history.append([self._event(draft, self._number, self.head + 1, moment)])

    def _event(
        self, it: Draft, number: int, seq: int, moment: float, *, local: bool = False
    ) -> Event:
        id_ = ids.make(self.epoch, number)
        return Event(id_, seq, moment, it.topic, it.type, it.data, it.root, it.within, local)

    def _seq_of(self, cursor: str) -> int | None:
        place = wire.parse(cursor)
        if place is None or place.epoch != self._epoch:
            return None
        ours = place.run == self._run
        number = place.number if ours else place.shared * LOCALS
        if not self._lost <= number <= self._number:
            return None
        seq = self._history.place(number, lambda event: wire.number_of(event.id))
        return seq if number % LOCALS == 0 or self._is_at(seq, number) else None

    def _is_at(self, seq: int, number: int) -> bool:
        event = self._history.at(seq)
        return number == (wire.number_of(event.id) if event else self._lost)

    # Without the lock.

    def _wake(self) -> None:
        for wake in self._wakes:
            try:
                wake()
            except Exception:  # one watcher that fails must not end the reading for all
                logger.exception("A reader of the bus has failed.")


class Extent:
    """How far the entries in Redis reach back within the bounds, by number and by size."""

    def __init__(self, count: int, size: int) -> None:
        self._bounds = (count, size)
        self.clear(0)

    @property
    def floor(self) -> int:
        """The number of the oldest one."""
        return self._last - len(self._sizes) + 1

    def clear(self, number: int) -> None:
        """The next one follows `number`."""
        self._last = number
        self._sizes: deque[int] = deque()
        self._size = 0

    def add(self, number: int, size: int) -> None:
        """There is one more."""
        self._last = number
        self._sizes.append(size)
        self._size += size
        count, most = self._bounds
        while len(self._sizes) > count or (self._size > most and len(self._sizes) > 1):
            self._size -= self._sizes.popleft()
