"""The self-test of a watch root that leaves no trace: we open it and wait to be told so."""

import os
import threading
from contextlib import suppress

from trayapp.watch.hearing.inotify import IN, Event, Inotify, Watch, WatchDescriptor


class Opening:
    """Opens of `root`, which is armed with `mask`, are asked for just as long as the test takes:
    else each page load would wake us."""

    def __init__(self, inotify: Inotify, root: str, mask: int) -> None:
        self._inotify = inotify
        self._root = root
        self._mask = mask
        self._noticed = threading.Event()

    def comes_through(self, timeout: float) -> bool:
        """Whether our own opening is noticed within `timeout` seconds."""
        asked: list[Watch | None] = []
        try:
            asked.append(self._inotify.listen(self._root, self._mask | IN.IN_OPEN, self))
            os.scandir(self._root).close()
            return self._noticed.wait(timeout)
        except OSError:
            return False
        finally:
            with suppress(OSError):  # the root has vanished, and its watch with it
                asked.append(self._inotify.listen(self._root, self._mask, self, exactly=True))
            self._inotify.forget([watch for watch in asked if watch is not None])

    def on_event(self, event: Event) -> None:
        """Called by the reader, for everything that happens in the root meanwhile."""
        if event.mask & IN.IN_OPEN and not event.name:
            self._noticed.set()

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """The hearer of the root sees to it."""

    def on_queue_overflow(self) -> None:
        """The hearer of the root sees to it."""
