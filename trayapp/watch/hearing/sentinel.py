"""Guards of a watch root: what lies outside of it, but decides where its path leads and what counts
in it."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from trayapp.watch.hearing.inotify import IN, CallbackId, Event, Inotify, WatchDescriptor
from trayapp.watch.hearing.waypoints import Waypoint, rules_above, waypoints
from trayapp.watch.real import real_path

_SELF = IN.IN_MOVE_SELF | IN.IN_DELETE_SELF | IN.IN_UNMOUNT
_FOLDER = _SELF | IN.IN_ONLYDIR | IN.IN_DONT_FOLLOW
"""Nothing of what happens inside: guarding costs no wake-up."""

_PARENT = _FOLDER | IN.IN_DELETE
"""But for deletions beside the root. A folder in which some shell stands is not told as deleted
before that shell leaves; only its parent tells at once."""

_LINK = _SELF | IN.IN_ATTRIB | IN.IN_DONT_FOLLOW
"""A link replaced by a rename loses its last name, which is a change of its attributes."""

_RULES = _LINK | IN.IN_CLOSE_WRITE

_NEWS = _SELF | IN.IN_ATTRIB | IN.IN_CLOSE_WRITE


class Sentinel:
    """Calls `doubt`, on the thread that hears or the one that guards, when a way has changed."""

    def __init__(self, inotify: Inotify, doubt: Callable[[], None]) -> None:
        self._inotify = inotify
        self._doubt = doubt
        self._lock = threading.Lock()
        self._watches: dict[WatchDescriptor, tuple[bytes, CallbackId]] = {}
        self._ways: dict[str, tuple[Waypoint, ...]] = {}
        self._closed = False

    def guard(self, path: str) -> None:
        """Guard the way to the folder `path`, before it is armed itself.

        Raises: OSError when a limit of the system is reached.
        """
        way = self._ways[path] = waypoints(path)
        if not way:
            return
        for step in way[:-1]:
            self._listen(step.path, _LINK if step.is_link else _FOLDER)
        end = Path(way[-1].path)
        self._listen(str(end.parent), _PARENT, os.fsencode(end.name))

    def guard_rules(self, path: str) -> None:
        """Guard the ignore files above the folder `path`. Raises: as `guard`."""
        for file in rules_above(real_path(path)):
            self._listen(file, _RULES)

    def confirm(self, path: str) -> None:
        """Doubt when the way has changed while it was being guarded."""
        if waypoints(path) != self._ways.get(path):
            self._doubt()

    def close(self) -> None:
        """Guard nothing any more. Idempotent."""
        with self._lock:
            self._closed = True
            watches = [(wd, id_) for wd, (_, id_) in self._watches.items()]
            self._watches.clear()
        self._inotify.forget(watches)

    def on_event(self, event: Event) -> None:
        """Called by the reader. The folders may be armed by others as well, whose events come here
        too."""
        with self._lock:
            name, _ = self._watches.get(event.wd, (b"", None))
        if event.name:
            if name == event.name and event.mask & IN.IN_DELETE:
                self._doubt()
        elif event.mask & _NEWS:
            self._doubt()

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Called when the kernel has dropped a watch."""
        with self._lock:
            known = self._watches.pop(wd, None) is not None and not self._closed
        if known:
            self._doubt()

    def on_queue_overflow(self) -> None:
        """Called when the kernel has dropped events."""
        self._doubt()

    def _listen(self, path: str, mask: int, name: bytes = b"") -> None:
        """What has vanished meanwhile is found out by `confirm`."""
        with self._lock:
            if self._closed:
                return
            try:
                watch = self._inotify.listen(path, mask, self)
            except (FileNotFoundError, NotADirectoryError):
                return
            if watch is None:
                return
            wd, id_ = watch
            old_name, old = self._watches.get(wd, (b"", None))
            self._watches[wd] = (name or old_name, id_)
        if old is not None:
            self._inotify.forget([(wd, old)])
