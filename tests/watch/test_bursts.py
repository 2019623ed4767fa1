"""Much at once is one change, and steady saving is told all along. Another process saves, as Python
would hold up a writer in the process of the watcher."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import need
from tests.support import wait_for
from tests.torture.scale import TIMEOUT, scaled
from tests.watch.recorder import Watched, names_in
from tests.watch.writer import Writer
from trayapp.watch import change_data
from trayapp.watch.timing import Timing

pytestmark = pytest.mark.timeout(TIMEOUT)

GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "gc.auto=0")


def told_since(watched: Watched, before: int) -> list[list[str]]:
    """The paths of each change after the first `before` ones, once all is quiet."""
    watched.rest()
    return [names for change in watched.told.changes[before:] if (names := names_in(change))]


QUIET = Timing().quiet
"""A writer that is stopped for longer than this after its first file has saved that one alone, for
all anybody can know: the rest is a second change then."""


def test_two_hundred_files_at_once_are_one_change(watched: Watched, writer: Writer) -> None:
    for number in range(scaled(4, 100)):
        before = len(watched.told.changes)
        span = writer.do("many", watched.folder, 200, f"round {number}")
        told = told_since(watched, before)
        assert len(told) <= (1 if span.pause < QUIET else 2), f"a pause of {span.pause} s"
        assert len({name for names in told for name in names}) == 200
        if number % 2 and number < scaled(4, 50):
            for page in watched.folder.glob("page-*.html"):
                page.unlink()
            watched.rest()


SERIES = [["index.html", "css/style.css", "new.html"], *scaled([], [["index.html"]])]
"""Saves of several files in turn; of one and the same when there is time."""


@pytest.mark.parametrize("files", SERIES)
def test_steady_saves_are_told_at_once_each_second_and_at_the_end(
    watched: Watched, writer: Writer, files: list[str]
) -> None:
    """200 saves in 5.5 s. Many a tool waits for silence, or tells each one."""
    span = writer.do("steady", [str(watched.folder / name) for name in files], 200, 5.5)
    wait_for(lambda: b"save 199" in watched.told.seen[-1].values(), what="the last save")
    times = watched.told.times
    assert times[0] - span.began < 0.1
    assert times[-1] - span.ended < 0.3
    gaps = [late - soon for soon, late in zip(times, times[1:], strict=False)]
    assert len(times) <= 8, gaps
    assert max(gaps) < 1.5
    assert all(gap > 0.9 for gap in gaps[1:-1]), gaps


def test_saves_every_2_seconds_are_each_told_at_once(watched: Watched, writer: Writer) -> None:
    for number in range(scaled(3, 6)):
        if number:  # the pause is what is tested
            time.sleep(scaled(0.5, 2.0))
        span = writer.do("save", "plain", watched.folder / "index.html", f"save {number}")
        wait_for(lambda n=number: len(watched.told.changes) > n)  # type: ignore[misc]
        assert watched.told.times[-1] - span.ended < 0.2
    watched.rest()
    assert len(watched.told_of(["index.html"])) == scaled(3, 6)


def test_a_style_saved_20_ms_after_a_page_is_told_too(watched: Watched, writer: Writer) -> None:
    page, style = watched.folder / "index.html", watched.folder / "css" / "style.css"
    for number in range(scaled(5, 50)):
        writer.do("pair", page, style, 0.02, f"pair {number}")
        for name in ("index.html", "css/style.css"):
            wait_for(lambda n=number, p=name: len(watched.told_of([p])) > n)  # type: ignore[misc]
        watched.rest()
    for name in ("index.html", "css/style.css"):
        assert len(watched.told_of([name])) == scaled(5, 50)


def test_a_build_that_begins_with_a_deletion_is_one_change(
    watched: Watched, writer: Writer
) -> None:
    """`rm -rf dist && build`, with half a second between."""
    dist = watched.folder / "out"
    dist.mkdir()
    writer.do("many", dist, 200, "first")
    for _ in range(scaled(1, 10)):
        watched.rest()
        before = len(watched.told.changes)
        writer.do("rebuild", dist, 200, 0.5)
        wait_for(lambda n=before: len(watched.told.changes) > n)  # type: ignore[misc]
        (names,) = told_since(watched, before)
        assert len(names) == 200
        assert {one.change for one in watched.told.changes[before].paths} == {"modified"}


@pytest.mark.parametrize("how", ["cp", "unzip"])
def test_a_thousand_files_unpacked_are_one_change(
    watched: Watched, writer: Writer, tmp_path: Path, how: str
) -> None:
    need("unzip")
    source = tmp_path / "source" / "tree"
    for number in range(1000):
        folder = source / f"d{number % 20}" / "deep"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.html").write_text(f"file {number}")
    shutil.make_archive(str(tmp_path / "tree"), "zip", source.parent)
    if how == "cp":
        writer.do("run", watched.folder, "cp", "-r", str(source), "tree")
    else:
        writer.do("run", watched.folder, "unzip", "-q", str(tmp_path / "tree.zip"))
    (names,) = told_since(watched, 0)
    assert len(names) == 1000


# Transactions.


@pytest.fixture
def repository(watched: Watched) -> Path:
    """The site as a repository of 2,000 more files, which are others on the branch `other`."""
    return _repository(watched, 2000)


@pytest.fixture
def small_repository(watched: Watched) -> Path:
    """As `repository`, of 100 files."""
    return _repository(watched, 100)


def _repository(watched: Watched, files: int) -> Path:
    need("git")
    watched.watcher.remove("site")
    _git(watched.folder, "init", "-q", "-b", "main")
    (watched.folder / ".git" / "info" / "exclude").write_text("last-*\n")
    for branch in ("main", "other"):
        if branch != "main":
            _git(watched.folder, "checkout", "-q", "-b", branch)
        for number in range(files):
            folder = watched.folder / "pages" / f"d{number % 20}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number}.html").write_text(f"{branch} {number}")
        _git(watched.folder, "add", "-A")
        _git(watched.folder, "commit", "-q", "-m", branch)
    watched.add(watched.folder)
    return watched.folder


def _git(folder: Path, *words: str) -> None:
    subprocess.run([*GIT, *words], cwd=folder, check=True, capture_output=True)


def git(watched: Watched, writer: Writer, *words: str) -> tuple[list[str], str]:
    """One git command is one change; returns its paths and its cause."""
    watched.rest()
    before = len(watched.told.changes)
    writer.do("run", watched.folder, *GIT, *words)
    wait_for(lambda: len(watched.told.changes) > before, 20, f"{words}")
    (names,) = told_since(watched, before)
    return names, change_data(watched.told.changes[before])["cause"]


def test_a_checkout_of_two_thousand_files_is_one_change(
    watched: Watched, writer: Writer, repository: Path
) -> None:
    for number in range(scaled(2, 10)):
        branch = ("main", "other")[number % 2]
        names, cause = git(watched, writer, "checkout", "-q", branch)
        assert len(names) == 2000
        assert cause == "held 2000 changes during git checkout"
        assert (repository / "pages" / "d0" / "0.html").read_text() == f"{branch} 0"


def test_a_checkout_that_pauses_is_one_change(
    watched: Watched, writer: Writer, small_repository: Path
) -> None:
    """A filter as that of large files holds it up in the middle, for longer than any quiet."""
    _git(small_repository, "config", "filter.slow.smudge", "sleep 1; cat")
    attributes = small_repository / ".git" / "info" / "attributes"
    attributes.write_text("pages/d15/15.html filter=slow\n")
    names, cause = git(watched, writer, "checkout", "-q", "main")
    assert len(names) == 100
    assert cause == "held 100 changes during git checkout"


def test_a_stash_is_one_change(watched: Watched, writer: Writer, small_repository: Path) -> None:
    writer.do("many", small_repository / "pages", 60, "to be stashed")
    watched.rest()
    for words in (["--include-untracked"], ["pop"]):
        names, cause = git(watched, writer, "stash", *words, "-q")
        assert len(names) == 60
        # Under load git is done with so few before anybody has looked: nothing is held then.
        assert cause == "held 60 changes during git stash" or cause.endswith(" and 59 more")


def test_a_rebase_is_one_change(watched: Watched, writer: Writer, small_repository: Path) -> None:
    """What it takes away and brings back is no change."""
    for branch in ("feature", "main"):
        _git(small_repository, "checkout", "-q", *(["-b"] if branch == "feature" else []), branch)
        for number in range(5):
            (small_repository / f"{branch}-{number}.html").write_text("x")
            _git(small_repository, "add", f"{branch}-{number}.html")
            _git(small_repository, "commit", "-q", "-m", f"{branch} {number}")
    _git(small_repository, "checkout", "-q", "feature")
    watched.rest()
    names, cause = git(watched, writer, "rebase", "-q", "main")
    assert names == [f"main-{number}.html" for number in range(5)]
    assert cause == "held 5 changes during git rebase"


def test_a_repository_made_under_the_watchers_eyes_is_known(
    watched: Watched, writer: Writer
) -> None:
    _git(watched.folder, "init", "-q", "-b", "main")
    (watched.folder / ".git" / "info" / "exclude").write_text("last-*\n")
    writer.do("many", watched.folder, 500, "committed")
    _git(watched.folder, "add", "-A")
    _git(watched.folder, "commit", "-q", "-m", "first")
    writer.do("many", watched.folder, 500, "to be stashed")
    watched.rest()
    _names, cause = git(watched, writer, "stash", "-q")
    assert cause == "held 500 changes during git stash"
