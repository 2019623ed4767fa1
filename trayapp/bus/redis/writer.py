"""The writer: publishers who wait together are published together, each batch once or not at all.

As in the log: the first who gets the lead takes all who wait. What makes it harder here is that an
answer can be lost. A batch therefore has a deadline, kept by Redis itself, and a number, under
which it is sent again: whichever copy arrives first counts. Where the connection stays away, the
reader may have seen the batch come by.
"""

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trayapp.bus.redis import refusal
from trayapp.bus.redis.address import Address
from trayapp.bus.redis.entry import Entry
from trayapp.bus.redis.link import Answer, Link, Proof, Witness
from trayapp.errors import Unavailable

logger = logging.getLogger(__name__)

WITHIN = 1.9
"""Seconds within which a publisher has its answer."""

ANSWER_WITHIN = 0.9
"""Seconds to wait for one answer of Redis: so a second attempt fits."""

MARGIN = 0.1
"""Seconds between the deadline in Redis and ours."""

PAUSE = 0.05
"""Seconds between two attempts."""

BATCH = 256
BATCH_BYTES = 1024 * 1024
"""What is published at once, and what one publisher has more; Redis does nothing else meanwhile."""


class Writer:
    """Publishes entries. Safe from any thread. `count` is how many entries Redis has to keep,
    `floor` from which on: epoch and number."""

    def __init__(
        self,
        address: Address,
        run: str,
        witness: Witness,
        count: int,
        floor: Callable[[], tuple[int, int]],
    ) -> None:
        self._address = address
        self._run = run
        self._witness = witness
        self._count = count
        self._floor = floor
        self._inbox: deque[_Waiting] = deque()
        self._lead = threading.Lock()
        self._batches = itertools.count(1)
        self._heard: tuple[int, Proof] = (0, Proof())
        self._link: Link | None = None
        self._open = False

    def start(self) -> None:
        """Take publishers; connects with the first one."""
        self._open = True

    def stop(self) -> None:
        """Refuse publishers from now on. Idempotent."""
        with self._lead:
            self._open = False
            self._drop()

    def publish(self, entries: Sequence[bytes]) -> tuple[int, int]:
        """Epoch of `entries` in Redis and number of the first; the others follow it. Raises:
        Unavailable; none is published then."""
        waiting = _Waiting(entries, time.monotonic() + WITHIN)
        self._inbox.append(waiting)
        with self._lead:
            while waiting.place is None and waiting.error is None:
                self._serve(self._some())
        if waiting.error is not None:
            raise waiting.error
        if waiting.place is None:
            raise AssertionError("Whoever has the lead serves all before it.")
        return waiting.place

    def hear(self, entries: Sequence[Entry]) -> None:
        """What the reader reads; ours are among it."""
        for entry in entries:
            if entry.run == self._run and entry.batch != self._heard[0]:
                self._heard = (entry.batch, Proof(entry.epoch, "", entry.number))

    # Everything below runs on the thread that has the lead.

    def _some(self) -> list["_Waiting"]:
        batch = [self._inbox.popleft()]
        count, size = len(batch[0].entries), batch[0].size
        while self._inbox and count < BATCH and size < BATCH_BYTES:
            batch.append(self._inbox.popleft())
            count += len(batch[-1].entries)
            size += batch[-1].size
        return batch

    def _serve(self, batch: list["_Waiting"]) -> None:
        try:
            if not self._open:
                raise Unavailable("trayapp is stopping.", "Send again when it runs.")
            entries = [entry for it in batch for entry in it.entries]
            epoch, number = self._send(entries, batch[0].deadline)
        except Unavailable as error:
            self._drop()
            if isinstance(error, refusal.Away):
                # They would wait for the same.
                batch += [self._inbox.popleft() for _ in range(len(self._inbox))]
            _refuse(batch, error)
        except Exception:
            logger.exception("Events could not be published.")
            self._drop()
            _refuse(batch, Unavailable("This is a mistake in trayapp.", "See its log file."))
        else:
            for it in batch:
                it.place = (epoch, number)
                number += len(it.entries)

    def _send(self, entries: list[bytes], deadline: float) -> tuple[int, int]:
        """Epoch and number of the first of `entries`."""
        batch, unsure, turns = next(self._batches), False, 0
        while True:
            if unsure and (seen := self._heard)[0] == batch:
                return seen[1].epoch, seen[1].number
            link = None
            try:
                link = self._proven(deadline)
                answer = self._ask(link, batch, entries, deadline)
            except Unavailable as error:
                self._drop()
                unsure = unsure or (link is not None and isinstance(error, refusal.Away))
                if not unsure or not self._wait(deadline):
                    raise
                continue
            if answer.word == "ok":
                self._witness.saw(Proof(answer.epoch, link.proof.server, answer.number))
                return answer.epoch, answer.number - len(entries) + 1
            turns += 1
            if turns > 2 or time.monotonic() > deadline:
                raise refusal.silent(self._address)
            if answer.word == "epoch":
                self._drop()

    def _ask(self, link: Link, batch: int, entries: list[bytes], deadline: float) -> Answer:
        tag = f"{self._run}:{batch}"
        epoch, floor = self._floor()
        # Numbers of an epoch that is over would take away what the new one begins with.
        keep = (self._count, floor if epoch == link.proof.epoch else 0)
        return link.publish(self._run, tag, keep, deadline - MARGIN, entries)

    def _wait(self, deadline: float) -> bool:
        """Whether to try again. Whoever is told that it failed may send again, and it must not have
        been published after that: so not before the deadline."""
        again = time.monotonic() < deadline - MARGIN
        time.sleep(PAUSE if again else max(0.0, deadline - time.monotonic()))
        return again

    def _proven(self, deadline: float) -> Link:
        known = self._witness.known
        if self._link is not None and self._link.proof.server != known.server:
            self._drop()  # the reader has found another server behind the same name
        if self._link is None:
            left = max(PAUSE, min(ANSWER_WITHIN, deadline - time.monotonic()))
            self._link = Link(self._address, left)
            self._witness.saw(self._link.prove(known))
        return self._link

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()


@dataclass(slots=True)
class _Waiting:
    """A publisher who waits for the place of its entries, or for the reason why they have none."""

    entries: Sequence[bytes]
    deadline: float
    place: tuple[int, int] | None = None
    error: Unavailable | None = None

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(map(len, self.entries))


def _refuse(batch: list[_Waiting], error: Unavailable) -> None:
    """Each gets an error of its own: their threads raise it."""
    for it in batch:
        it.error = type(error)(error.message, error.hint)
        it.error.__cause__ = error
