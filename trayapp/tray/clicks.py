"""Carries out clicks in their order, on a thread of its own: a slow one never freezes the menu."""

import logging
import queue
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

STOP_WITHIN = 2.0
"""Seconds that `stop` waits for an action that hangs."""


class Clicks:
    """A queue of the keys of clicked rows, and the thread that runs `action` for each."""

    def __init__(self, action: Callable[[str], None]) -> None:
        self._action = action
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to carry out."""
        self._thread = threading.Thread(target=self._run, name="trayapp-click", daemon=True)
        self._thread.start()

    def put(self, key: str) -> None:
        """Have the action run for this row; returns at once. Safe from any thread."""
        self._queue.put(key)

    def stop(self) -> None:
        """End after what was clicked before, within `STOP_WITHIN` seconds. Idempotent."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._queue.put(None)
        thread.join(STOP_WITHIN)
        if thread.is_alive():
            logger.warning("A click on the tray's menu is still being carried out.")

    def _run(self) -> None:
        while (key := self._queue.get()) is not None:
            try:
                self._action(key)
            except Exception:
                logger.exception("A click on the menu's row %r failed.", key)
