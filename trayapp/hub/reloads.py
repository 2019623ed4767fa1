"""Recognises pages without our script that load themselves for a change. Pure.

Their stream was open when the change was delivered, it ends at once, and another one begins. A page
that the user or a tool opens has no such stream behind it.
"""

from collections import deque

SOON = 3.0
"""Seconds: from a change to the end of the page's stream, and from there to its next stream."""

MANY = 64
"""Pages that load themselves at the same time and are told apart."""


class Reloads:
    """Times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._changed = float("-inf")
        self._ended: deque[float] = deque(maxlen=MANY)

    def changed(self, now: float) -> None:
        """A change has been delivered."""
        self._changed = now

    def ended(self, began: float, now: float) -> None:
        """A browser's stream that began at `began` has ended."""
        if began < self._changed and now - self._changed <= SOON:
            self._ended.append(now)

    def begins(self, now: float) -> bool:
        """True when the browser's stream that begins at `now` is that of a page that has loaded
        itself. Each stream that ended stands for one that begins."""
        while self._ended and now - self._ended[0] > SOON:
            self._ended.popleft()
        return bool(self._ended) and self._ended.popleft() <= now
