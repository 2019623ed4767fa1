"""File events on Linux, where ignored folders are never armed and never walked.

Why not watchdog's own observer: it arms every folder (an `npm install` then overflows the kernel's
queue and saves elsewhere are lost), it holds all events back for 500 ms behind a file that was
moved out, it reports a file moved in as merely created, it keeps reporting on a folder that was
moved out of the tree, and it takes three threads to do so.
"""

import logging
import os
import stat
import threading
import time
from collections.abc import Collection
from pathlib import Path

from trayapp.watch.feed import Feed, Kind, Sink
from trayapp.watch.hearing import filesystem, limits
from trayapp.watch.hearing.deaf import DeafFeed
from trayapp.watch.hearing.inotify import IN, CallbackId, Event, Inotify, WatchDescriptor
from trayapp.watch.hearing.mounts import MountChanges, place_and_mounts_of
from trayapp.watch.hearing.opening import Opening
from trayapp.watch.hearing.probe import PREFIX, ProbeFile
from trayapp.watch.hearing.sentinel import Sentinel
from trayapp.watch.hearing.vigil import Vigil
from trayapp.watch.hearing.waypoints import stands
from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.walk import walk

logger = logging.getLogger(__name__)

_MASK = (IN.IN_CREATE | IN.IN_MODIFY | IN.IN_CLOSE_WRITE | IN.IN_MOVE | IN.IN_DELETE) | (
    IN.IN_DELETE_SELF | IN.IN_MOVE_SELF | IN.IN_ONLYDIR | IN.IN_EXCL_UNLINK
)
"""Neither reads nor opens: each page load would wake us."""

_NOBODYS = "/proc/self"
"""A folder that nobody watches, and nobody but us opens."""

_SELF = IN.IN_DELETE_SELF | IN.IN_MOVE_SELF | IN.IN_UNMOUNT
_FINISHED = IN.IN_CLOSE_WRITE | IN.IN_MOVED_TO
_GONE = IN.IN_DELETE | IN.IN_MOVED_FROM


class PrunedObserver:
    """Reads inotify in one thread, `trayapp-watch`, for all roots. When the system has no room for
    one more reader its feeds are deaf, until there is."""

    def __init__(self) -> None:
        self._inotify: Inotify | None = None
        self._vigil: Vigil | None = None
        self._started = False
        self._refusal = ""

    def start(self) -> None:
        self._started = True
        self._listen()

    def feed(self, root: str, ignore: Ignore, sink: Sink) -> Feed:
        if not self._started:
            raise RuntimeError("the observer is not started")
        inotify = self._listen()
        if inotify is None:
            return DeafFeed(self._refusal)
        return PrunedFeed(inotify, self._vigil, root, ignore, sink)

    def catches_up(self, timeout: float) -> bool:
        """One queue tells of everything, in order: of our own opening of a folder, too."""
        inotify = self._inotify
        if inotify is None or not Path(_NOBODYS).is_dir():
            return True
        return Opening(inotify, _NOBODYS, IN.IN_DELETE_SELF).comes_through(timeout)

    def stop(self, timeout: float) -> None:
        self._started = False
        end = time.monotonic() + timeout
        vigil, self._vigil = self._vigil, None
        if vigil is not None:
            vigil.stop(timeout)
        inotify, self._inotify = self._inotify, None
        if inotify is not None:
            inotify.stop(max(0.0, end - time.monotonic()))

    def _watch_mounts(self) -> None:
        try:
            self._vigil = Vigil(place_and_mounts_of, MountChanges.open())
        except OSError:  # no /proc: a mount over a root goes unnoticed
            logger.info("Mounts are not reported here", exc_info=True)
        else:
            self._vigil.start()

    def _listen(self) -> Inotify | None:
        if self._inotify is None:
            inotify = Inotify()
            try:
                inotify.start()
            except OSError as error:
                self._refusal = limits.sentence(error)
                return None
            self._inotify = inotify
            self._watch_mounts()
        return self._inotify


