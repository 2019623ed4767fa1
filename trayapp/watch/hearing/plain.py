"""File events through watchdog's public face: Windows, macOS, and Linux when `prune` does not fit.

Ignored folders are watched here too; what happens in them is dropped on arrival.
"""

import logging
import os
import sys
import time
from pathlib import PurePath
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from trayapp.watch.feed import Feed, Kind, Sink
from trayapp.watch.hearing import filesystem, limits
from trayapp.watch.hearing.deaf import DeafFeed
from trayapp.watch.hearing.probe import PREFIX, ProbeFile
from trayapp.watch.hearing.vigil import Interval, Vigil, place_of
from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.real import real_path

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver, ObservedWatch

logger = logging.getLogger(__name__)

_FILTER: list[type[FileSystemEvent]] = [
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
if sys.platform == "win32":  # of a file with an older time than that of the save, as copies have
    _FILTER.append(FileAttribEvent)
_CLOSES = sys.platform == "linux"
_KINDS: dict[str, Kind] = {
    "closed": "finished",
    "created": "created" if _CLOSES else "differs",
    "modified": "written" if _CLOSES else "differs",
    "attrib": "differs",
    "deleted": "gone",
}


class PlainObserver:
    """Watchdog's observer for this system. Its constructor starts a thread on Linux, so it is made
    in `start`."""

    def __init__(self) -> None:
        self._observer: BaseObserver | None = None
        self._vigil: Vigil | None = None
        self._spellings: set[str] = set()
        self._refusal = ""

    def start(self) -> None:
        try:
            self._observer = _observer()
            self._observer.name = "trayapp-watch"
            self._observer.start()
        except OSError as error:
            self._observer, self._refusal = None, limits.sentence(error)
            return
        self._vigil = Vigil(place_of, Interval())
        self._vigil.start()

    def feed(self, root: str, ignore: Ignore, sink: Sink) -> Feed:
        if self._refusal:
            return DeafFeed(self._refusal)
        if self._observer is None or self._vigil is None:
            raise RuntimeError("the observer is not started")
        return PlainFeed(self._observer, self._vigil, self._spellings, root, ignore, sink)

    def catches_up(self, timeout: float) -> bool:
        """There is one queue for each root, and no event that would leave no trace in it."""
        return True

    def stop(self, timeout: float) -> None:
        end = time.monotonic() + timeout
        if self._vigil is not None:
            self._vigil.stop(timeout)
        observer, self._observer = self._observer, None
        if observer is None:
            return
        observer.stop()
        observer.join(max(0.0, end - time.monotonic()))
        if observer.is_alive():
            logger.warning("Thread %s did not end within %.1f s", observer.name, timeout)


def _observer() -> "BaseObserver":
    if sys.platform == "win32":
        try:
            from trayapp.watch.hearing import windows
        except ImportError:
            logger.warning("watchdog has changed: saves are told late", exc_info=True)
        else:
            if windows.fits():
                return windows.prompt_observer()
            logger.warning("watchdog has changed: saves are told late")
    return Observer()


class PlainFeed(FileSystemEventHandler):
    """One recursive watch. Called back by the observer's dispatching thread.

    Watchdog takes two watches of one path for the same, and ends both with the first: a new feed
    would go deaf with the old one. So each spells the path in a way that is not yet among
    `spellings`.
    """

    def __init__(
        self,
        observer: "BaseObserver",
        vigil: Vigil,
        spellings: set[str],
        root: str,
        ignore: Ignore,
        sink: Sink,
    ) -> None:
        self._observer = observer
        self._vigil = vigil
        self._spellings = spellings
        self._path = root
        self._root = real_path(root)  # macOS reports /private/var for /var
        self._ignore = ignore
        self._sink = sink
        self._watch: ObservedWatch | None = None
        self._probe: ProbeFile | None = None
        self.problem = ""

    @property
    def unheard(self) -> tuple[str, ...]:
        """All or nothing."""
        return ("",) if self.problem else ()

    def hears(self, timeout: float) -> bool:
        """By a file that is made and deleted. In a folder where we may not make one, only what is
        known of the file system counts."""
        if self._watch is None:
            return False
        self._probe = ProbeFile()
        through = self._probe.comes_through(self._root, timeout)
        return not filesystem.of(self._root).doubtful if through is None else through

    def arm(self, folder: str, *, followed: bool = False) -> None:
        """The whole tree is armed with its root."""
        if folder:
            return
        self._vigil.begin(self, self._path, self._sink.unsure)
        spelling = self._root
        while spelling in self._spellings:
            spelling += f"{os.sep}."
        try:
            self._watch = self._observer.schedule(
                self, spelling, recursive=True, event_filter=_FILTER
            )
        except OSError as error:
            self.problem = limits.sentence(error)
            return
        self._spellings.add(spelling)
        for emitter in self._observer.emitters:
            emitter.name = "trayapp-watch"

    def close(self) -> None:
        self._vigil.end(self)
        watch, self._watch = self._watch, None
        if watch is not None:
            self._observer.unschedule(watch)
            self._spellings.discard(watch.raw_path)

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog, which dies of what escapes from here."""
        try:
            self._take(event)
        except Exception:
            logger.exception("An event in the folder %s was missed", self._root)
            self._sink.unsure()

    def _take(self, event: FileSystemEvent) -> None:
        source, is_dir = self._relative(event.src_path), event.is_directory
        if self._is_aside(source, is_dir) or self._is_aside(self._dest(event), is_dir):
            return
        if source == "":
            if event.event_type in ("deleted", "moved"):
                self._sink.unsure()
        elif event.event_type == "moved":
            self._tell("gone", source, is_dir)
            self._tell("finished", self._dest(event), is_dir)
        elif is_dir and event.event_type == "created":
            self._tell("found", source, is_dir)
        elif event.event_type in _KINDS:
            self._tell(_KINDS[event.event_type], source, is_dir)

    def _is_aside(self, path: str | None, is_dir: bool) -> bool:
        """Whether it is a file that is nobody's news. Those that say what is ignored make us look
        again."""
        if not path or is_dir:
            return False
        folder, _, name = path.rpartition("/")
        if name.startswith(PREFIX):
            if self._probe is not None:
                self._probe.notice(name)
            return True
        if not self._ignore.obeys(name):
            return False
        if not (folder and self._ignore.ignored(folder, True)):
            self._sink.unsure()
        return True

    def _dest(self, event: FileSystemEvent) -> str | None:
        return self._relative(event.dest_path) if event.event_type == "moved" else None

    def _tell(self, kind: Kind, path: str | None, is_dir: bool) -> None:
        """Folders are told as such: the fingerprint looks through them."""
        if path and not self._ignore.ignored(path, is_dir):
            self._sink.heard(kind, path)

    def _relative(self, path: bytes | str) -> str | None:
        """None for what is not below the root."""
        try:
            relative = PurePath(os.fsdecode(path)).relative_to(self._root).as_posix()
        except ValueError:
            return None
        return "" if relative == "." else relative
