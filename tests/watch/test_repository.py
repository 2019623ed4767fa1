"""Whether git is at work, by what the real git does."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import need
from trayapp.watch.repository import STALE, STEP, Repository

WHO = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "gc.auto=0")
CLONE = ("-c", "protocol.file.allow=always")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work tree on branch `main`; `other` has one more commit."""
    need("git")
    folder = tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    write(folder, 20, "old")
    commit(folder, "first")
    git(folder, "checkout", "-q", "-b", "other")
    write(folder, 20, "other")
    commit(folder, "second")
    git(folder, "checkout", "-q", "main")
    return folder


def git(folder: Path, *words: str) -> None:
    command = ["git", *WHO, *CLONE, *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=20)


def write(folder: Path, count: int, text: str) -> None:
    for number in range(count):
        file = folder / f"d{number % 20}" / f"{number}.html"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{text} {number}\n")


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)


def at(folder: Path) -> Repository:
    found = Repository.at(str(folder))
    assert found is not None
    return found


def deed(folder: Path, *words: str) -> str:
    """What is told of one git command, long after the one before."""
    repository, start = at(folder), time.time()
    for written in (repository.common / "refs", repository.own / "logs" / "HEAD"):
        os.utime(written, (start - 10, start - 10))
    git(folder, *words)
    return at(folder / "d0").deed(start)


