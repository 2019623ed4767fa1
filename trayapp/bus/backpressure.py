"""Backpressure: publishers wait while delivery is far behind them.

Four programs that publish as fast as they can produce more than the hub's one thread delivers.
Without a wait each of their events would make every later one later, file changes included.
"""

import threading
import time

MOST_BEHIND = 2048
"""Events, half of the history: a hub that is no further behind finds its next ones in memory."""

WAIT_AT_MOST = 0.5
"""Seconds for one publish: a hub that hangs must not stop publishers too."""


class Backpressure:
    """How far delivery has come. Safe from any thread."""

    def __init__(self, most: int = MOST_BEHIND, within: float = WAIT_AT_MOST) -> None:
        self._most = most
        self._within = within
        self._moved = threading.Condition()
        self._seq: int | None = None

    def delivered(self, seq: int | None) -> None:
        """All events up to `seq` are delivered; None: delivery has ended, and publishers go on."""
        with self._moved:
            self._seq = seq
            self._moved.notify_all()

    def wait(self, head: int) -> None:
        """Wait until delivery is near `head`, the newest event, or for as long as is allowed."""
        if self._is_near(head):  # without the lock: the common case costs nothing
            return
        deadline = time.monotonic() + self._within
        with self._moved:
            while not self._is_near(head):
                left = deadline - time.monotonic()
                if left <= 0:
                    return
                self._moved.wait(left)

    def _is_near(self, head: int) -> bool:
        seq = self._seq
        return seq is None or head - seq <= self._most
