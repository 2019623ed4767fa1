"""Telling changes: the one thread to which all news of all roots come, and that calls back.

File events and what surveys find meet in one inbox, read by the thread `trayapp-batch`. So nothing
about a root needs a lock, and the one who is told hears one voice, in order.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from trayapp.state import RootState, RootStatus
from trayapp.watch.batch import Batch
from trayapp.watch.change import PathChange, RootChange
from trayapp.watch.content.links import other_names
from trayapp.watch.content.mark import is_trusted
from trayapp.watch.feed import Kind
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
from trayapp.watch.processor import is_crowded
from trayapp.watch.repository import Repository
from trayapp.watch.root import Root
from trayapp.watch.stall import Activity

logger = logging.getLogger(__name__)

PROGRESS_EVERY = 0.5
"""Seconds, at least, between two pictures of a scan that goes on."""

PEACE = 5.0
"""Seconds without a fault of ours after which another one makes us look again."""

POSTPONED = (
    "Its ignore files change so often that the next look at them waits. Saves are seen; patterns "
    "count as before. Find the program that rewrites .gitignore or .trayappignore."
)

FAULT = "This is a mistake in trayapp: see its log file."

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Heard:
    root: Root
    kind: Kind
    paths: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class _Unsure:
    root: Root


class _Mark:
    """Stands in the inbox behind what came before."""

    def __init__(self) -> None:
        self.passed = threading.Event()


_News: TypeAlias = _Heard | _Unsure | Outcome


class Teller:
    """Owns what is known of every root. `survey` asks for a survey; `links` says whether links
    that lead out of a root are followed."""

    def __init__(
        self,
        on_change: Callable[[RootChange], None],
        on_status: Callable[[RootState], None],
        survey: Callable[[Root], None],
        activity: Activity,
        *,
        links: bool,
    ) -> None:
        self._on_change = on_change
        self._on_status = on_status
        self._survey = survey
        self._activity = activity
        self._links = links
        self._inbox: queue.SimpleQueue[_News | _Mark | None] = queue.SimpleQueue()
        self._busy: dict[Root, None] = {}
        self._thread = threading.Thread(target=self._run, name="trayapp-batch", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread; what waits is not told. May be called by those who are told."""
        self._inbox.put(None)
        if self._thread is threading.current_thread():
            return
        self._thread.join(timeout)
        if self._thread.is_alive():
            logger.warning("Thread %s did not end within %.1f s", self._thread.name, timeout)

    # News, from any thread.

    def heard(self, root: Root, kind: Kind, paths: tuple[str, ...]) -> None:
        """File events of one moment."""
        self._inbox.put(_Heard(root, kind, paths, time.monotonic()))

    def unsure(self, root: Root) -> None:
        """What is known of `root` may be wrong."""
        self._inbox.put(_Unsure(root))

    def found(self, outcome: Outcome) -> None:
        """A survey has got on."""
        self._inbox.put(outcome)

    def catches_up(self, timeout: float) -> bool:
        """Wait until all news of before is taken in, `timeout` seconds at most. Never called on the
        thread."""
        mark = _Mark()
        self._inbox.put(mark)
        return mark.passed.wait(timeout)

    # The thread.

    def _run(self) -> None:
        while self._listen():
            for root in list(self._busy):
                self._shield(root, self._tell)

    def _listen(self) -> bool:
        """Sleep until there is news or something is due, without end when nothing is; take the
        news in. False at the end."""
        waiting = self._inbox.qsize()
        try:
            news = self._inbox.get(timeout=self._patience())
            while news is not None:
                if isinstance(news, _Mark):
                    news.passed.set()
                elif not news.root.removed:
                    self._shield(news.root, self._take_in, news)
                waiting -= 1
                if waiting <= 0:
                    return True
                news = self._inbox.get_nowait()
        except queue.Empty:
            return True
        return False

    def _patience(self) -> float | None:
        dues = [due for root in self._busy if (due := root.batch.due()) is not None]
        return max(0.0, min(dues) - time.monotonic()) if dues else None

    def _shield(self, root: Root, deed: Callable[..., None], *news: _News) -> None:
        """A fault of ours in one root must not make every root go deaf. What was lost by it, a
        survey finds, but one that meets the same fault is not followed by another."""
        self._activity.begin(root)
        try:
            deed(root, *news)
        except Exception:
            logger.exception("News of the folder %s were lost", root.picture.path)
            before, root.failed = root.failed, time.monotonic()
            self._busy.pop(root, None)
            root.batch = Batch()
            self._put_off(root, "error", FAULT)
            root.surveying = False
            if root.failed - before > PEACE:
                self._look_again(root)
        finally:
            self._activity.end()

    def _take_in(self, root: Root, news: _News) -> None:
        match news:
            case _Heard():
                self._note(root, news.kind, news.paths, news.at)
            case _Unsure():
                self._look_again(root)
            case Armed():
                root.fingerprint.obey(news.ignore, news.followed)
                root.returned, root.left_out = root.left_out - news.apart, news.apart
                root.repository = news.repository
                root.painted = time.monotonic()
                self._repaint(root, "polling" if news.polled else "watching", news.why)
            case Read():
                self._learn(root, news)
            case Seen():
                self._compare(root, news)
            case Swept():
                self._miss(root, news.folders)
            case Surveyed():
                self._take_stock(root)
            case Missing():
                self._put_off(root, "gone", news.why)
            case Postponed():
                self._repaint(root, "polling" if news.polled else "watching", POSTPONED)
            case Failed():
                self._put_off(root, "error", FAULT)

    def _note(self, root: Root, kind: Kind, paths: Collection[str], at: float) -> None:
        if not paths:
            return
        for path in paths:
            folder = kind == "gone" and root.fingerprint.is_folder(path)
            root.batch.add(kind, path, at, folder=folder)
        if not root.scanned:
            root.doubted.update(paths)
        self._busy[root] = None

    def _look_again(self, root: Root) -> None:
        if root.surveying:
            root.again = True
            return
        root.surveying = True
        root.overlook()
        self._repaint(root, "scanning")
        self._survey(root)

    def _put_off(self, root: Root, status: RootStatus, why: str) -> None:
        """The survey under way goes on by itself later, and anew: nobody need ask for it."""
        root.surveying, root.again = True, False
        root.overlook()
        self._repaint(root, status, why)

    def _learn(self, root: Root, news: Read) -> None:
        """What was heard of a file since the scan began is newer than what the scan has read."""
        for path, mark in news.marks:
            if not root.doubts(path):
                root.fingerprint.learn(path, mark)
        self._show_progress(root)

    def _compare(self, root: Root, news: Seen) -> None:
        """What a survey has found has to wait for its end: only then all rules are known."""
        known = root.fingerprint
        differing = [
            path for path, look in news.looks if known.look(path) != look or not is_trusted(look)
        ]
        root.seen.update(path for path, _look in news.looks)
        if news.swept:
            self._note(root, "differs", differing, time.monotonic())
        else:
            root.differing += differing

    def _miss(self, root: Root, folders: tuple[str, ...]) -> None:
        """Files that the walk through `folders` did not come by any more: gone, or ignored now."""
        known = root.fingerprint
        missed = {path for folder in folders for path in known.below(folder)} - root.seen
        ignored = {path for path in missed if not known.counts(path)}
        for path in ignored:
            known.forget(path)
        self._note(root, "gone", missed - ignored, time.monotonic())
        root.seen.clear()

    def _settle(self, root: Root) -> None:
        """Draw the conclusions of a later survey."""
        found, root.differing = root.differing, []
        silent = set(filter(root.has_returned, found))
        root.fingerprint.update(silent)
        differing = root.fingerprint.differing(set(found) - silent)
        self._note(root, "found", differing, time.monotonic())
        self._miss(root, ("",))

    def _take_stock(self, root: Root) -> None:
        first = not root.scanned
        before = str(root.fingerprint)
        if not first:
            self._settle(root)
        root.scanned, root.surveying = True, False
        root.doubted.intersection_update(root.batch.pending())
        root.returned = frozenset()
        if first or str(root.fingerprint) != before:
            self._call(self._on_change, _change(root))
        self._repaint(root, root.picture.status, root.picture.detail)
        if root.again:
            root.again = False
            self._look_again(root)

    def _tell(self, root: Root) -> None:
        due, now = root.batch.due(), time.monotonic()
        if due is not None and due <= now and not root.removed:
            began = now if root.batch.began is None else root.batch.began
            paths = root.batch.take(
                now, root.look, self._is_held(root), crowded=is_crowded(), whole=root.is_whole
            )
            if paths:
                self._tell_batch(root, paths, time.time() - (now - began))
        if root.removed or root.batch.due() is None:
            del self._busy[root]

    def _is_held(self, root: Root) -> bool:
        if root.repository is None:
            root.repository = Repository.at(root.picture.path)
        held = root.repository is not None and root.repository.busy(time.time())
        root.held = root.held or held
        return held

    def _tell_batch(self, root: Root, paths: tuple[str, ...], since: float) -> None:
        changes = root.fingerprint.update(self._each(paths), root.doubted)
        if root.scanned:
            root.doubted.difference_update(paths)
        if changes:
            self._call(self._on_change, _change(root, changes, _deed(root, len(changes), since)))
            root.repaint(root.picture.status, root.picture.detail)
        root.held = False
        if self._links and any(change.path in root.fingerprint.links for change in changes):
            self._look_again(root)

    def _each(self, paths: Iterable[str]) -> Iterator[str]:
        for path in paths:
            self._activity.go_on()
            yield path

    def _show_progress(self, root: Root) -> None:
        if not root.scanned and time.monotonic() - root.painted >= PROGRESS_EVERY:
            root.painted = time.monotonic()
            root.repaint(root.picture.status, root.picture.detail)
            self._call(self._on_status, root.picture)

    def _repaint(self, root: Root, status: RootStatus, detail: str = "") -> None:
        if root.repaint(status, detail):
            self._call(self._on_status, root.picture)

    def _call(self, callback: Callable[[_T], None], news: _T) -> None:
        """A fault of those who are told must not make every root go deaf."""
        try:
            callback(news)
        except Exception:
            logger.exception("News of a watched folder could not be passed on")


def _change(root: Root, changes: tuple[PathChange, ...] = (), during: str = "") -> RootChange:
    picture = root.picture
    others = other_names(picture.path, root.fingerprint.links, changes)
    return RootChange(picture.label, changes + others, root.known, time.time(), root.within, during)


def _deed(root: Root, count: int, since: float) -> str:
    """The transaction that `count` changes since `since` (Unix time) come from. One so quick that
    nobody saw it under way has left word of it."""
    if root.repository is None or not (root.held or count > 2):
        return ""
    deed = root.repository.deed(since)
    return deed if root.held or deed != "git" else ""
