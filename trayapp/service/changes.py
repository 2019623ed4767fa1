"""The way of a change from the watcher to the bus: straight on, or held while paused."""

import json
import threading

from trayapp.bus import Bus
from trayapp.event import CHANGE
from trayapp.service.held import merge
from trayapp.watch import RootChange, change_data


class Changes:
    """Publishes changes in order, knows what pages were told last, holds them while paused.

    Safe from any thread. Its lock is held while publishing: that alone keeps the fingerprints in
    order, and the bus only wakes its readers, it never calls back.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._lock = threading.Lock()
        self._paused = False
        self._held: dict[str, RootChange] = {}
        self._told: dict[str, str] = {}
        self._asked = False

    @property
    def paused(self) -> bool:
        """Whether changes are held."""
        return self._paused

    def take(self, change: RootChange) -> None:
        """Publish `change`, now or on `resume`."""
        with self._lock:
            if not change.paths and not self._told.get(change.label):
                self._introduce(change)
            elif self._paused:
                earlier = self._held.get(change.label)
                self._held[change.label] = merge(earlier, change) if earlier else change
            else:
                self._publish(change)

    def pause(self) -> None:
        """Hold changes from now on. Idempotent."""
        with self._lock:
            self._paused = True

    def resume(self) -> None:
        """Publish what was held, one change per root. Idempotent."""
        with self._lock:
            self._paused = False
            held, self._held = self._held, {}
            for change in held.values():
                self._publish(change)

    def fingerprints(self, labels: list[str]) -> dict[str, str]:
        """What a page that comes now has to know: the state the other pages were told of.

        An empty one is not known yet; a change without paths will tell it.
        """
        with self._lock:
            self._asked = True
            return {label: self._told.get(label, "") for label in labels}

    def forget(self, label: str) -> None:
        """The root is gone for good."""
        with self._lock:
            self._held.pop(label, None)
            self._told.pop(label, None)

    def _introduce(self, change: RootChange) -> None:
        """A root's first fingerprint: news only when a page has come before it was known."""
        if self._asked:
            self._publish(change)
        else:
            self._told[change.label] = change.fingerprint

    def _publish(self, change: RootChange) -> None:
        """Nothing but a fingerprint that pages know already is no news."""
        if not change.paths and self._told.get(change.label) == change.fingerprint:
            return
        self._told[change.label] = change.fingerprint
        data = json.dumps(change_data(change), ensure_ascii=False)
        self._bus.publish(CHANGE, data, type=CHANGE, root=change.label)
