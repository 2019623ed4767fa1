"""The watcher: folders in, one change per finished save out. Owns every thread of this room.

Theory of operation. An observer (`observer`, `prune`, `plain`) hears the system's file events, the
surveyor (`survey`) walks through whole roots, and polls where the system is silent; the teller
(`teller`) hears both, lets each root's batch decide when saves are finished, and asks the
fingerprint what really changed.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from trayapp.errors import TrayAppError
from trayapp.state import RootState
from trayapp.watch.batch import Batch
from trayapp.watch.change import RootChange
from trayapp.watch.content.fingerprint import Fingerprint
from trayapp.watch.feed import Kind, Observer
from trayapp.watch.hearing.observer import observer_here
from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.real import real_path
from trayapp.watch.root import Root, check_folder, folder_at, label_for
from trayapp.watch.stall import StallMonitor, sentence
from trayapp.watch.survey import Surveyor
from trayapp.watch.teller import Teller

CATCH_UP = 0.5
"""Seconds in which news gets from the system to the teller, on a machine that is not stuck."""


class Watcher:
    """Watches any number of roots. All methods are safe from any thread.

    `on_change` and `on_status` are called one at a time from the thread `trayapp-batch`, outside
    every lock; `on_status` also from another thread, when that one stalls or goes on again.
    `on_change` gets one RootChange per batch, and one with no paths when nothing but the
    fingerprint of a root is news, as after its first scan. `on_status` gets the new RootState
    whenever a root's status changed after `add` returned (scanning → watching, gone → watching …)
    and, at most twice a second, when a scan got on.

    `ignore` is what counts nowhere; `links` says whether links that lead out of a root are
    followed; `apart` are absolute paths of folders that belong to no root.
    """

    def __init__(
        self,
        on_change: Callable[[RootChange], None],
        on_status: Callable[[RootState], None] = lambda _state: None,
        *,
        ignore: Ignore | None = None,
        links: bool = False,
        apart: Iterable[str] = (),
        observe: Callable[[], Observer] = observer_here,
    ) -> None:
        self._on_change = on_change
        self._on_status = on_status
        self._ignore = ignore or Ignore()
        self._links = links
        self._apart = tuple(real_path(path) for path in apart)
        self._observe = observe
        self._lock = threading.Lock()
        self._roots: dict[str, Root] = {}
        self._crew: _Crew | None = None

    def start(self) -> None:
        """Start watching; returns before the first scan is done. Raises: TrayAppError."""
        with self._lock:
            if self._crew is not None:
                return
            callbacks = self._on_change, self._on_status
            crew = _Crew(self._observe(), self._ignore, self._links, *callbacks)
            crew.start()
            self._crew = crew
            for root in self._roots.values():
                crew.welcome(root)

    def stop(self, timeout: float = 5.0) -> None:
        """End every thread; changes not yet told are dropped. Idempotent; ends within `timeout`
        seconds or logs which thread did not. May be started again."""
        with self._lock:
            crew, self._crew = self._crew, None
        if crew is not None:
            crew.stop(timeout)

    def add(self, path: str, label: str = "", *, missing_ok: bool = False) -> RootState:
        """Watch the folder `path` too. An empty label is taken from the folder's name, made unique.

        Raises: TrayAppError when it is watched already; also when it is not a folder that can be
        read, unless `missing_ok`: then it is waited for.
        """
        folder = folder_at(path)
        if not missing_ok:
            check_folder(folder)
        with self._lock:
            self._refuse_twice(folder, label)
            label = label or label_for(folder, self._roots)
            root = Root(
                RootState(label, folder, "scanning"), Fingerprint(folder, self._ignore), Batch()
            )
            self._roots[label] = root
            self._arrange(but=root)
            root.repaint("scanning")
            if self._crew is not None:
                self._crew.welcome(root)
            return root.picture

    def remove(self, label: str) -> None:
        """Stop watching a root. A change that is being told at this moment is the last.

        Raises: TrayAppError when there is no such label.
        """
        with self._lock:
            root = self._roots.pop(label, None)
            if root is None:
                known = ", ".join(self._roots) or "none"
                raise TrayAppError(
                    f"No watched folder is called {label}.", f"Watched folders: {known}."
                )
            root.removed = True
            if self._crew is not None:
                self._crew.dismiss(root)
            self._arrange()

    def roots(self) -> tuple[RootState, ...]:
        """The picture of each root, in the order they were added."""
        with self._lock:
            roots = tuple(self._roots.values())
            stalled = self._crew.stalled() if self._crew is not None else frozenset()
        return tuple(_now(root, stalled) for root in roots)

    def knows(self, label: str, path: str) -> bool:
        """Whether the root called `label` has taken in the file `path`, so that its changes are
        told. From any thread."""
        with self._lock:
            root = self._roots.get(label)
        return root is not None and root.fingerprint.look(path) is not None

    def tells(self) -> bool:
        """Whether a change of before will be told soon; also when that cannot be said in time.
        Waits for who hears and who tells: never called on their threads, nor with a lock that they
        may need.
        """
        with self._lock:
            crew, roots = self._crew, tuple(self._roots.values())
        if crew is None:
            return False
        if not crew.catches_up() or any(root.batch.leaves() for root in roots):
            return True
        return not crew.teller.catches_up(CATCH_UP)  # what was just leaving is told by then

    def _arrange(self, but: Root | None = None) -> None:
        """Settle which root a folder belongs to: the innermost. Called with the lock held; all
        roots that own more or less than before, `but` the one, are looked through again."""
        places = {root: real_path(root.picture.path) for root in self._roots.values()}
        for root, place in places.items():
            inner = [other for other in places.values() if other != place]
            apart = frozenset(filter(None, (_below(place, it) for it in (*inner, *self._apart))))
            around = tuple(other.picture.label for other, it in places.items() if _below(it, place))
            changed = (apart, around) != (root.apart, root.within)
            root.apart, root.within = apart, around
            if changed and root is not but and self._crew is not None:
                self._crew.teller.unsure(root)

    def _refuse_twice(self, folder: str, label: str) -> None:
        real = real_path(folder)
        for root in self._roots.values():
            if real_path(root.picture.path) == real:
                raise TrayAppError(
                    f"The folder {folder} is watched already, as {root.picture.label}.",
                    "See what is watched: trayapp status",
                )
        if label in self._roots:
            raise TrayAppError(
                f"The label {label} is taken by {self._roots[label].picture.path}.",
                "Choose another label.",
            )


class _Crew:
    """The threads of one run, from `start` to `stop`."""

    def __init__(
        self,
        observer: Observer,
        ignore: Ignore,
        links: bool,
        on_change: Callable[[RootChange], None],
        on_status: Callable[[RootState], None],
    ) -> None:
        self._observer = observer
        self._monitor = StallMonitor(lambda root: on_status(_now(root, self.stalled())))
        self.teller = Teller(
            on_change, on_status, self._survey, self._monitor.activity(), links=links
        )
        self._surveyor = Surveyor(
            observer,
            ignore,
            links,
            lambda root: _Ear(self.teller, root),
            self.teller.found,
            self._monitor.activity(),
        )

    def start(self) -> None:
        """Start the observer first: it may refuse. Raises: TrayAppError."""
        self._observer.start()
        self._monitor.start()
        self.teller.start()
        self._surveyor.start()

    def welcome(self, root: Root) -> None:
        """Take a root in hand that nobody else touches."""
        root.batch = Batch()
        root.overlook()
        root.repaint("scanning")
        root.surveying = True
        self._survey(root)

    def dismiss(self, root: Root) -> None:
        """Let go of a root that has been marked as removed."""
        self._survey(root)

    def stop(self, timeout: float) -> None:
        """The observer last: a survey that still runs must not arm a reader that is closed."""
        end = time.monotonic() + timeout
        self._surveyor.stop(end - time.monotonic())
        self.teller.stop(max(0.0, end - time.monotonic()))
        self._observer.stop(max(0.0, end - time.monotonic()))
        self._monitor.stop(max(0.0, end - time.monotonic()))

    def stalled(self) -> frozenset[Root]:
        """The roots whose file system does not answer. Safe from any thread."""
        return self._monitor.stalled()

    def catches_up(self) -> bool:
        """Whether all that has happened by now is known."""
        return self._observer.catches_up(CATCH_UP) and self.teller.catches_up(CATCH_UP)

    def _survey(self, root: Root) -> None:
        self._surveyor.ask(root)


@dataclass(frozen=True, slots=True)
class _Ear:
    """Hears one root for the teller."""

    teller: Teller
    root: Root

    def heard(self, kind: Kind, *paths: str) -> None:
        self.teller.heard(self.root, kind, paths)

    def unsure(self) -> None:
        self.teller.unsure(self.root)


def _now(root: Root, stalled: frozenset[Root]) -> RootState:
    return _stalled(root) if root in stalled else root.picture


def _stalled(root: Root) -> RootState:
    return replace(root.picture, status="error", detail=sentence(root))


def _below(folder: str, path: str) -> str:
    """`path` relative to `folder`, POSIX; empty when it does not lie in it."""
    prefix = folder.rstrip(os.sep) + os.sep
    return path[len(prefix) :].replace(os.sep, "/") if path.startswith(prefix) else ""
