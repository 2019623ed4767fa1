"""Anything may happen to a watched folder in any order: after quiet, what was told explains every
difference, nothing else was told, and the watcher knows the same as one that has just begun.

A sequence of steps belongs to a seed (`play`), has a root of its own, and is played by another
process. Many are played at a time beside one another under one watcher, which costs nothing but
patience. What is known before and after is listed by a walker of the tests' own (`listing`).

A sequence that fails is made as short as it can be, and shown; put it into SEEN then.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.support import wait_for
from tests.torture.scale import TIMEOUT, scaled
from tests.watch.listing import Listing, listing
from tests.watch.play import Step, sequence
from tests.watch.recorder import LAST, Recorder, Watched, is_idle
from tests.watch.writer import Writer
from trayapp.watch import RootChange, Watcher

SEQUENCES = scaled(1000, 20_000)
AT_ONCE = 100
PATIENCE = 30.0
"""Seconds until everything must have been told, on a machine that is busy with a hundred roots."""

pytestmark = pytest.mark.timeout(max(TIMEOUT, 120) if SEQUENCES <= 1000 else 3600)

SEEN: dict[str, list[Step]] = {
    "two names of a file": [
        [0, "hard", "y/a.html", "x/z/b.css"],
        [0, "rename", "y", "a.html"],
        [0.0005, "write", "y/a.html", "six"],
    ],
    "a new file exchanged": [
        [0, "write", "x/new.css", "two"],
        [0, "switch", "x/a.html", "x/new.css"],
    ],
    "a folder in the place of a file that was moved away": [
        [0, "rename", "y/b.css", "build"],
        [0.06, "out", "build"],
        [0, "mkdir", "build"],
    ],
    "a folder renamed": [[0, "rename", "x/z", "x/d.tmp"]],
}
"""Sequences that once failed, each named for what was wrong."""


def make_root(folder: Path) -> Path:
    """What each sequence begins with. It lies deep enough for links that lead up."""
    root = folder / "up" / "site"
    for name in ("x/z", "y", "node_modules"):
        (root / name).mkdir(parents=True)
    first = ("a.html", "b.css", "c.log", "x/a.html", "x/b.css", "x/z/a.html", "y/a.html")
    for name in (*first, "y/b.css", "y/c.log", "y/keep.log"):
        (root / name).write_text(f"first {name}")
    (root / "node_modules" / "a.html").write_text("never told")
    return root


class Play:
    """One root, its steps, and what was known of it before."""

    def __init__(self, folder: Path, label: str, steps: list[Step]) -> None:
        self.label = label
        self.steps = steps
        self.root = make_root(folder)
        self.before = listing(self.root)

    def faults(self, changes: list[RootChange], fingerprint: str, fresh: str, files: int) -> str:
        """What is wrong, in a few lines; empty when all is well."""
        after = listing(self.root)
        found = [*self.unexplained(after, changes), *self.misnamed(after, changes)]
        if fingerprint != fresh:
            found.append(f"the fingerprint is {fingerprint}, a fresh watcher's {fresh}")
        if files != len(after):
            found.append(f"{files} files are counted, {len(after)} are there")
        return "\n".join(found)

    def unexplained(self, after: Listing, changes: list[RootChange]) -> Iterator[str]:
        """Differences that nobody was told of. A file that came to be ignored is one no more, and
        that is no deletion."""
        told = {one.path for change in changes for one in change.paths}
        for path in sorted(self.before.keys() | after.keys()):
            differs = self.before.get(path) != after.get(path)
            excused = path not in after and self.was_ignored(path)
            if differs and path not in told and not excused:
                yield f"{path} was never told: {self.before.get(path)} -> {after.get(path)}"

    def misnamed(self, after: Listing, changes: list[RootChange]) -> Iterator[str]:
        """What was told has to add up: created is what was not there, and in the end that is there
        which is."""
        there = set(self.before)
        for change in changes:
            for one in change.paths:
                if self.was_link(one.path) or self.was_ignored(one.path):
                    continue
                if (one.change == "created") == (one.path in there):
                    yield f"{one.path} was told as {one.change}"
                if one.change == "deleted":
                    there.discard(one.path)
                else:
                    there.add(one.path)
        for path in sorted(there ^ after.keys()):
            if not self.was_link(path) and not self.was_ignored(path):
                yield f"{path} is {'told of but not' if path in there else 'not told of but'} there"

    def was_link(self, path: str) -> bool:
        """Whether `path` was a link at any time, or below one: what such a link leads to is told by
        its name too."""
        made = [str(step[2]) for step in self.steps if step[1] in ("link", "relink", "become")]
        if not made:
            return False
        moves = [step for step in self.steps if step[1] in ("rename", "copy", "swap", "switch")]
        names = [*made, *(str(name) for step in moves for name in step[2:4])]
        if any(path == name or path.startswith(f"{name}/") for name in names):
            return True
        through = {name.rpartition("/")[2] for name in names if name.rpartition("/")[0] in names}
        return not through.isdisjoint(path.split("/"))

    def was_ignored(self, path: str) -> bool:
        """Whether an ignore file may have named it, or a folder above it, at any time."""
        written = [step[3] for step in self.steps if step[1] == "rules"]
        lines = [line for lines in written if isinstance(lines, list) for line in lines]
        patterns = [line.lstrip("!").strip("/") for line in lines]
        return any(fnmatchcase(part, one) for part in path.split("/") for one in patterns)


@contextmanager
def watching() -> Iterator[Watched]:
    recorder = Recorder()
    watcher = Watcher(recorder.on_change, recorder.on_status)
    watcher.start()
    try:
        yield Watched(watcher, recorder, Path())
    finally:
        watcher.stop()


def fresh_pictures(plays: list[Play]) -> dict[str, str]:
    """The fingerprints that a watcher finds that has not seen any of it happen."""
    with watching() as it:
        for play in plays:
            it.watcher.add(str(play.root), play.label)
        wait_for(lambda: len(it.told.surveyed) >= len(plays), PATIENCE, "fresh scans")
        return {change.label: change.fingerprint for change in it.told.surveyed}


def run(it: Watched, writer: Writer, plays: list[Play]) -> dict[str, str]:
    """Play them all; returns what was wrong by label."""
    it.told.folders.update({play.label: play.root for play in plays})
    for play in plays:
        it.watcher.add(str(play.root), play.label)
    labels = {play.label for play in plays}
    wait_for(
        lambda: labels <= {change.label for change in it.told.surveyed} and is_idle(it.watcher),
        PATIENCE,
        "first scans",
    )
    writer.do("play", {str(play.root): play.steps for play in plays})
    settle(it, plays)
    fresh = fresh_pictures(plays)
    states = {state.label: state for state in it.watcher.roots()}
    faults = {}
    for play in plays:
        (play.root / LAST).unlink()
        state = states[play.label]
        changes = without_last(it.of(play.label))
        wrong = play.faults(changes, state.fingerprint, fresh[play.label], state.files - 1)
        if wrong:
            faults[play.label] = wrong
        it.watcher.remove(play.label)
    return faults


def settle(it: Watched, plays: list[Play]) -> None:
    """A last save in each root comes after all that happened; then there must be quiet."""
    for play in plays:
        (play.root / LAST).write_text("x")

    def told() -> bool:
        heard = {c.label for c in it.told.changes if LAST in {one.path for one in c.paths}}
        return {play.label for play in plays} <= heard

    wait_for(told, PATIENCE, "the last saves")
    wait_for(lambda: is_idle(it.watcher), PATIENCE, "quiet")


def without_last(changes: list[RootChange]) -> list[RootChange]:
    kept = []
    for change in changes:
        paths = tuple(one for one in change.paths if one.path != LAST)
        kept.append(RootChange(change.label, paths, change.fingerprint, change.time))
    return kept


def fails(writer: Writer, folder: Path, steps: list[Step], tries: int = 3) -> str:
    """What is wrong after `steps`, played up to `tries` times alone."""
    for _ in range(tries):
        fails.count += 1  # type: ignore[attr-defined]
        with watching() as it:
            play = Play(folder / f"alone-{fails.count}", "alone", steps)  # type: ignore[attr-defined]
            wrong = run(it, writer, [play]).get("alone", "")
        if wrong:
            return wrong
    return ""


fails.count = 0  # type: ignore[attr-defined]


def shortened(writer: Writer, folder: Path, steps: list[Step]) -> list[Step]:
    """Leave out step after step as long as the rest still fails."""
    number = 0
    while number < len(steps):
        fewer = steps[:number] + steps[number + 1 :]
        if fewer and fails(writer, folder, fewer):
            steps = fewer
        else:
            number += 1
    return steps


def test_what_was_told_explains_every_difference(tmp_path: Path, writer: Writer) -> None:
    with watching() as it:
        for first in range(0, SEQUENCES, AT_ONCE):
            seeds = [f"{number}" for number in range(first, min(first + AT_ONCE, SEQUENCES))]
            plays = [Play(tmp_path / seed, f"seed-{seed}", sequence(seed)) for seed in seeds]
            for label, wrong in run(it, writer, plays).items():
                steps = next(play.steps for play in plays if play.label == label)
                pytest.fail(explain(writer, tmp_path, label, steps, wrong))
            it.told.changes.clear()
            it.told.surveyed.clear()


def explain(writer: Writer, folder: Path, label: str, steps: list[Step], wrong: str) -> str:
    alone = fails(writer, folder, steps)
    if alone:
        steps = shortened(writer, folder, steps)
        wrong = fails(writer, folder, steps) or alone
    shown = "\n".join(json.dumps(step) for step in steps)
    return f"{label}{'' if alone else ' (only among others)'}:\n{wrong}\n{shown}"


@pytest.mark.parametrize("steps", SEEN.values(), ids=SEEN)
def test_what_once_failed_is_right(tmp_path: Path, writer: Writer, steps: list[Step]) -> None:
    assert fails(writer, tmp_path, steps) == ""