class Looker:
    """Asks `busy` every millisecond, on a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._repository = at(folder)
        self._end = threading.Event()
        self.seen: list[tuple[float, bool]] = []
        self._thread = threading.Thread(target=self._look, name="test-looker")

    def _look(self) -> None:
        while not self._end.wait(0.001):
            self.seen.append((time.monotonic(), self._repository.busy(time.time())))

    def longest_pause(self) -> float:
        """Seconds between two looks that found nothing, with none between that did, but for those
        before the first and after the last that did."""
        longest, begin = 0.0, None
        busy = [number for number, (_, busy) in enumerate(self.seen) if busy]
        for at, is_busy in self.seen[busy[0] : busy[-1]]:
            begin = None if is_busy else at if begin is None else begin
            longest = max(longest, 0.0 if begin is None else at - begin)
        return longest

    def __enter__(self) -> "Looker":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()


def test_a_repository_is_found_from_within(work: Path) -> None:
    found = at(work / "d0")
    assert found == Repository(work / ".git", work / ".git")
    assert not found.busy(time.time())


def test_the_innermost_repository_counts(work: Path) -> None:
    inner = work / "d0" / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    assert at(inner).own == inner / ".git"


def test_no_repository_is_none(tmp_path: Path) -> None:
    assert Repository.at(str(tmp_path)) is None
    assert Repository.at(str(tmp_path / "missing")) is None
    assert Repository.at(f"{tmp_path}/nul\0") is None


@pytest.mark.parametrize(
    "content", [b"", b"gitdir:", b"gitdir: nowhere", b"gitdir: a\0b", b"\xff\xfe" * 9000]
)
def test_a_file_that_names_no_folder_is_no_repository(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".git").write_bytes(content)
    assert Repository.at(str(tmp_path)) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_in_the_place_of_a_file_blocks_nobody(work: Path) -> None:
    log = work / ".git" / "logs" / "HEAD"
    log.unlink()
    os.mkfifo(log)
    assert at(work).deed(0.0) == "git"


def test_a_checkout_of_2000_files_is_seen_and_named(work: Path) -> None:
    write(work, 2000, "old")
    commit(work, "many")
    git(work, "checkout", "-q", "-b", "many")
    write(work, 2000, "new")
    commit(work, "many others")
    start = time.time()
    with Looker(work) as looker:
        git(work, "checkout", "-q", "main")
    assert [busy for _, busy in looker.seen].count(True) >= 3
    assert not at(work).busy(time.time())
    assert at(work).deed(start) == "git checkout"


def test_a_stash_and_its_return_are_named(work: Path) -> None:
    write(work, 10, "dirty")
    assert deed(work, "stash", "-q") == "git stash"
    assert deed(work, "stash", "pop", "-q") == "git stash"
    (work / "d0" / "untracked.html").write_text("x")
    assert deed(work, "stash", "-q", "--include-untracked") == "git stash"
    assert deed(work, "stash", "apply", "-q") == "git", "nobody has written it down"


def test_a_stash_is_named_though_its_first_file_is_heard_of_later(work: Path) -> None:
    write(work, 10, "dirty")
    git(work, "stash", "-q")
    refs, log = work / ".git" / "refs", work / ".git" / "logs" / "HEAD"
    first = log.stat().st_mtime
    os.utime(refs, (first - 0.3, first - 0.3))
    assert at(work).deed(first) == "git stash"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("checkout", "-q", "other"), "git checkout"),
        (("switch", "-q", "other"), "git checkout"),
        (("merge", "-q", "other"), "git merge"),
        (("merge", "-q", "--no-ff", "-m", "both", "other"), "git merge"),
        (("pull", "-q", ".", "other"), "git pull"),
        (("pull", "-q", "--rebase", ".", "other"), "git pull"),
        (("reset", "-q", "--hard", "other"), "git reset"),
        (("cherry-pick", "other"), "git cherry-pick"),
        (("rebase", "-q", "other"), "git rebase"),
        (("commit", "-q", "--allow-empty", "-m", "none"), "git commit"),
        (("restore", "-s", "other", "."), "git"),
        (("status",), "git"),
    ],
)
def test_what_git_did_is_named(work: Path, words: tuple[str, ...], named: str) -> None:
    assert deed(work, *words) == named


def test_what_was_done_before_is_not_named(work: Path) -> None:
    git(work, "checkout", "-q", "other")
    assert at(work).deed(time.time() + 0.1) == "git"


def test_the_steps_of_a_rebase_are_one_deed(work: Path) -> None:
    """Between two steps there is no lock."""
    for number in range(5):
        (work / f"step-{number}.html").write_text("x")
        commit(work, f"step {number}")
    start = time.time()
    with Looker(work) as looker:
        git(work, "rebase", "-q", "-x", "sleep 0.1", "other")
    assert looker.longest_pause() < 0.1
    assert at(work).deed(start) == "git rebase"
    assert not at(work).busy(time.time())


def test_a_rebase_that_waits_for_a_person_is_busy_no_more(work: Path) -> None:
    (work / "d0" / "0.html").write_text("mine")
    commit(work, "mine")
    start = time.time()
    with pytest.raises(subprocess.CalledProcessError):
        git(work, "rebase", "-q", "other")
    repository = at(work)
    assert repository.deed(start) == "git rebase"
    assert (repository.own / "rebase-merge").is_dir()
    assert repository.busy(time.time())
    assert not repository.busy(time.time() + STEP)


def test_a_merge_that_waits_for_a_person_is_named(work: Path) -> None:
    (work / "d0" / "0.html").write_text("mine")
    commit(work, "mine")
    start = time.time()
    with pytest.raises(subprocess.CalledProcessError):
        git(work, "merge", "-q", "other")
    assert at(work).deed(start) == "git merge"


def test_a_work_tree_has_its_own_lock(work: Path, tmp_path: Path) -> None:
    git(work, "worktree", "add", "-q", str(tmp_path / "second"), "other")
    second = at(tmp_path / "second" / "d0")
    assert second == Repository(work / ".git" / "worktrees" / "second", second.common)
    assert second.common.samefile(work / ".git")
    (second.own / "index.lock").touch()
    assert second.busy(time.time())
    assert not at(work).busy(time.time())
    (second.own / "index.lock").unlink()
    assert deed(tmp_path / "second", "checkout", "-q", "--detach", "main") == "git checkout"
    write(tmp_path / "second", 5, "dirty")
    assert deed(tmp_path / "second", "stash", "-q") == "git stash"


def test_a_submodule_has_its_own_lock(work: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "add", "-q", str(work), "inner")
    inner = at(outer / "inner" / "d0")
    assert inner.own.samefile(outer / ".git" / "modules" / "inner")
    assert deed(outer / "inner", "checkout", "-q", "--detach", "origin/other") == "git checkout"


def test_a_lock_that_a_crash_has_left_counts_no_more(work: Path) -> None:
    repository, now = at(work), time.time()
    lock = repository.own / "index.lock"
    lock.touch()
    assert repository.busy(now)
    assert repository.busy(now + STALE - 1)
    assert not repository.busy(now + STALE + 1)
    os.utime(lock, (now + 3600, now + 3600))
    assert not repository.busy(now)


def test_a_log_of_gigabytes_is_read_at_its_end_only(work: Path) -> None:
    log = work / ".git" / "logs" / "HEAD"
    with log.open("r+b") as out:
        out.truncate(4 << 30)
    assert at(work).deed(0.0) == "git"
    with log.open("ab") as out:
        out.write(b"\n0 1 t <t> 1 +0000\tmerge other: Fast-forward\n")
    assert at(work).deed(0.0) == "git merge"
