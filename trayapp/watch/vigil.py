"""Looking after the places of watch roots, where the system does not tell that a root itself was
renamed, replaced or deleted."""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

logger = logging.getLogger(__name__)

_EVERY = 1.0
"""Seconds between two looks: one stat for each root."""

_Place = tuple[str, int, int]


class Vigil:
    """One thread, `trayapp-watch-vigil`, which lives while there are roots to look after."""

    def __init__(self, every: float = _EVERY) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._roots: dict[object, tuple[str, _Place | None, Callable[[], None]]] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, owner: object, root: str, doubt: Callable[[], None]) -> None:
        """Call `doubt` once when another folder than now is found at `root`."""
        with self._lock:
            self._roots[owner] = (root, _place(root), doubt)
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(
                    target=self._run, name="trayapp-watch-vigil", daemon=True
                )
                self._thread.start()

    def end(self, owner: object) -> None:
        """Look after it no more. Idempotent."""
        with self._lock:
            self._roots.pop(owner, None)

    def stop(self, timeout: float) -> None:
        """End the thread, waiting `timeout` seconds at most. Idempotent."""
        self._stopping.set()
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None:
            return
        thread.join(timeout)
        if thread.is_alive():
            logger.warning("Thread %s did not end within %.1f s", thread.name, timeout)

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            with self._lock:
                roots = list(self._roots.items())
            for owner, (root, place, doubt) in roots:
                if _place(root) != place:
                    self.end(owner)
                    doubt()


def _place(root: str) -> _Place | None:
    """Where the path leads and to which folder; None when it leads nowhere."""
    try:
        status = Path(root).stat()
    except OSError:
        return None
    return os.path.realpath(root), status.st_dev, status.st_ino
