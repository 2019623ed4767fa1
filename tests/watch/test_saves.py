"""Every way to save a file is told once, and never before the last byte. Real files."""

import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.support import wait_for
from tests.watch import patterns
from tests.watch.recorder import Watched, names_in

CONTENT = b"the whole new content of this file"


@pytest.mark.parametrize("save", patterns.ALL.values(), ids=patterns.ALL)
@pytest.mark.parametrize("name", ["index.html", "css/style.css"])
def test_a_save_is_told_once_and_whole(watched: Watched, save: patterns.Save, name: str) -> None:
    save(watched.folder / name, CONTENT)
    watched.wait_change(name)
    watched.rest()
    (change,) = watched.told_of([name])
    assert {one.path: one.change for one in change.paths}[name] == "modified"
    assert watched.told.seen[0][name] == CONTENT
    assert [paths for paths in watched.told.paths() if paths] == [[name]]


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
    patterns.chunks(folder / "page.html", CONTENT)
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


def test_two_hundred_files_at_once_are_each_told_once_in_few_changes(watched: Watched) -> None:
    """One change on a machine at rest. Where the scheduler stops the writer after its first file
    for longer than the quiet, that file goes ahead alone; test_batch.py holds the exact rule."""
    names = [f"page-{number}.html" for number in range(200)]
    for content in ("x", "changed"):
        before = len(watched.told.changes)
        for name in names:
            (watched.folder / name).write_text(content)
        watched.rest()
        told = [paths for paths in watched.told.paths()[before:] if paths]
        assert sorted(path for paths in told for path in paths) == sorted(names)
        assert len(told) <= 5


def test_two_saves_shortly_after_one_another_are_both_told(watched: Watched) -> None:
    (watched.folder / "index.html").write_text("new")
    time.sleep(0.02)
    (watched.folder / "css" / "style.css").write_text("new")
    watched.rest()
    assert len(watched.told_of(["index.html"])) == 1
    assert len(watched.told_of(["css/style.css"])) == 1


def test_saves_every_2_seconds_are_told_at_once(watched: Watched) -> None:
    for number in range(2):
        time.sleep(0.3 if number else 0)
        before = time.monotonic()
        (watched.folder / "index.html").write_text(f"{number} new")
        wait_for(lambda n=number: len(watched.told.changes) > n)  # type: ignore[misc]
        assert watched.told.times[-1] - before < 0.04


def test_steady_saves_are_told_all_along(watched: Watched) -> None:
    """Not only when they end: 4 of 12 tools wait for silence."""
    start = time.monotonic()
    saved = []
    while time.monotonic() < start + 3.0:
        saved.append(time.monotonic())
        (watched.folder / "index.html").write_text(str(saved[-1]))
        time.sleep(0.02)
    end = time.monotonic()
    wait_for(lambda: watched.told.times and watched.told.times[-1] > end)
    stalls = sum(late - soon > 0.04 for soon, late in zip(saved, saved[1:], strict=False))
    times = [start, *watched.told.times]
    assert times[1] - start < 0.2
    assert max(late - soon for soon, late in zip(times, times[1:], strict=False)) < 2.5
    assert len(watched.told.times) <= 3 + stalls, "a busy machine made pauses between the saves"


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


def test_an_unchanged_file_is_not_told(watched: Watched) -> None:
    """Opened for writing and closed: size and time stay."""
    with (watched.folder / "index.html").open("ab"):
        pass
    watched.rest()
    assert watched.told_of(["index.html"]) == []


def test_links_are_told_for_themselves_and_never_followed(watched: Watched, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.html").write_text("x")
    (watched.folder / "link").symlink_to(outside)
    (watched.folder / "loop").symlink_to(watched.folder)
    os.link(watched.folder / "index.html", watched.folder / "hard.html")
    start = time.monotonic()
    watched.wait_change("hard.html")
    assert time.monotonic() - start < 1.0, "nobody closes a link: waiting for it is in vain"
    watched.rest()
    (outside / "secret.html").write_text("changed")
    watched.rest()
    told = {path for paths in watched.told.paths() for path in paths}
    assert told == {"link", "loop", "hard.html"}


@pytest.mark.parametrize(
    "name", ["new\nline", "quo\"te'", os.fsdecode(b"caf\xe9.html"), "ä" * 127, "\u202ertl", "-rf"]
)
def test_odd_names_are_told(watched: Watched, name: str) -> None:
    (watched.folder / name).write_text("x")
    watched.wait_change(name)


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
