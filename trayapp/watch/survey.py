"""Surveying watch roots: the long walks, away from the thread that tells changes.

A survey arms a root afresh and takes stock of its files. A root that is not there is looked for
again every second until it is.
"""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from trayapp.watch.feed import Observer, Sink
from trayapp.watch.ignore import Ignore
from trayapp.watch.root import Root, readable

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks for a root that is gone."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """The outcome for `root`. `missing`: it is not there. `differing`: the paths of which the disk
    says something else than was known before; empty after the first survey."""

    root: Root
    missing: bool = False
    differing: tuple[str, ...] = ()


class _GivenUp(Exception):
    """The root was removed, or the surveyor stops."""


class Surveyor:
    """One thread, `trayapp-scan`. `tell` gets each outcome there and must return at once."""

    def __init__(
        self,
        observer: Observer,
        ignore: Ignore,
        sink_of: Callable[[Root], Sink],
        tell: Callable[[Surveyed], None],
    ) -> None:
        self._observer = observer
        self._ignore = ignore
        self._sink_of = sink_of
        self._tell = tell
        self._asked: queue.SimpleQueue[Root | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trayapp-scan", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ask(self, root: Root) -> None:
        """Survey `root`, whose fingerprint and feed are ours until the outcome is told."""
        self._asked.put(root)

    def stop(self, timeout: float) -> None:
        """Give up what is going on, close the feeds of roots in hand, end the thread."""
        self._stopping.set()
        self._asked.put(None)
        self._thread.join(timeout)
        if self._thread.is_alive():
            logger.warning("Thread %s did not end within %.1f s", self._thread.name, timeout)

    def _run(self) -> None:
        missing: list[Root] = []
        while not self._stopping.is_set():
            for root in self._next(missing):
                if self._survey(root, known_missing=root in missing):
                    missing = [other for other in missing if other is not root]
                elif root not in missing:
                    missing.append(root)

    def _next(self, missing: list[Root]) -> list[Root]:
        """Blocks until there is something to do; sleeps without end when nothing is missing."""
        try:
            root = self._asked.get(timeout=LOOK_EVERY if missing else None)
        except queue.Empty:
            return list(missing)
        return [root] if root is not None else []

    def _survey(self, root: Root, known_missing: bool) -> bool:
        """Whether the root needs no more looks from here."""
        if root.removed:
            return True
        if not readable(root.picture.path):
            self._close(root)
            if not known_missing:
                self._tell(Surveyed(root, missing=True))
            return False
        try:
            outcome = self._take_stock(root)
        except _GivenUp:
            self._close(root)
            return True
        self._tell(outcome)
        return True

    def _take_stock(self, root: Root) -> Surveyed:
        self._close(root)
        feed = root.feed = self._observer.feed(root.picture.path, self._ignore, self._sink_of(root))

        def enter(folder: str) -> None:
            if root.removed or self._stopping.is_set():
                raise _GivenUp
            feed.arm(folder)

        if root.scanned:
            return Surveyed(root, differing=tuple(root.fingerprint.compare(enter)))
        root.fingerprint.scan(enter)
        return Surveyed(root)

    def _close(self, root: Root) -> None:
        if root.feed is not None:
            root.feed.close()
            root.feed = None
