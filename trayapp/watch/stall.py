"""Notices a thread of the watcher that makes no progress: a file system that does not answer, as a
share does whose network has gone, holds up the thread that asks it without a limit.

Costs nothing at rest: the monitor's thread is woken when work begins and looks again 10 s later; it
sleeps without a limit once no work is under way.
"""

import logging
import shlex
import threading
import time
from collections.abc import Callable

from trayapp.watch.root import Root

logger = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds without progress; a disk that wakes up takes 7."""


def sentence(root: Root) -> str:
    """What the user reads of a root whose folder does not answer."""
    path = shlex.quote(root.picture.path)
    return (
        f"The file system has not answered for {PATIENCE:.0f} s, so saves are not seen. "
        f"Look whether it answers. Run: ls {path}"
    )


class Activity:
    """What one thread works on. `begin`, `go_on` and `end` belong to that thread."""

    def __init__(self, monitor: "StallMonitor", clock: Callable[[], float]) -> None:
        self._monitor = monitor
        self._clock = clock
        self._since: float | None = None
        self.root: Root | None = None
        self.reported = False

    def begin(self, root: Root) -> None:
        """The thread begins to work on `root`."""
        self.root, self._since = root, self._clock()
        self._monitor.arm()

    def go_on(self) -> None:
        """The thread has made progress."""
        if self._since is not None:
            self._since = self._clock()
            self._recover()

    def end(self) -> None:
        """The thread has finished its work."""
        self._since = None
        self._recover()

    def seconds(self) -> float | None:
        """How long there has been no progress; None at rest. Safe from any thread."""
        since = self._since
        return None if since is None else self._clock() - since

    def _recover(self) -> None:
        if self.reported:
            self.reported = False
            self._monitor.report(self)


class StallMonitor:
    """One thread, `trayapp-stall`. It, or a thread that goes on, calls `on_change` when a root has
    stalled or goes on again."""

    def __init__(
        self,
        on_change: Callable[[Root], None],
        *,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_change = on_change
        self._patience = patience
        self._clock = clock
        self._activities: list[Activity] = []
        self._condition = threading.Condition()
        self._armed = self._stopping = False
        self._thread = threading.Thread(target=self._run, name="trayapp-stall", daemon=True)

    def activity(self) -> Activity:
        """That of one more thread. Before `start`."""
        self._activities.append(Activity(self, self._clock))
        return self._activities[-1]

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self._thread.join(timeout)

    def arm(self) -> None:
        """Work has begun. Costs next to nothing while the thread looks anyway."""
        if not self._armed:
            with self._condition:
                self._armed = True
                self._condition.notify()

    def stalled(self) -> frozenset[Root]:
        """The roots whose thread makes no progress now. Safe from any thread."""
        found = (one.root for one in self._activities if self._is_stalled(one))
        return frozenset(root for root in found if root is not None)

    def report(self, activity: Activity) -> None:
        """Tell of a stall, or of its end."""
        root = activity.root
        if root is None:
            return
        if activity.reported:
            logger.warning("%s: %s", root.picture.label, sentence(root))
        else:
            logger.warning("%s: its file system answers again.", root.picture.label)
        try:
            self._on_change(root)
        except Exception:
            logger.exception("A stall could not be shown")

    def _is_stalled(self, activity: Activity) -> bool:
        seconds = activity.seconds()
        return seconds is not None and seconds >= self._patience

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._armed or self._stopping)
                if self._condition.wait_for(lambda: self._stopping, self._seconds()):
                    return
                self._armed = any(one.seconds() is not None for one in self._activities)
            for one in self._activities:
                if self._is_stalled(one) and not one.reported:
                    one.reported = True
                    self.report(one)

    def _seconds(self) -> float:
        """Until the next look: when the first activity would have stalled."""
        waits = [self._patience - (one.seconds() or 0.0) for one in self._activities]
        return max(min((wait for wait in waits if wait > 0), default=self._patience), 0.05)
