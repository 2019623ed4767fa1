"""Telling changes: the one thread to which all news of all roots come, and that calls back.

File events and the outcomes of surveys meet in one inbox, read by the thread `trayapp-batch`. So
nothing about a root needs a lock, and the one who is told hears one voice, in order.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from trayapp.state import RootState, RootStatus
from trayapp.watch.change import PathChange, RootChange
from trayapp.watch.feed import Kind
from trayapp.watch.root import Root
from trayapp.watch.survey import Surveyed

logger = logging.getLogger(__name__)

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


@dataclass(frozen=True, slots=True)
class _Removed:
    root: Root


_News: TypeAlias = _Heard | _Unsure | _Removed | Surveyed


class Teller:
    """Owns the state of every root between its surveys. `survey` asks for one."""

    def __init__(
        self,
        on_change: Callable[[RootChange], None],
        on_status: Callable[[RootState], None],
        survey: Callable[[Root], None],
    ) -> None:
        self._on_change = on_change
        self._on_status = on_status
        self._survey = survey
        self._inbox: queue.SimpleQueue[_News | None] = queue.SimpleQueue()
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

    def surveyed(self, outcome: Surveyed) -> None:
        """A survey has ended: the root is ours again, unless it is missing."""
        self._inbox.put(outcome)

    def removed(self, root: Root) -> None:
        """`root` has been marked as removed."""
        self._inbox.put(_Removed(root))

    # The thread.

    def _run(self) -> None:
        while self._listen():
            for root in list(self._busy):
                self._tell(root)

    def _listen(self) -> bool:
        """Sleep until there is news or something is due, without end when nothing is; take the
        news in. False at the end."""
        waiting = self._inbox.qsize()
        try:
            news = self._inbox.get(timeout=self._patience())
            while news is not None:
                self._take_in(news)
                waiting -= 1
                if waiting <= 0:
                    return True
                news = self._inbox.get_nowait()
        except queue.Empty:
            return True
        return False

    def _patience(self) -> float | None:
        dues = [root.batch.due() for root in self._busy if not root.surveying]
        next_due = min((due for due in dues if due is not None), default=None)
        return None if next_due is None else max(0.0, next_due - time.monotonic())

    def _take_in(self, news: _News) -> None:
        root = news.root
        if root.removed:
            self._dismiss(root, news)
            return
        match news:
            case _Heard():
                for path in news.paths:
                    root.batch.add(news.kind, path, news.at)
                self._busy[root] = None
            case _Unsure():
                self._look_again(root)
            case Surveyed(missing=True):
                root.again = False
                self._repaint(root, "gone", "The folder is gone; watching goes on when it is back.")
            case Surveyed():
                self._take_stock(root, news)

    def _dismiss(self, root: Root, news: _News) -> None:
        self._busy.pop(root, None)
        if isinstance(news, Surveyed):
            root.surveying = False
        if root.feed is not None and not root.surveying:
            root.feed.close()
            root.feed = None

    def _look_again(self, root: Root) -> None:
        if root.surveying:
            root.again = True
            return
        root.surveying = True
        self._repaint(root, "scanning")
        self._survey(root)

    def _take_stock(self, root: Root, outcome: Surveyed) -> None:
        root.surveying = False
        first = not root.scanned
        if first:
            root.scanned = True
            root.doubted.update(root.batch.pending())
        for path in outcome.differing:
            root.batch.add("found", path, time.monotonic())
            self._busy[root] = None
        problem = root.feed.problem if root.feed else ""
        self._repaint(root, "error" if problem else "watching", problem)
        if first:
            self._call(self._on_change, _change(root, ()))
        if root.again:
            root.again = False
            self._look_again(root)

    def _tell(self, root: Root) -> None:
        if root.surveying or root.removed:
            return
        paths = root.batch.take(time.monotonic(), root.look)
        changes = root.fingerprint.update(paths, root.doubted)
        root.doubted.difference_update(paths)
        if root.batch.due() is None:
            del self._busy[root]
        if changes:
            root.repaint(root.picture.status, root.picture.detail)
            self._call(self._on_change, _change(root, changes))

    def _repaint(self, root: Root, status: RootStatus, detail: str = "") -> None:
        if root.repaint(status, detail):
            self._call(self._on_status, root.picture)

    def _call(self, callback: Callable[[_T], None], news: _T) -> None:
        """A fault of those who are told must not make every root go deaf."""
        try:
            callback(news)
        except Exception:
            logger.exception("News of a watched folder could not be passed on")


def _change(root: Root, paths: tuple[PathChange, ...]) -> RootChange:
    return RootChange(root.picture.label, paths, root.picture.fingerprint, time.time())
