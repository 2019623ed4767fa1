"""The reader: the one thread that follows the log in Redis, and never gives up."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from trayapp.bus.redis.address import Address
from trayapp.bus.redis.entry import Entry
from trayapp.bus.redis.link import Link, Proof, Witness
from trayapp.bus.redis.ring import Ring
from trayapp.errors import Unavailable
from trayapp.event import CHANGE

logger = logging.getLogger(__name__)

BLOCK = 1.0
"""Seconds to wait for entries; then it is looked whether the log is still there."""

ANSWER_WITHIN = 1.0
"""Seconds within which Redis answers, or is away."""

RETRY_EVERY = 0.25
"""Seconds between the begins of two attempts to reach it, at least."""

FIRST_WITHIN = 2.0
"""Seconds that `start` waits: who finds Redis there tells no page to reset."""


class Reader:
    """Puts what comes into the ring. `on_outcome` is called with what is wrong, None for nothing,
    whenever it was looked; `on_own` with entries of our own publishing, before anybody sees them.
    Both on the thread `trayapp-redis`. Changes of `origin` are left out: they are here already.
    """

    def __init__(
        self,
        address: Address,
        ring: Ring,
        witness: Witness,
        bounds: tuple[int, int],
        *,
        on_own: Callable[[Sequence[Entry]], None],
        on_outcome: Callable[[Unavailable | None], None],
    ) -> None:
        self._address = address
        self._ring = ring
        self._witness = witness
        self._bounds = bounds
        self._on_own = on_own
        self._on_outcome = on_outcome
        self._origin = ""
        self._ending = threading.Event()
        self._looked = threading.Event()
        self._look_at = 0.0
        self._link: Link | None = None
        self._thread: threading.Thread | None = None

    def start(self, origin: str) -> None:
        """Start the thread; returns when it has found Redis, or found that it is not there."""
        self._origin = origin
        self._ending.clear()
        self._looked.clear()
        self._thread = threading.Thread(target=self._run, name="trayapp-redis")
        self._thread.start()
        self._looked.wait(FIRST_WITHIN)

    def stop(self) -> None:
        """End the thread, at once unless it is just connecting. Idempotent."""
        thread, self._thread = self._thread, None
        self._ending.set()
        while thread is not None and thread.is_alive():
            if link := self._link:
                link.interrupt()
            thread.join(0.1)

    def _run(self) -> None:
        while not self._ending.is_set():
            began = time.monotonic()
            self._link = Link(self._address, ANSWER_WITHIN)
            try:
                self._follow(self._link)
            except Unavailable as error:
                if not self._ending.is_set():
                    self._tell(error)
            except Exception:  # whatever it is, the next attempt may do without
                logger.exception("The log in Redis could not be followed.")
                self._tell(Unavailable("This is a mistake in trayapp.", "See its log file."))
            finally:
                self._link.close()
            self._ending.wait(max(0.0, began + RETRY_EVERY - time.monotonic()))

    def _follow(self, link: Link) -> None:
        link.try_reading()
        self._look(link)
        while not self._ending.is_set():
            entries = link.read(*self._ring.where, wait=BLOCK)
            if entries and not self._take(entries):
                self._begin(link, link.prove(self._witness.known))
            elif time.monotonic() >= self._look_at:
                self._look(link)

    def _look(self, link: Link) -> None:
        """Whether this is still the log that we know."""
        proof = link.prove(self._witness.known)
        epoch, number = self._ring.where
        if epoch != proof.epoch or number > proof.number:
            self._begin(link, proof)
        self._look_at = time.monotonic() + BLOCK
        self._tell(None)

    def _begin(self, link: Link, proof: Proof) -> None:
        newest = link.newest(proof.epoch, *self._bounds)
        self._on_own(newest)
        entries = [self._judged(it) for it in newest]
        self._ring.begin(proof.epoch, proof.number, entries, link.clock())
        epoch, number = self._ring.where
        self._witness.saw(replace(proof, epoch=epoch, number=number))

    def _take(self, entries: list[Entry]) -> bool:
        """False when they do not follow what we have: some are missing."""
        epoch, number = self._ring.where
        for place, entry in enumerate(entries, number + 1):
            if (entry.epoch, entry.number) != (epoch, place):
                return False
        self._witness.saw(Proof(epoch, self._witness.known.server, entries[-1].number))
        self._on_own(entries)
        self._ring.extend([self._judged(it) for it in entries])
        return True

    def _judged(self, entry: Entry) -> Entry:
        draft = entry.draft
        ours = draft is not None and draft.topic == CHANGE and entry.origin == self._origin
        return replace(entry, draft=None) if ours else entry

    def _tell(self, error: Unavailable | None) -> None:
        self._on_outcome(error)
        self._looked.set()
