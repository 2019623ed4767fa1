"""File events on Linux, where ignored folders are never armed and never walked.

The only file that leans on insides of watchdog (7.1): it takes its inotify reader, `InotifyFD`, and
leaves out its emitters and its dispatcher. Why not the observer itself: it arms every folder (an
`npm install` then overflows the kernel's queue and saves elsewhere are lost), it holds all events
back for 500 ms behind a file that was moved out, it reports a file moved in as merely created, it
keeps reporting on a folder that was moved out of the tree, and it takes three threads to do so.
`fits` says whether the insides are still as we know them; if not, `plain` takes over.
"""

import errno
import inspect
import logging
import os
import stat
import threading
from collections.abc import Callable
from itertools import count

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

from trayapp.errors import TrayAppError
from trayapp.watch.feed import Kind, Sink
from trayapp.watch.ignore import Ignore
from trayapp.watch.walk import walk

logger = logging.getLogger(__name__)

_IN = InotifyConstants
_MASK = Mask(
    (_IN.IN_CREATE | _IN.IN_MODIFY | _IN.IN_CLOSE_WRITE | _IN.IN_MOVE | _IN.IN_DELETE)
    | (_IN.IN_DELETE_SELF | _IN.IN_MOVE_SELF | _IN.IN_ONLYDIR | _IN.IN_EXCL_UNLINK)
)
"""Neither reads nor opens: each page load would wake us. One mask for all folders, because a folder
in two roots has one watch in the kernel, and arming it again replaces the mask."""

_SELF = Mask(_IN.IN_DELETE_SELF | _IN.IN_MOVE_SELF | _IN.IN_UNMOUNT)


def fits() -> bool:
    """Whether watchdog's insides are as this file knows them (7.1)."""
    shapes: dict[Callable[..., object], list[str]] = {
        InotifyFD: [],
        InotifyFD.add_callback: ["self", "path", "mask", "callback", "id_"],
        InotifyFD.remove_callbacks: ["self", "callbacks"],
        InotifyEvent: ["wd", "mask", "cookie", "name"],
    }
    calls = {name for name in vars(WatchCallback) if name.startswith("on_")}
    return (
        all(list(inspect.signature(it).parameters) == names for it, names in shapes.items())
        and calls == {"on_event", "on_watch_deleted", "on_queue_overflow"}
        and issubclass(InotifyFD, threading.Thread)
    )


class PrunedObserver:
    """Reads inotify in one thread, `trayapp-watch`, for all roots."""

    reports_closes = True

    def __init__(self) -> None:
        self._reader: InotifyFD | None = None
        self._ids = count(1)

    def start(self) -> None:
        try:
            self._reader = InotifyFD()
        except OSError as error:
            raise TrayAppError(
                f"The system refuses to report file changes: {error.strerror}.",
                "Run: sudo sysctl fs.inotify.max_user_instances=1024",
            ) from error
        self._reader.name = "trayapp-watch"
        self._reader.start()

    def feed(self, root: str, ignore: Ignore, sink: Sink) -> "PrunedFeed":
        if self._reader is None:
            raise RuntimeError("the observer is not started")
        return PrunedFeed(self._reader, self._ids, root, ignore, sink)

    def stop(self, timeout: float) -> None:
        reader, self._reader = self._reader, None
        if reader is None:
            return
        reader.stop()
        reader.join(timeout)
        if reader.is_alive():
            logger.warning("Thread %s did not end within %.1f s", reader.name, timeout)


