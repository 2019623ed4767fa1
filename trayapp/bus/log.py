"""The durable bus: what is published is acknowledged when it is on disk, and outlives a crash.

Theory of operation. Readers read the history in memory, as on any bus. Publishers queue up; the
first who gets the lead takes all who wait (group commit), numbers their events, writes them in one
transaction, and only then puts them into the history: nobody ever sees an event that a crash could
take back. The others find theirs done. Why not a thread that writes: handing over and back costs
two switches of threads a publish, as much as the transaction itself.
At the next start the file gives the history its past, so that a page that was away goes on where
it was. Local events, file changes above all, take the short way and are not kept: after a restart
the fingerprint says all that changes said. They take their turn behind a transaction under way, for
an order without gaps.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from trayapp.bus.draft import Draft
from trayapp.bus.history import HISTORY, HISTORY_BYTES
from trayapp.bus.memory import MemoryBus
from trayapp.bus.past import Contents, Kept, Key
from trayapp.bus.store import Damaged, Store
from trayapp.errors import Unavailable
from trayapp.event import Event

logger = logging.getLogger(__name__)

MAX_AGE = 7 * 24 * 3600.0
"""Seconds; what is older is not brought back by a start."""

PRUNE_EVERY = 512
"""Events that leave the history before they leave the file too, many at a time."""


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
        on_problem: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(history, history_bytes)
        self._bounds = (history, history_bytes)
        self._store = Store(file)
        self._pruned = 0
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
            contents = self._store.open(self.epoch).tail(self._bounds, time.time() - MAX_AGE)
            if not self.head:  # else it is switched on again, and remembers
                self.restore(contents.past(), contents.events())
        except Unavailable as error:
            self._note(str(error))
        self._history.certain = time.time()  # while it was switched off, nobody published
        self._open = True

    def stop(self) -> None:
        """Refuse who publishes from now on, and close the file. Idempotent."""
        with self._lead:
            self._open = False
            self._store.close()

    def publish_all(self, drafts: Sequence[Draft]) -> list[Event]:
        """See `Bus.publish_all`: returns when the events are on disk, at once when they are local.

        Raises: Unavailable when they cannot be written.
        """
        if drafts[0].local:
            return self.add(drafts)
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
            self._store.open(self.epoch)  # too late to bring the past back: seqs are taken
        prune = self.forgotten >= self._pruned + PRUNE_EVERY
        try:
            if self._damaged:
                raise Damaged
            self._store.write(map(self._kept, events), self._lost() if prune else None)
        except Damaged:
            self._damaged = True
            self._store.replace(self._contents(events))
            self._damaged = False
        if prune:
            self._pruned = self.forgotten

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
        return before[seq - 1] if seq <= len(before) else (self._store.run, seq - len(before))

    def _lost(self) -> Key:
        """The key up to which events have left the history."""
        forgotten = self.forgotten
        return self._key_at(forgotten) if forgotten else self._past.lost

    def _note(self, problem: str) -> None:
        if problem == self._problem:
            return
        self._problem = problem
        if problem:
            logger.warning("%s", problem)
        self._on_problem()


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
