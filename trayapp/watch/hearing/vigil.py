"""Looking after the places of watch roots, where no event tells that something else stands there:
on systems that do not report it, and when a file system is mounted over a folder."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from trayapp.watch.real import real_path

logger = logging.getLogger(__name__)


class Waiter(Protocol):
    """Says when to look. `wait` is called by one thread, which calls `close` at its end."""

    def wait(self) -> bool:
        """Block until it is time to look; False at the end."""
        ...

    def stop(self) -> None:
        """Let `wait` end, from any thread."""
        ...

    def close(self) -> None:
        """Give back what was opened."""
        ...


class Interval:
    """Look every so many seconds: one stat for each root."""

    def __init__(self, seconds: float = 1.0) -> None:
        self._seconds = seconds
        self._stopping = threading.Event()

    def wait(self) -> bool:
        return not self._stopping.wait(self._seconds)

    def stop(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        """There is nothing to give back."""


class Vigil:
    """One thread, `trayapp-watch-vigil`, that compares what `look` says of each root."""

    def __init__(self, look: Callable[[str], object], waiter: Waiter) -> None:
        self._look = look
        self._waiter = waiter
        self._lock = threading.Lock()
        self._roots: dict[object, tuple[str, object, Callable[[], None]]] = {}
        self._thread = threading.Thread(target=self._run, name="trayapp-watch-vigil", daemon=True)
        self._stopped = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def begin(self, owner: object, root: str, doubt: Callable[[], None]) -> None:
        """Call `doubt` once when something else than now is found at `root`."""
        with self._lock:
            self._roots[owner] = (root, self._look(root), doubt)

    def end(self, owner: object) -> None:
        """Look after it no more. Idempotent."""
        with self._lock:
            self._roots.pop(owner, None)

    def stop(self, timeout: float) -> None:
        """End the thread, waiting `timeout` seconds at most. Idempotent."""
        if self._stopped:
            return
        self._stopped = True
        self._waiter.stop()
        self._thread.join(timeout)
        if self._thread.is_alive():
            logger.warning("Thread %s did not end within %.1f s", self._thread.name, timeout)

    def _run(self) -> None:
        try:
            while self._waiter.wait():
                self._look_around()
        finally:
            self._waiter.close()

    def _look_around(self) -> None:
        with self._lock:
            roots = list(self._roots.items())
        for owner, (root, before, doubt) in roots:
            if self._look(root) != before:
                self.end(owner)
                doubt()


def place_of(root: str) -> object:
    """Where the path leads and to which folder; None when it leads nowhere."""
    try:
        status = Path(root).stat()
    except OSError:
        return None
    return real_path(root), status.st_dev, status.st_ino
