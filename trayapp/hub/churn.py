"""Pages that come and go in a loop, and how long one has to wait while they do. Pure.

A page that reloads itself, or a script that opens a stream in a loop, would cost as much as it
can. While it lasts a browser's stream begins a moment late: nobody notices, and the loop turns
slowly. Many pages that come at once and stay, as after a restart, are no loop.
"""

from collections import deque

SHORT = 0.25
"""Seconds: a browser's stream that ends sooner was of a page that did not stay."""

MANY = 15
"""So many short streams ..."""

WITHIN = 5.0
"""... in so many seconds are a loop."""

HOLD = 0.2
"""Seconds that a stream waits meanwhile, so that a loop goes on being one: MANY of them take less
than WITHIN."""


class Churn:
    """Times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._short: deque[float] = deque(maxlen=MANY)

    def ended(self, began: float, now: float) -> None:
        """A browser's stream that began at `began` has ended."""
        if now - began < SHORT:
            self._short.append(now)

    def hold(self, now: float) -> float:
        """How long a browser's stream that comes at `now` has to wait for its beginning."""
        looping = len(self._short) == MANY and now - self._short[0] < WITHIN
        return HOLD if looping else 0.0
