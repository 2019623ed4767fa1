"""Surveying watch roots: the long walks, away from the thread that tells changes.

A survey arms a root afresh, has it prove that events come, and looks at all its files. Where the
system does not report everything, the folders in question are swept again and again: that is
polling. A root that is not there is looked for until it is. What a walk finds is told piece by
piece, so that saves in a large root need not wait for its end.
"""

import logging
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from trayapp.watch.allowance import Allowance
from trayapp.watch.content.links import Follower
from trayapp.watch.content.mark import look_of, read_mark
from trayapp.watch.feed import Feed, Observer, Sink
from trayapp.watch.hearing import filesystem
from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.ignoring.rules import read_rules_above
from trayapp.watch.outcome import (
    Armed,
    Failed,
    Missing,
    Outcome,
    Postponed,
    Read,
    Seen,
    Surveyed,
    Swept,
)
from trayapp.watch.repository import Repository
from trayapp.watch.root import Root, readable
from trayapp.watch.stall import Activity
from trayapp.watch.walk import walk

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.25
"""Seconds between two looks for a root that is gone."""

RETRY = 5.0
"""Seconds until a root is looked through again after a fault of ours."""

PROOF = 1.0
"""Seconds that the self-test of a root may take."""

SWEEP_SHARE = 0.02
"""How much of one processor's time sweeping a root may take."""
SWEEP_SOONEST, SWEEP_LATEST = 0.5, 30.0
"""Seconds between two sweeps of a root, whatever they take."""

NAP = 5.0
"""Seconds by which the clocks may drift apart between two sweeps while the computer is awake."""

POSTPONED_LOOK = 1.0
"""Seconds between two looks whether a root is still there while its survey waits."""

_PIECE = 512
"""Files told at once."""


class _GivenUp(Exception):
    """The root was removed, or the surveyor stops."""


@dataclass(slots=True)
class _Station:
    """What the surveyor keeps of a root. `due` is when to look after it next, by the monotonic
    clock; `polled` folders are swept then, unless it is `missing` or has failed: then it is
    surveyed. A survey that was `asked` for may have to wait for its `allowance`, until `resume`."""

    ignore: Ignore
    feed: Feed | None = None
    polled: tuple[str, ...] = ()
    missing: str = ""
    failed: bool = False
    mount_point: str = ""
    due: float | None = None
    asked: bool = False
    resume: float | None = None
    allowance: Allowance = field(default_factory=Allowance)


