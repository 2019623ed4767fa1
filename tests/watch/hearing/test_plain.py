"""The plain way to hear, for systems without a better one and for a watchdog that has changed: the
whole watcher on it."""

import errno
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support import wait_for
from tests.watch.ear import Ear, feed_of, listening
from tests.watch.recorder import Recorder, Watched
from trayapp.watch import Watcher
from trayapp.watch.hearing import filesystem, plain
from trayapp.watch.hearing.plain import PlainObserver
from trayapp.watch.hearing.probe import PREFIX, ProbeFile
from trayapp.watch.hearing.vigil import Interval, Vigil, place_of


@pytest.fixture
def watched(site: Path) -> Iterator[Watched]:
    recorder = Recorder()
    watcher = Watcher(recorder.on_change, recorder.on_status, observe=PlainObserver)
    watcher.start()
    try:
        it = Watched(watcher, recorder, site)
        it.add(site)
        yield it
    finally:
        watcher.stop()


def test_it_tells_the_same(watched: Watched) -> None:
    (watched.folder / "index.html").write_text("new")
    watched.wait_change("index.html")
    (watched.folder / "new").mkdir()
    (watched.folder / "new" / "a.html").write_text("x")
    watched.wait_change("new/a.html")
    (watched.folder / "new").rename(watched.folder / "moved")
    watched.wait_change("moved/a.html", "new/a.html")
    (watched.folder / "css" / "style.css").unlink()
    watched.wait_change("css/style.css")
    (watched.folder / "node_modules").mkdir()
    (watched.folder / "node_modules" / "x.js").write_text("x")
    watched.rest()
    assert watched.told_of(["node_modules/x.js", "node_modules"]) == []
    names = {thread.name for thread in threading.enumerate()}
    assert {"trayapp-watch", "trayapp-batch", "trayapp-scan"} <= names


def test_a_second_survey_makes_nobody_deaf(watched: Watched) -> None:
    """The new feed is armed before the old one is closed, on the same path."""
    (watched.folder / ".gitignore").write_text("*.log\n")
    (watched.folder / "index.html").write_text("1")
    watched.wait_change("index.html")
    watched.quiet()
    (watched.folder / "css" / "style.css").write_text("2")
    watched.wait_change("css/style.css")
    (watched.folder / "x.log").write_text("3")
    watched.rest()
    assert watched.told_of(["x.log"]) == []


def test_a_root_deleted_and_made_again_is_heard(watched: Watched) -> None:
    shutil.rmtree(watched.folder)
    wait_for(lambda: watched.state("site").status == "gone")
    watched.folder.mkdir()
    (watched.folder / "a.html").write_text("x")
    watched.wait_change("a.html")
    wait_for(lambda: watched.state("site").status == "watching")
    (watched.folder / "b.html").write_text("x")
    watched.wait_change("b.html")


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be renamed there")
def test_a_root_renamed_away_and_back_is_heard(watched: Watched) -> None:
    away = watched.folder.with_name("away")
    watched.folder.rename(away)
    wait_for(lambda: watched.state("site").status == "gone")
    (away / "index.html").write_text("meanwhile")
    away.rename(watched.folder)
    watched.wait_change("index.html")
    wait_for(lambda: watched.state("site").status == "watching")
    (watched.folder / "index.html").write_text("after")
    wait_for(lambda: watched.told.seen[-1].get("index.html") == b"after")


def test_two_feeds_of_one_root_hear_each_for_itself(site: Path) -> None:
    observer = PlainObserver()
    with listening(observer, site) as (first, old):
        new = Ear()
        second = feed_of(observer, site, new)
        (site / "a").write_text("x")
        wait_for(lambda: old.of("a") and new.of("a"))
        first.close()
        (site / "b").write_text("x")
        wait_for(lambda: new.of("b"))
        assert old.of("b") == []
        second.close()


def test_the_self_test_leaves_nothing_and_tells_nobody(site: Path) -> None:
    with listening(PlainObserver(), site) as (feed, ear):
        assert feed.hears(5.0)
        (site / "last").write_text("x")
        wait_for(lambda: ear.of("last"))
        assert {path for _, path in ear.told} == {"last"}
        assert not list(site.glob(f"{PREFIX}*"))


def test_a_system_that_tells_nothing_fails_the_self_test(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(PlainObserver(), site) as (feed, _):
        monkeypatch.setattr(plain.PlainFeed, "_take", lambda self, event: None)
        assert not feed.hears(0.2)


def test_a_root_that_cannot_be_written_is_taken_at_its_word(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProbeFile, "comes_through", lambda self, folder, timeout: None)
    with listening(PlainObserver(), site) as (feed, _):
        assert feed.hears(0.2)
        doubtful = filesystem.FileSystem("new", "/", doubtful=True)
        monkeypatch.setattr(filesystem, "of", lambda path: doubtful)
        assert not feed.hears(0.2)


def test_without_closes_nobody_is_said_to_be_done(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows and macOS."""
    monkeypatch.setitem(plain._KINDS, "created", "differs")
    monkeypatch.setitem(plain._KINDS, "modified", "differs")
    monkeypatch.delitem(plain._KINDS, "closed")
    recorder = Recorder()
    watcher = Watcher(recorder.on_change, recorder.on_status, observe=PlainObserver)
    watcher.start()
    try:
        it = Watched(watcher, recorder, site)
        it.add(site)
        with (site / "big.html").open("w") as file:
            for _ in range(4):
                file.write("x" * 1000)
                file.flush()
                time.sleep(0.05)
        it.wait_change("big.html")
        it.quiet()
        assert recorder.seen == [{"big.html": b"x" * 4000}]
    finally:
        watcher.stop()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE])
def test_a_refusal_is_polled_and_named(
    site: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    observer = PlainObserver()

    def refuse(*_arguments: object, **_more: object) -> None:
        raise OSError(number, "no room")

    if number == errno.EMFILE:
        monkeypatch.setattr(plain, "Observer", refuse)
    with listening(observer, site.parent) as (before, _):
        assert tuple(before.unheard) == (("",) if number == errno.EMFILE else ())
        if number == errno.ENOSPC:
            monkeypatch.setattr(observer._observer, "schedule", refuse)
        feed = feed_of(observer, site, Ear())
        assert tuple(feed.unheard) == ("",)
        assert not feed.hears(0.1)
        assert feed.problem
        feed.close()


def test_a_vigil_notices_what_stands_at_a_path(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "link").symlink_to("a")
    doubts: list[str] = []
    vigil = Vigil(place_of, Interval(0.01))
    for name in ("a", "link", "missing"):
        vigil.begin(name, str(tmp_path / name), partial(doubts.append, name))
    vigil.start()
    try:
        (tmp_path / "new").symlink_to("b")
        (tmp_path / "new").rename(tmp_path / "link")
        wait_for(lambda: doubts == ["link"])
        (tmp_path / "missing").mkdir()
        wait_for(lambda: doubts == ["link", "missing"])
        vigil.end("a")
        (tmp_path / "a").rmdir()
        (tmp_path / "b").rmdir()
    finally:
        vigil.stop(5.0)
        vigil.stop(5.0)
    assert doubts == ["link", "missing"]
