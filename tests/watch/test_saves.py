"""Every way to save a file is told once, and never before the last byte. Real files."""

import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import need
from tests.support import wait_for
from tests.torture.scale import TIMEOUT, scaled
from tests.watch import patterns
from tests.watch.recorder import Watched, names_in
from tests.watch.writer import Writer

CONTENT = b"the whole new content of this file"


@pytest.mark.timeout(TIMEOUT)
@pytest.mark.parametrize("pattern", patterns.ALL)
def test_a_save_is_told_once_and_whole(watched: Watched, writer: Writer, pattern: str) -> None:
    """Two files take turns, so that neither waits for the batch before to cool down."""
    need(*patterns.programs(pattern))
    count = scaled(2, 50) if pattern == "chunks_1s" else scaled(5, 50)
    contents = [f"save {number}: the whole new content".encode() for number in range(count)]
    for number, content in enumerate(contents):
        name = ("index.html", "css/style.css")[number % 2]
        writer.do("save", pattern, watched.folder / name, content.decode())
        wait_for(lambda n=number: len(watched.told.changes) > n, what=f"save {number}")  # type: ignore[misc]
    watched.rest()
    told = [change for change in watched.told.changes if names_in(change)]
    assert [names_in(change) for change in told] == [
        [("index.html", "css/style.css")[number % 2]] for number in range(count)
    ]
    assert {one.change for change in told for one in change.paths} == {"modified"}
    seen = [next(iter(seen.values())).strip() for seen in watched.told.seen[:count]]
    early = sum(one != content for one, content in zip(seen, contents, strict=True))
    assert early == 0, f"{early} early of {count}: {seen}"


