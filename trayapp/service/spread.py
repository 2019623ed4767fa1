"""Spread: changes of shared roots on their way to the other computers of the bus."""

import json
import logging
import threading
from dataclasses import replace

from trayapp.bus import Bus
from trayapp.errors import Unavailable
from trayapp.event import CHANGE
from trayapp.service.changes import data_of
from trayapp.service.held import merge
from trayapp.watch import RootChange

logger = logging.getLogger(__name__)

RETRY_EVERY = 1.0
"""Seconds until what the bus refused is tried again."""


class Spread:
    """Publishes the changes of roots that are shared, one after another; what waits for the bus is
    merged into one change per root. Safe from any thread; `take` returns at once.

    The fingerprint stays here: pages of other computers compare it with nothing.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._condition = threading.Condition()
        self._shared: set[str] = set()
        self._waiting: dict[str, RootChange] = {}
        self._ending = False
        self._thread: threading.Thread | None = None

    def share(self, label: str) -> None:
        """Tell the other computers of the root with this label."""
        self._shared.add(label)

    def take(self, change: RootChange) -> None:
        """Pages here have been told of `change`."""
        if self._thread is None or change.label not in self._shared or not change.paths:
            return
        with self._condition:
            self._hold(change)
            self._condition.notify()

    def start(self) -> None:
        """Start the thread `trayapp-spread`."""
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="trayapp-spread")
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what still waits is given up. Idempotent."""
        thread, self._thread = self._thread, None
        with self._condition:
            self._ending = True
            self._waiting.clear()
            self._condition.notify()
        if thread is not None:
            thread.join()

    def _hold(self, change: RootChange) -> None:
        earlier = self._waiting.get(change.label)
        self._waiting[change.label] = merge(earlier, change) if earlier else change

    def _run(self) -> None:
        while (change := self._next()) is not None:
            try:
                self._publish(change)
            except Unavailable as error:
                logger.debug("Changes of %s wait: %s", change.label, error)
                self._put_back(change)

    def _next(self) -> RootChange | None:
        """The change that has waited longest, once there is one; None at the end."""
        with self._condition:
            self._condition.wait_for(lambda: self._ending or self._waiting)
            return self._waiting.pop(next(iter(self._waiting))) if not self._ending else None

    def _put_back(self, change: RootChange) -> None:
        """Before those that came meanwhile."""
        with self._condition:
            later = self._waiting.pop(change.label, None)
            self._waiting[change.label] = merge(change, later) if later else change
            self._condition.wait_for(lambda: self._ending, RETRY_EVERY)

    def _publish(self, change: RootChange) -> None:
        """Files that came and went while they waited are no news."""
        if change.paths:
            data = json.dumps(data_of(replace(change, fingerprint="")), ensure_ascii=False)
            label, within = change.label, change.within
            self._bus.publish(CHANGE, data, type=CHANGE, root=label, within=within)
