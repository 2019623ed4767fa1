"""Writes down what a watcher tells, with the content the changed files had at that moment."""

import time
from collections.abc import Iterable
from pathlib import Path

from tests.support import wait_for
from trayapp.state import RootState
from trayapp.watch import RootChange, Watcher

LAST = "last-"


class Recorder:
    """`changes` leaves out those without paths; `surveyed` keeps them. `seen` holds, per change,
    what the files contained when it was told, or their size in digits with `sizes_only`."""

    def __init__(self) -> None:
        self.changes: list[RootChange] = []
        self.surveyed: list[RootChange] = []
        self.statuses: list[RootState] = []
        self.seen: list[dict[str, bytes]] = []
        self.times: list[float] = []
        self.folders: dict[str, Path] = {}
        self.sizes_only = False

    def on_change(self, change: RootChange) -> None:
        if not change.paths:
            self.surveyed.append(change)
            return
        folder = self.folders[change.label]
        self.times.append(time.monotonic())
        look = _size if self.sizes_only else _content
        self.seen.append({one.path: look(folder / one.path) for one in change.paths})
        self.changes.append(change)

    def on_status(self, state: RootState) -> None:
        self.statuses.append(state)

    def paths(self) -> list[list[str]]:
        """The sorted paths of each change so far."""
        return [names_in(change) for change in self.changes]


class Watched:
    """A started watcher with one scanned root, and what it tells."""

    def __init__(self, watcher: Watcher, recorder: Recorder, folder: Path) -> None:
        self.watcher = watcher
        self.told = recorder
        self.folder = folder
        self._lasts = 0

    def add(self, folder: Path) -> RootState:
        """Watch one more folder and wait for its first scan."""
        state = self.watcher.add(str(folder))
        self.told.folders[state.label] = folder
        wait_for(lambda: self.state(state.label).status == "watching", what="the first scan")
        wait_for(lambda: [c for c in self.told.surveyed if c.label == state.label])
        return state

    def state(self, label: str) -> RootState:
        return next(state for state in self.watcher.roots() if state.label == label)

    def wait_change(self, *paths: str) -> RootChange:
        """The first change that tells of all `paths`."""

        def found() -> RootChange | None:
            matching = (c for c in self.told.changes if set(paths) <= {p.path for p in c.paths})
            return next(matching, None)

        return wait_for(found, what=f"a change of {paths}; told: {self.told.paths()}")

    def rest(self) -> None:
        """Wait until all that has happened so far has been told and nothing is held back. The
        system keeps the order of events, so a last save comes after all others."""
        self._lasts += 1
        last = self.folder / f"{LAST}{self._lasts}"
        last.write_text("x")
        self.wait_change(last.name)
        self.quiet()

    def quiet(self, seconds: float = 10.0) -> None:
        """Wait until nothing is held back and nothing is looked through."""
        wait_for(lambda: is_idle(self.watcher), seconds, "all held paths told or dropped")

    def of(self, label: str) -> list[RootChange]:
        """The changes of one root so far."""
        return [change for change in self.told.changes if change.label == label]

    def told_of(self, paths: Iterable[str]) -> list[RootChange]:
        """The changes that tell of any of `paths`."""
        names = set(paths)
        return [c for c in self.told.changes if names & {p.path for p in c.paths}]


def is_idle(watcher: Watcher) -> bool:
    """Whether a watcher has told all it has heard, and no root is being looked through. The one
    place in the tests that asks its insides."""
    crew = watcher._crew
    assert crew is not None
    roots = watcher._roots.values()
    at_work = crew.teller._busy or any(root.surveying for root in roots)
    return not at_work and crew.teller._inbox.empty()


def names_in(change: RootChange) -> list[str]:
    """The sorted paths of `change`, but for the last saves of `rest`."""
    return sorted(one.path for one in change.paths if not one.path.startswith(LAST))


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b"<gone>"


def _size(file: Path) -> bytes:
    try:
        return b"%d" % file.stat().st_size
    except OSError:
        return b"<gone>"