@pytest.mark.timeout(TIMEOUT)
def test_a_large_copy_is_told_once_and_whole(watched: Watched, tmp_path: Path) -> None:
    """200 MB in full: too large to be compared, and long under way."""
    piece = os.urandom(1_000_000)
    size = scaled(20, 200) * len(piece)
    source = tmp_path / "film"
    watched.told.sizes_only = True
    for number in range(scaled(3, 50)):
        with source.open("wb") as out:
            out.write(b"%d" % number)
            out.writelines(piece for _ in range(size // len(piece)))
        subprocess.run(["cp", source, watched.folder / "film.mp4"], check=True)
        wait_for(lambda n=number: len(watched.told_of(["film.mp4"])) > n, 30)  # type: ignore[misc]
        assert watched.told.seen[-1]["film.mp4"] == b"%d" % source.stat().st_size
    watched.rest()
    assert len(watched.told_of(["film.mp4"])) == scaled(3, 50)


def test_a_new_file_is_told_as_created(watched: Watched) -> None:
    (watched.folder / "new.html").write_text("new")
    change = watched.wait_change("new.html")
    assert [(one.path, one.change) for one in change.paths] == [("new.html", "created")]


def test_a_deleted_file_is_told_as_deleted(watched: Watched) -> None:
    (watched.folder / "index.html").unlink()
    change = watched.wait_change("index.html")
    assert [(one.path, one.change) for one in change.paths] == [("index.html", "deleted")]


def test_a_rename_is_one_change(watched: Watched) -> None:
    (watched.folder / "index.html").rename(watched.folder / "home.html")
    watched.wait_change("index.html")
    kinds = {one.path: one.change for one in watched.told.changes[0].paths}
    assert kinds == {"index.html": "deleted", "home.html": "created"}


def test_a_file_in_a_new_folder_is_told_once(watched: Watched) -> None:
    for number in range(10):
        folder = watched.folder / f"new-{number}"
        folder.mkdir()
        (folder / "page.html").write_bytes(CONTENT)
        path = f"new-{number}/page.html"
        watched.wait_change(path)
        assert watched.told.seen[-1][path] == CONTENT
    watched.rest()
    for number in range(10):
        assert len(watched.told_of([f"new-{number}/page.html"])) == 1


def test_a_slow_writer_in_a_new_folder_is_told_when_it_has_finished(watched: Watched) -> None:
    folder = watched.folder / "a" / "b"
    folder.mkdir(parents=True)
    patterns.chunks_100ms(folder / "page.html", CONTENT)
    watched.wait_change("a/b/page.html")
    watched.rest()
    assert len(watched.told_of(["a/b/page.html"])) == 1
    assert watched.told.seen[0]["a/b/page.html"] == CONTENT


def test_a_copied_tree_is_told_completely(watched: Watched, tmp_path: Path) -> None:
    source = tmp_path / "source"
    for number in range(30):
        (source / f"d{number % 5}" / "deep").mkdir(parents=True, exist_ok=True)
        (source / f"d{number % 5}" / "deep" / f"{number}.html").write_text("x")
    subprocess.run(["cp", "-r", str(source), str(watched.folder / "copy")], check=True)
    expected = {f"copy/d{n % 5}/deep/{n}.html" for n in range(30)}
    wait_for(lambda: expected <= {path for paths in watched.told.paths() for path in paths})
    watched.rest()
    assert sum(len(watched.told_of([path])) for path in expected) == 30


def test_a_folder_moved_in_or_away_is_one_change(watched: Watched, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    for name in ("a.html", "deep/b.html"):
        (source / name).write_text("x")
    source.rename(watched.folder / "in")
    change = watched.wait_change("in/a.html", "in/deep/b.html")
    assert {one.change for one in change.paths} == {"created"}
    (watched.folder / "in").rename(watched.folder / "moved")
    change = watched.wait_change("moved/a.html", "in/a.html")
    assert len(change.paths) == 4
    (watched.folder / "moved" / "deep" / "b.html").write_text("more")
    watched.wait_change("moved/deep/b.html")
    (watched.folder / "moved").rename(tmp_path / "out")
    watched.rest()
    (tmp_path / "out" / "a.html").write_text("outside now")
    watched.rest()
    told = [names_in(change) for change in watched.told_of(["moved/a.html"])]
    assert told[1:] == [["moved/a.html", "moved/deep/b.html"]]


def test_a_folder_removed_with_its_content_is_one_change(watched: Watched) -> None:
    for number in range(20):
        (watched.folder / "css" / f"{number}.css").write_text("x")
    watched.rest()
    before = len(watched.told.changes)
    shutil.rmtree(watched.folder / "css")
    watched.rest()
    told = [names_in(change) for change in watched.told.changes[before:]]
    assert [len(names) for names in told if names] == [21]


def test_a_writer_that_never_closes_is_told_after_a_while(watched: Watched) -> None:
    with (watched.folder / "index.html").open("ab", buffering=0) as out:
        out.write(b" and more")
        start = time.monotonic()
        watched.wait_change("index.html")
        assert 1.8 < watched.told.times[0] - start < 2.6
    watched.rest()
    assert len(watched.told_of(["index.html"])) == 1


def test_a_busy_log_delays_nobody(watched: Watched) -> None:
    stop = threading.Event()

    def write() -> None:
        with (watched.folder / "server.log").open("ab", buffering=0) as log:
            while not stop.wait(0.002):
                log.write(b"line\n")

    writer = threading.Thread(target=write, name="test-log")
    writer.start()
    try:
        wait_for((watched.folder / "server.log").exists)
        time.sleep(0.1)
        before = time.monotonic()
        (watched.folder / "index.html").write_text("new")
        watched.wait_change("index.html")
        assert watched.told.times[0] - before < 0.2
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize(
    "name",
    [".env", ".git/index", "node_modules/a/b.js", "index.html~", ".index.html.swp", "x.tmp"]
    + ["deep/node_modules/c.js", "__pycache__/a.pyc", "4913", ".#index.html"],
)
def test_ignored_paths_are_never_told(watched: Watched, name: str) -> None:
    file = watched.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    file.write_text("y")
    watched.rest()
    assert len(watched.told.changes) == 1


def test_a_file_opened_for_writing_and_closed_is_not_told(watched: Watched) -> None:
    with (watched.folder / "index.html").open("ab"):
        pass
    watched.rest()
    assert watched.told_of(["index.html"]) == []


def test_the_same_bytes_at_another_time_are_no_change(watched: Watched) -> None:
    """A touch, a formatter with nothing to do, a new mode: the fingerprint stays as well."""
    page = watched.folder / "index.html"
    before = watched.state("site").fingerprint
    for mode in (0o600, 0o644):
        page.write_bytes(page.read_bytes())
        page.touch()
        os.utime(page, (1, 1))
        page.chmod(mode)
        patterns.dot_temp(page, page.read_bytes())
        watched.rest()
    assert watched.told_of(["index.html"]) == []
    for last in watched.folder.glob("last-*"):
        last.unlink()
    watched.quiet()
    wait_for(lambda: watched.state("site").fingerprint == before)


def test_a_time_set_after_the_close_is_no_second_change(watched: Watched) -> None:
    page = watched.folder / "index.html"
    for number in range(10):
        page.write_text(f"save {number}")
        os.utime(page, (number, number))
        watched.rest()
    assert len(watched.told_of(["index.html"])) == 10
    assert _last_seen(watched) == b"save 9"


@pytest.mark.timeout(TIMEOUT)
def test_a_rewrite_of_the_same_size_and_time_is_told(watched: Watched, writer: Writer) -> None:
    """Two saves within one tick of the clock that stamps files; then one that looks like the last
    in all but its content, and comes later."""
    page, count = watched.folder / "index.html", scaled(12, 500)
    for number in range(count):
        first, second = f"a{number:06}", f"b{number:06}"
        writer.do("same_tick", page, first, second)
        wait_for(lambda text=second: _last_seen(watched) == text.encode())  # type: ignore[misc]
        before = len(watched.told.changes)
        writer.do("stealth", page)
        wait_for(lambda n=before: len(watched.told.changes) > n)  # type: ignore[misc]
        assert _last_seen(watched) == page.read_bytes()
    watched.rest()
    assert len(watched.told_of(["index.html"])) <= 3 * count
    assert _last_seen(watched) == page.read_bytes()


def _last_seen(watched: Watched) -> bytes:
    """What the page held when it was told last."""
    pages = [seen["index.html"] for seen in watched.told.seen if "index.html" in seen]
    return pages[-1] if pages else b""
