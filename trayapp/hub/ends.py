"""Whom the hub was told to say goodbye to, and which requests that still concerns. Pure."""

import threading
from collections.abc import Callable

from trayapp.bus import Reader

REMEMBERED = 1024
"""Ends that are kept for requests judged before them."""


class Ends:
    """A request may be granted just before its reader is unwanted, and its stream come just after:
    so each stream says how many ends there were when its request came, and those that followed
    concern it. Safe from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: tuple[tuple[int, Callable[[Reader], bool]], ...] = ()

    @property
    def count(self) -> int:
        """How many there have been."""
        return self._ends[-1][0] if self._ends else 0

    def add(self, unwanted: Callable[[Reader], bool]) -> None:
        """From now on whoever is `unwanted` was so when asking earlier."""
        with self._lock:
            self._ends = (*self._ends, (self.count + 1, unwanted))[-REMEMBERED:]

    def concern(self, reader: Reader, since: int) -> bool:
        """Whether one of the ends after the first `since` was about `reader`. Where they are not
        known any more it was."""
        ends = self._ends
        if not ends or since >= ends[-1][0]:
            return False
        return since < ends[0][0] - 1 or any(
            unwanted(reader) for number, unwanted in ends if number > since
        )