class PrunedFeed:
    """The armed folders of one root. Called back by the reader's thread.

    The lock covers the tables only, and arming: an event may arrive before the call that armed its
    folder has returned. The sink is told once that we are unsure: what answers is a new feed.
    """

    def __init__(
        self, inotify: Inotify, vigil: Vigil | None, root: str, ignore: Ignore, sink: Sink
    ) -> None:
        self._inotify = inotify
        self._vigil = vigil
        self._root = root
        self._ignore = ignore
        self._sink = sink
        self._lock = threading.Lock()
        self._watches: dict[WatchDescriptor, tuple[str, CallbackId]] = {}
        self._followed: set[str] = set()
        self._unheard: set[str] = set()
        self._sentinel = Sentinel(inotify, self._doubt)
        self._probe: ProbeFile | None = None
        self._problem = ""
        self._closed = False
        self._doubted = False

    @property
    def problem(self) -> str:
        with self._lock:
            return self._problem if self._unheard else ""

    @property
    def unheard(self) -> frozenset[str]:
        with self._lock:
            return frozenset(self._unheard)

    def hears(self, timeout: float) -> bool:
        """Opening the root tells without leaving a trace; where the file system is doubtful, a file
        has to be told of as well."""
        with self._lock:
            armed = any(folder == "" for folder, _ in self._watches.values())
        if not armed or not Opening(self._inotify, self._root, _MASK).comes_through(timeout):
            return False
        if not filesystem.of(self._root).doubtful:
            return True
        self._probe = ProbeFile()
        return self._probe.comes_through(self._root, timeout) is not False

    def arm(self, folder: str, *, followed: bool = False) -> None:
        if folder and not followed:
            self._arm(folder)
            return
        path = self._path(folder)
        if not folder and self._vigil is not None:
            self._vigil.begin(self, path, self._doubt)
        try:
            self._sentinel.guard(path)
            if not folder:
                self._sentinel.guard_rules(path)
        except OSError as error:
            self._refused(folder, error)
        if followed:
            self._followed.add(folder)
        self._arm(folder, 0)
        self._sentinel.confirm(path)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._give_up(list(self._watches))
        self._sentinel.close()
        if self._vigil is not None:
            self._vigil.end(self)

    def on_event(self, event: Event) -> None:
        """Called by the reader for each event of an armed folder. The reader would die, and with it
        every root go deaf, of what escapes from here."""
        try:
            self._take(event)
        except Exception:
            logger.exception("An event in the folder %s was missed", self._root)
            self._doubt()

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Called when the kernel has dropped a watch: its folder is gone, or unmounted."""
        with self._lock:
            watch = self._watches.pop(wd, None)
            lost = watch is not None and self._is_top(watch[0]) and not self._closed
        if lost:
            self._doubt()

    def on_queue_overflow(self) -> None:
        """Called when the kernel has dropped events."""
        self._doubt()

    def _doubt(self) -> None:
        with self._lock:
            if self._doubted or self._closed:
                return
            self._doubted = True
        self._sink.unsure()

    def _take(self, event: Event) -> None:
        with self._lock:
            watch = self._watches.get(event.wd)
        if watch is None:
            return  # of a folder given up meanwhile
        folder = watch[0]
        if event.name:
            name = os.fsdecode(event.name)
            self._inside(event.mask, folder, name)
        elif event.mask & IN.IN_UNMOUNT or (event.mask & _SELF and self._is_top(folder)):
            self._doubt()

    def _inside(self, mask: int, folder: str, name: str) -> None:
        path = f"{folder}/{name}" if folder else name
        is_dir = bool(mask & IN.IN_ISDIR)
        if name.startswith(PREFIX) and not is_dir:
            if self._probe is not None:
                self._probe.notice(name)
        elif not is_dir and self._ignore.obeys(name):
            self._rules_event(mask, path)
        elif self._ignore.leaf_ignored(path, is_dir):
            return
        elif is_dir:
            self._folder_event(mask, path)
        else:
            self._file_event(mask, path)

    def _rules_event(self, mask: int, path: str) -> None:
        if mask & (_FINISHED | _GONE) or (mask & IN.IN_CREATE and self._is_link(path)):
            self._doubt()

    def _file_event(self, mask: int, path: str) -> None:
        if mask & _FINISHED:
            self._sink.heard("finished", path)
        elif mask & IN.IN_MOVED_FROM and self._is_folder(path) is False:
            return  # exchanged: what stands here has an event of its own, perhaps an earlier one
        elif mask & _GONE:
            self._sink.heard("gone", path)
        elif mask & IN.IN_CREATE:
            self._sink.heard("finished" if self._is_link(path) else "created", path)
        elif mask & IN.IN_MODIFY:
            self._sink.heard("written", path)

    def _folder_event(self, mask: int, path: str) -> None:
        """A deleted folder was empty: its files have been told of before."""
        if mask & IN.IN_CREATE:
            self._explore(path, "found")
        elif mask & IN.IN_MOVED_TO:
            self._explore(path, "finished")
        elif mask & IN.IN_DELETE:
            self._leave(path)
        elif mask & IN.IN_MOVED_FROM:
            self._leave(path)
            self._sink.heard("gone", path)
            # Two folders exchanged (renameat2, RENAME_EXCHANGE) are told as two moves one after the
            # other, and what has just been given up may be what stands here by now.
            if self._is_folder(path):
                self._explore(path, "finished")

    def _is_folder(self, path: str) -> bool | None:
        """None when nothing stands there."""
        try:
            return stat.S_ISDIR(os.lstat(self._path(path)).st_mode)
        except OSError:
            return None

    def _is_link(self, path: str) -> bool:
        """Links of either kind come whole, and nobody closes them."""
        try:
            status = os.lstat(self._path(path))
        except OSError:
            return False
        return stat.S_ISLNK(status.st_mode) or status.st_nlink > 1

    def _explore(self, folder: str, kind: Kind) -> None:
        """Whoever polls has to know of a folder that is refused."""
        before = self.unheard
        self._sink.heard(kind, *walk(self._root, self._ignore, start=folder, enter=self.arm))
        if self.unheard - before:
            self._doubt()

    def _leave(self, folder: str) -> None:
        """Give up a folder that moved. Its watches would follow it, out of the root even; if it
        moved within the root it is armed anew under its new name."""
        below = f"{folder}/"
        with self._lock:
            armed = self._watches.items()
            self._give_up([wd for wd, (p, _) in armed if p == folder or p.startswith(below)])
            self._unheard = {p for p in self._unheard if p != folder and not p.startswith(below)}

    def _arm(self, folder: str, link: int = IN.IN_DONT_FOLLOW) -> None:
        """Folders that vanished or turned into links meanwhile are no problem."""
        with self._lock:
            if self._closed or _is_within(folder, self._unheard):
                return
            try:
                watch = self._inotify.listen(self._path(folder), _MASK | link, self)
            except OSError as error:
                refusal: OSError | None = error
            else:
                refusal = None
                if watch is not None:
                    self._note(folder, *watch)
        if refusal is not None:
            self._refused(folder, refusal)

    def _refused(self, folder: str, error: OSError) -> None:
        if limits.is_limit(error):
            with self._lock:
                self._unheard.add(folder)
                self._problem = limits.sentence(error)

    def _path(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root

    def _is_top(self, folder: str) -> bool:
        """Whether nobody else would tell that the folder itself is gone."""
        return folder == "" or folder in self._followed

    # Called with the lock held.

    def _note(self, folder: str, wd: WatchDescriptor, id_: CallbackId) -> None:
        """A folder known by another name has been moved; or a link has taken the place of a folder
        above it just now, and leads back to it."""
        known, _ = self._watches.get(wd, (None, id_))
        if known is not None and known != folder and stands(self._root, known, folder):
            self._inotify.forget([(wd, id_)])
            return
        if known is not None:
            self._give_up([wd])
        self._watches[wd] = (folder, id_)

    def _give_up(self, wds: list[WatchDescriptor]) -> None:
        self._inotify.forget([(wd, self._watches.pop(wd)[1]) for wd in wds])


def _is_within(path: str, folders: Collection[str]) -> bool:
    """Whether `path` or a folder above it is one of `folders`."""
    if not folders:
        return False
    while path and path not in folders:
        path = path.rpartition("/")[0]
    return path in folders