class PrunedFeed:
    """The armed folders of one root. Called back by the reader's thread.

    The lock covers the table of watches only, and arming: an event may arrive before the call that
    armed its folder has returned.
    """

    def __init__(
        self, reader: InotifyFD, ids: "count[int]", root: str, ignore: Ignore, sink: Sink
    ) -> None:
        self._reader = reader
        self._ids = ids
        self._root = root
        self._ignore = ignore
        self._sink = sink
        self._lock = threading.Lock()
        self._watches: dict[WatchDescriptor, tuple[str, CallbackId]] = {}
        self._closed = False
        self.problem = ""

    @property
    def unheard(self) -> tuple[str, ...]:
        return ()

    def hears(self, timeout: float) -> bool:
        """Opening the root tells without leaving a trace. Opens are asked for just now only: else
        each page load would wake us."""
        return bool(self._watches)

    def arm(self, folder: str) -> None:
        with self._lock:
            if not self._closed:
                self._arm(folder)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._give_up(list(self._watches))

    def on_event(self, event: InotifyEvent) -> None:
        """Called by the reader for each event of an armed folder. The reader would die, and with it
        every root go deaf, of what escapes from here."""
        try:
            self._take(event)
        except Exception:
            logger.exception("An event in the folder %s was missed", self._root)
            self._sink.unsure()

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Called when the kernel has dropped a watch: its folder is gone, or unmounted."""
        with self._lock:
            watch = self._watches.pop(wd, None)
            lost = watch is not None and watch[0] == "" and not self._closed
        if lost:
            self._sink.unsure()

    def on_queue_overflow(self) -> None:
        """Called when the kernel has dropped events."""
        self._sink.unsure()

    def _take(self, event: InotifyEvent) -> None:
        with self._lock:
            watch = self._watches.get(event.wd)
        if watch is None:
            return  # of a folder given up meanwhile
        folder = watch[0]
        if not event.name:
            if not folder and event.mask & _SELF:
                self._sink.unsure()
            return
        name = os.fsdecode(event.name)
        path = f"{folder}/{name}" if folder else name
        is_dir = bool(event.mask & _IN.IN_ISDIR)
        if self._ignore.leaf_ignored(path, is_dir):
            return
        if is_dir:
            self._folder_event(event.mask, path)
        else:
            self._file_event(event.mask, path)

    def _file_event(self, mask: int, path: str) -> None:
        if mask & (_IN.IN_CLOSE_WRITE | _IN.IN_MOVED_TO):
            self._sink.heard("finished", path)
        elif mask & (_IN.IN_DELETE | _IN.IN_MOVED_FROM):
            self._sink.heard("gone", path)
        elif mask & _IN.IN_CREATE:
            self._sink.heard("finished" if self._is_link(path) else "created", path)
        elif mask & _IN.IN_MODIFY:
            self._sink.heard("written", path)

    def _folder_event(self, mask: int, path: str) -> None:
        """A deleted folder was empty: its files have been told of before."""
        if mask & _IN.IN_CREATE:
            self._explore(path, "found")
        elif mask & _IN.IN_MOVED_TO:
            self._explore(path, "finished")
        elif mask & _IN.IN_MOVED_FROM:
            self._leave(path)
            self._sink.heard("gone", path)

    def _is_link(self, path: str) -> bool:
        """Links of either kind come whole, and nobody closes them."""
        try:
            status = os.lstat(f"{self._root}/{path}")
        except OSError:
            return False
        return stat.S_ISLNK(status.st_mode) or status.st_nlink > 1

    def _explore(self, folder: str, kind: Kind) -> None:
        self._sink.heard(kind, *walk(self._root, self._ignore, start=folder, enter=self.arm))

    def _leave(self, folder: str) -> None:
        """Give up a folder that moved. Its watches would follow it, out of the root even; if it
        moved within the root it is armed anew under its new name."""
        below = f"{folder}/"
        with self._lock:
            armed = self._watches.items()
            self._give_up([wd for wd, (p, _) in armed if p == folder or p.startswith(below)])

    # Called with the lock held.

    def _arm(self, folder: str) -> None:
        path = os.fsencode(f"{self._root}/{folder}" if folder else self._root)
        mask = Mask(_MASK | _IN.IN_DONT_FOLLOW) if folder else _MASK
        id_ = CallbackId(next(self._ids))
        try:
            wd = self._reader.add_callback(path, mask, self, id_)
        except OSError as error:
            self._note(error)
            return
        if wd == -1:  # watchdog registers a folder we may not read under this number
            self._reader.remove_callbacks([(wd, id_)])
            return
        if wd in self._watches:
            self._give_up([wd])
        self._watches[wd] = (folder, id_)

    def _give_up(self, wds: list[WatchDescriptor]) -> None:
        self._reader.remove_callbacks([(wd, self._watches.pop(wd)[1]) for wd in wds])

    def _note(self, error: OSError) -> None:
        """Folders that vanished or turned into links meanwhile are no problem."""
        if error.errno == errno.ENOSPC:
            self.problem = (
                "The system's limit of watched folders is reached: changes in some folders are "
                "missed. Run: sudo sysctl fs.inotify.max_user_watches=524288"
            )
