"""The durable bus: what is published is acknowledged when it is on disk, and outlives a crash.

Theory of operation. Readers read the history in memory, as on any bus. Publishers queue up; the
first who gets the lead takes all who wait (group commit), numbers their events, writes them in one
transaction, and only then puts them into the history: nobody ever sees an event that a crash could
take back. The others find theirs done. Why not a thread that writes: handing over and back costs
two switches of threads a publish, as much as the transaction itself.
A reader whose place has left the history in memory is served from the file, in portions; local
events that have left it are held a while longer for that, so that nothing is missing in between.
Publishers wait while delivery is far behind them (`backpressure`), so that a flood stays short.
At the next start the file gives the history its past, so that a page that was away goes on where
it was. Local events, file changes above all, take the short way and are not kept: after a restart
the fingerprint says all that changes said. They take their turn behind a transaction under way, for
an order without gaps.
"""

import logging
import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from trayapp.bus.backpressure import Backpressure
from trayapp.bus.cursor import Moment, make
from trayapp.bus.draft import Draft
from trayapp.bus.history import HISTORY, HISTORY_BYTES
from trayapp.bus.logreader import LogReader
from trayapp.bus.memory import MemoryBus
from trayapp.bus.past import Contents, Kept, Key
from trayapp.bus.protocol import Replay
from trayapp.bus.retention import Retention
from trayapp.bus.store import Damaged, Store
from trayapp.errors import Unavailable
from trayapp.event import Event

logger = logging.getLogger(__name__)

MAX_AGE = 7 * 24 * 3600.0
"""Seconds; what is older is not brought back by a start."""

LOG_BYTES = 256 * 1024 * 1024
"""Characters of data, and 100 for each event, that the file holds."""

LOCALS_HELD = 1024
"""Local events held after they have left the history. A save is one; so many of them among the
events of one flood are hours of work."""