class Surveyor:
    """One thread, `trayapp-scan`. `tell` gets each outcome there and must return at once.

    `ignore` is what counts in every root before its own rules, `links` whether links that lead out
    of a root are followed.
    """

    def __init__(
        self,
        observer: Observer,
        ignore: Ignore,
        links: bool,
        sink_of: Callable[[Root], Sink],
        tell: Callable[[Outcome], None],
        activity: Activity,
    ) -> None:
        self._observer = observer
        self._ignore = ignore
        self._links = links
        self._sink_of = sink_of
        self._tell = tell
        self._activity = activity
        self._asked: queue.SimpleQueue[Root | None] = queue.SimpleQueue()
        self._stations: dict[Root, _Station] = {}
        self._stopping = threading.Event()
        self._lag = time.time() - time.monotonic()
        self._slept = False
        self._thread = threading.Thread(target=self._run, name="trayapp-scan", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ask(self, root: Root) -> None:
        """Survey `root`; or, when it has been removed, let go of it."""
        self._asked.put(root)

    def stop(self, timeout: float) -> None:
        """Give up what is going on, let go of every root, end the thread."""
        self._stopping.set()
        self._asked.put(None)
        self._thread.join(timeout)
        if self._thread.is_alive():
            logger.warning("Thread %s did not end within %.1f s", self._thread.name, timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            for root in self._next():
                self._attend(root)
        for station in self._stations.values():
            _close(station)

    def _next(self) -> list[Root]:
        """Blocks until there is something to do; without end when nothing is due. The station of a
        root that was asked for is new or due at once."""
        dues = [it for one in self._stations.values() for it in (one.due, one.resume) if it]
        try:
            patience = max(0.0, min(dues) - time.monotonic()) if dues else None
            root = self._asked.get(timeout=patience)
        except queue.Empty:
            now = time.monotonic()
            self._slept = self._has_slept()
            stations = self._stations.items()
            return [
                root for root, it in stations if _is_due(it.due, now) or _is_due(it.resume, now)
            ]
        if root is None:
            return []
        station = self._stations.setdefault(root, _Station(self._ignore))
        station.asked = True
        return [root]

    def _has_slept(self) -> bool:
        """Whether the computer has slept since this was asked last: the monotonic clock stands
        still then. Shares may be mounted anew, and events come no more, or come again."""
        before, self._lag = self._lag, time.time() - time.monotonic()
        return self._lag - before > NAP

    def _attend(self, root: Root) -> None:
        station = self._stations[root]
        self._activity.begin(root)
        try:
            if root.removed:
                raise _GivenUp
            hindered = station.missing or station.failed or self._slept
            resumes = station.asked or _is_due(station.resume, time.monotonic())
            if hindered or resumes:
                self._look_for(root, station, at_once=bool(hindered))
            else:
                self._sweep(root, station)
        except _GivenUp:
            _close(station)
            del self._stations[root]
        except Exception:  # the thread would end, and every root go deaf
            logger.exception("The folder %s could not be looked through", root.picture.path)
            station.failed, station.due = True, time.monotonic() + RETRY
            self._tell(Failed(root))
        finally:
            self._activity.end()

    def _look_for(self, root: Root, station: _Station, *, at_once: bool = True) -> None:
        station.failed = station.asked = False
        missing = _what_is_missing(root.picture.path, station.mount_point)
        if missing:
            _close(station)
            if missing != station.missing:
                self._tell(Missing(root, missing))
            station.missing, station.due = missing, time.monotonic() + LOOK_EVERY
            station.resume = None
            return
        wait = 0.0 if at_once else station.allowance.wait(time.monotonic())
        if wait:
            self._postpone(root, station, wait)
            return
        station.missing, station.due, station.resume = "", None, None
        began = time.thread_time()
        try:
            self._survey(root, station)
        finally:
            station.allowance.spend(time.thread_time() - began, time.monotonic())

    def _postpone(self, root: Root, station: _Station, wait: float) -> None:
        """Ignore files may be rewritten many times a second. Sweeps go on meanwhile."""
        if station.resume is None:
            self._tell(Postponed(root, station.polled))
        station.resume = time.monotonic() + min(wait, POSTPONED_LOOK)

    def _survey(self, root: Root, station: _Station) -> None:
        """The old feed is closed when the new one hears: nothing falls between."""
        path, old = root.picture.path, station.feed
        there = filesystem.of(path)
        station.mount_point = there.mount_point
        ignore = station.ignore = self._ignore.fresh()
        apart = root.apart
        for folder in apart:
            ignore.exclude(folder)
        read_rules_above(path, ignore)
        follower = Follower(path, self._links)
        first = not root.scanned
        feed = station.feed = self._observer.feed(path, ignore, self._sink_of(root))

        def enter(folder: str) -> None:
            self._go_on(root)
            feed.arm(folder, followed=folder in follower.followed)

        try:
            files = walk(path, ignore, enter=enter, follows=follower.follows)
            if first:  # arm everything before reading anything
                deque(files, maxlen=0)
            else:
                self._tell_looks(root, files, swept=False)
        finally:
            if old is not None:
                old.close()
        station.polled, why = _to_poll(feed, there)
        followed = frozenset(follower.followed)
        repository = Repository.at(path)
        self._tell(Armed(root, ignore, apart, followed, repository, station.polled, why))
        if first:
            self._read_all(root, ignore, Follower(path, self._links))
        self._tell(Surveyed(root))
        if station.polled:
            station.due = time.monotonic() + SWEEP_SOONEST

    def _read_all(self, root: Root, ignore: Ignore, follower: Follower) -> None:
        piece: list[tuple[str, int]] = []
        for path in walk(root.picture.path, ignore, follows=follower.follows):
            self._go_on(root)
            mark = read_mark(root.picture.path, path)
            if mark is not None:
                piece.append((path, mark))
            if len(piece) >= _PIECE:
                self._tell(Read(root, tuple(piece)))
                piece.clear()
        self._tell(Read(root, tuple(piece)))

    def _sweep(self, root: Root, station: _Station) -> None:
        begun, path = time.monotonic(), root.picture.path
        if not readable(path):
            self._look_for(root, station)
            return
        for folder in station.polled:
            follower = Follower(path, self._links)
            files = walk(path, station.ignore, start=folder, follows=follower.follows)
            self._tell_looks(root, files, swept=True)
        self._tell(Swept(root, station.polled))
        took = time.monotonic() - begun
        pause = min(max(took / SWEEP_SHARE, SWEEP_SOONEST), SWEEP_LATEST)
        station.due = time.monotonic() + pause

    def _tell_looks(self, root: Root, files: Iterator[str], *, swept: bool) -> None:
        piece: list[tuple[str, int]] = []
        for path in files:
            try:
                piece.append((path, look_of(os.lstat(f"{root.picture.path}/{path}"))))
            except OSError:
                continue
            self._activity.go_on()
            if len(piece) >= _PIECE:
                self._go_on(root)
                self._tell(Seen(root, tuple(piece), swept))
                piece.clear()
        self._tell(Seen(root, tuple(piece), swept))

    def _go_on(self, root: Root) -> None:
        self._activity.go_on()
        if root.removed or self._stopping.is_set():
            raise _GivenUp


def _is_due(at: float | None, now: float) -> bool:
    return at is not None and at <= now


def _what_is_missing(path: str, mount_point: str) -> str:
    """Why the root at `path` cannot be watched now; empty when it can. An empty folder where
    something was mounted before is no root without files: its files are elsewhere."""
    if not readable(path):
        return "The folder is gone; watching goes on when it is back."
    if mount_point and filesystem.of(path).mount_point != mount_point and _is_empty(path):
        return f"{mount_point} is no longer mounted; watching goes on when it is."
    return ""


def _is_empty(folder: str) -> bool:
    """Also when it has gone meanwhile."""
    try:
        return not os.listdir(folder)  # noqa: PTH208
    except OSError:
        return True


def _to_poll(feed: Feed, there: filesystem.FileSystem) -> tuple[tuple[str, ...], str]:
    """Which folders have to be swept, and why."""
    if not feed.hears(PROOF):
        return ("",), feed.problem or f"File events do not come on this file system{_named(there)}."
    if there.shared:
        return ("",), f"What other computers save here is not reported{_named(there)}."
    return tuple(feed.unheard), feed.problem


def _named(there: filesystem.FileSystem) -> str:
    """Windows does not say what its local ones are called."""
    return f" ({there.name})" if there.name else ""


def _close(station: _Station) -> None:
    if station.feed is not None:
        station.feed.close()
        station.feed = None