class LogBus(MemoryBus):
    """Implements `Bus`, keeping in `file` what is published; `start` it before anything else.

    `on_problem` is called, by a thread that publishes, when `problem` has changed.
    """

    def __init__(
        self,
        file: Path,
        *,
        history: int = HISTORY,
        history_bytes: int = HISTORY_BYTES,
        log_bytes: int = LOG_BYTES,
        on_problem: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(history, history_bytes)
        self._bounds = (history, history_bytes)
        self._store = Store(file)
        self._log = LogReader(file)
        self._retention = Retention(log_bytes, MAX_AGE)
        self._backpressure = Backpressure()
        self._locals: deque[Event] = deque()
        self._reach = 0  # the seq from which on history, file and local events lack nothing
        self._on_problem = on_problem
        self._problem = ""
        self._inbox: deque[_Waiting] = deque()
        self._lead = threading.Lock()
        self._open = False
        self._damaged = False

    @property
    def problem(self) -> str:
        """Why nothing can be published now, a sentence; empty when it can."""
        return self._problem

    def start(self) -> None:
        """Bring back what earlier runs kept. A file that cannot be opened is a `problem`, not the
        end: changes go on, and publishing works once it can be opened."""
        try:
            contents = self._store.open(self.epoch, self._bounds, time.time() - MAX_AGE)
            if not self.head:  # else it is switched on again, and remembers
                self.restore(contents.past(), contents.events())
                self._reach = self.forgotten
        except Unavailable as error:
            self._note(str(error))
        self._history.certain = time.time()  # while it was switched off, nobody published
        self._open = True

    def stop(self) -> None:
        """Refuse who publishes from now on, and close the file. Idempotent."""
        with self._lead:
            self._open = False
            self._log.close()
            self._store.close()

    def delivered(self, seq: int | None) -> None:
        """See `Bus.delivered`."""
        self._backpressure.delivered(seq)

    def after(self, cursor: str | int | Moment | None, limit: int | None = None) -> Replay:
        """See `Bus.after`; without a limit no more than the history holds at most."""
        replay = super().after(cursor, limit)
        if replay.complete or isinstance(cursor, Moment):
            return replay
        return self._after_in_log(cursor, limit) or replay

    def publish_all(self, drafts: Sequence[Draft]) -> list[Event]:
        """See `Bus.publish_all`: returns when the events are on disk, at once when they are local.

        Raises: Unavailable when they cannot be written.
        """
        if drafts[0].local:
            return self.add(drafts)
        self._backpressure.wait(self.head)
        waiting = _Waiting(drafts)
        self._inbox.append(waiting)
        with self._lead:
            if waiting.events is None and waiting.error is None:
                self._publish(self._all_who_wait())
        if waiting.error is not None:
            raise waiting.error
        if waiting.events is None:
            raise AssertionError("Whoever has the lead serves all who wait.")
        return waiting.events

    # For readers whose place has left the history.

    def _after_in_log(self, cursor: str | int | None, limit: int | None) -> Replay | None:
        with self._lock:
            seq, forgotten, head = self._seq_of(cursor), self._history.forgotten, self.head
            local = [event for event in self._locals if seq is not None and event.seq > seq]
        if seq is None or not self._reach <= seq < forgotten:
            return None
        if limit == 0:
            return Replay(seq, (), head)
        most = self._bounds[0] if limit is None else limit
        kept = self._log.read(self._key_at(seq), self._key_at(forgotten), most)
        events = [self._event(it) for it in kept]
        last = events[-1].seq if len(events) == most else forgotten
        events = sorted([*events, *(it for it in local if it.seq <= last)], key=_seq)[:most]
        if [it.seq for it in events] != list(range(seq + 1, seq + 1 + len(events))) or not events:
            return None  # pruned, damaged or taken away meanwhile
        if limit is not None:
            return Replay(seq, events, head)
        rest = super().after(events[-1].seq)
        size = sum(len(it.data) for it in (*events, *rest.events))
        whole = rest.complete and len(events) + len(rest.events) <= most and size <= self._bounds[1]
        return Replay(seq, (*events, *rest.events), rest.head) if whole else None

    def _event(self, it: Kept) -> Event:
        """The event under the id and the seq that it had; seq 0 when it is unknown here."""
        before = self._past.keys
        if it.run == self._store.run:
            seq, epoch = len(before) + it.number, self.epoch
        else:
            place = bisect_left(before, it.key)
            seq = place + 1 if place < len(before) and before[place] == it.key else 0
            epoch = next((name for name, run in self._past.runs.items() if run == it.run), "")
        return Event(make(epoch, it.number), seq, it.time, it.topic, it.type, it.data)

    def _evicted(self, event: Event) -> None:
        if event.local:
            self._locals.append(event)
            if len(self._locals) > LOCALS_HELD:
                self._reach = max(self._reach, self._locals.popleft().seq)

    # Everything below runs on the thread that has the lead.

    def _all_who_wait(self) -> list["_Waiting"]:
        return [self._inbox.popleft() for _ in range(len(self._inbox))]

    def _publish(self, batch: list["_Waiting"]) -> None:
        try:
            if not self._open:
                raise Unavailable("trayapp is stopping.", "Send again when it runs.")
            events = iter(self.add([each for one in batch for each in one.drafts], self._keep))
        except Unavailable as error:
            self._note(str(error) if self._open else "")
            _refuse(batch, error)
        except Exception:
            logger.exception("Events could not be kept.")
            _refuse(batch, Unavailable("This is a mistake in trayapp.", "See its log file."))
        else:
            self._note("")
            for waiting in batch:
                waiting.events = list(islice(events, len(waiting.drafts)))

    def _keep(self, events: Sequence[Event]) -> None:
        if not self._store.is_open and not self._damaged:
            # Too late to bring the past back: its seqs are taken.
            self._store.open(self.epoch, self._bounds, time.time() - MAX_AGE)
        self._retention.add(events, time.time())
        seq = self._retention.prune(time.time(), self.forgotten)
        if seq is not None:
            self._reach = max(self._reach, seq)
        try:
            if self._damaged:
                raise Damaged
            lost = None if seq is None else self._key_at(seq)
            self._store.write(map(self._kept, events), lost)
        except Damaged:
            self._damaged = True
            self._log.close()
            self._reach = max(self._reach, self.forgotten)
            self._store.replace(self._contents(events))
            self._damaged = False

    def _contents(self, events: Sequence[Event]) -> Contents:
        """All that the history holds and the file should, with `events` behind it."""
        known = [event for event in self.recent(self.head) if not event.local]
        runs = {**self._past.runs, self.epoch: self._store.run}
        return Contents([self._kept(event) for event in [*known, *events]], runs, self._lost())

    def _kept(self, event: Event) -> Kept:
        run, number = self._key_at(event.seq)
        return Kept(run, number, event.time, event.topic, event.type, event.data)

    def _key_at(self, seq: int) -> Key:
        before = self._past.keys
        if not seq:
            return self._past.lost
        return before[seq - 1] if seq <= len(before) else (self._store.run, seq - len(before))

    def _lost(self) -> Key:
        """The key up to which events have left the history."""
        return self._key_at(self.forgotten)

    def _note(self, problem: str) -> None:
        if problem == self._problem:
            return
        self._problem = problem
        if problem:
            logger.warning("%s", problem)
        self._on_problem()


def _seq(event: Event) -> int:
    return event.seq


@dataclass(slots=True)
class _Waiting:
    """A publisher who waits for its events, or for the reason why there are none."""

    drafts: Sequence[Draft]
    events: list[Event] | None = None
    error: Unavailable | None = None


def _refuse(batch: list[_Waiting], error: Unavailable) -> None:
    """Each gets an error of its own: their threads raise it."""
    for waiting in batch:
        waiting.error = Unavailable(error.message, error.hint)
