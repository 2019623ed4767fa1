"""What we lean on inside watchdog is still there, and ignored folders are never armed."""

import importlib
import inspect
import logging
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import wait_for
from tests.watch.recorder import Recorder, Watched
from trayapp.errors import TrayAppError
from trayapp.watch import Watcher
from trayapp.watch.observer import observer_here
from trayapp.watch.plain import PlainObserver

if sys.platform != "linux":
    pytest.skip("inotify is Linux's", allow_module_level=True)

prune: Any = importlib.import_module("trayapp.watch.prune")  # fails when watchdog has changed


def armed_folders() -> int:
    """All inotify watches of this process."""
    found = 0
    for info in Path("/proc/self/fdinfo").iterdir():
        try:
            found += info.read_text().count("inotify wd:")
        except FileNotFoundError:  # the descriptor of the listing itself
            continue
    return found


def test_watchdog_is_as_we_know_it() -> None:
    """If this fails after an update of watchdog: read its inotify_c.py again, adapt prune.py."""
    assert prune.fits()
    assert isinstance(observer_here(), prune.PrunedObserver)
    reader = inspect.getsource(prune.InotifyFD)
    for relied_on in (
        "callback.on_event(event)",
        "callback.on_watch_deleted(event.wd)",
        "callback.on_queue_overflow()",
        "if not watch.is_used:",
    ):
        assert relied_on in reader


@pytest.mark.parametrize("name", ["add_callback", "remove_callbacks"])
def test_a_changed_watchdog_is_noticed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    monkeypatch.setattr(prune.InotifyFD, name, lambda self, other: None)
    assert not prune.fits()
    assert isinstance(observer_here(), PlainObserver)
    assert "watchdog has changed" in caplog.text


def test_ignored_folders_are_never_armed(watched: Watched) -> None:
    before = armed_folders()
    assert before == 2
    (watched.folder / "node_modules" / "a" / "b").mkdir(parents=True)
    (watched.folder / ".git" / "objects").mkdir(parents=True)
    (watched.folder / "js" / "node_modules" / "c").mkdir(parents=True)
    watched.rest()
    assert armed_folders() == before + 1
    (watched.folder / "js" / "node_modules").rename(watched.folder / "js" / "lib")
    (watched.folder / "js" / "lib" / "c" / "x.js").write_text("x")
    watched.wait_change("js/lib/c/x.js")
    assert armed_folders() == before + 3


def test_armed_folders_go_with_their_folder_and_their_root(
    watched: Watched, tmp_path: Path
) -> None:
    (watched.folder / "a" / "b").mkdir(parents=True)
    watched.rest()
    assert armed_folders() == 4
    (watched.folder / "a").rename(tmp_path / "away")
    watched.rest()
    assert armed_folders() == 2
    watched.watcher.remove("site")
    wait_for(lambda: armed_folders() == 0)


def test_a_file_moved_out_delays_nobody(watched: Watched, tmp_path: Path) -> None:
    """With watchdog's own emitter: 500 ms."""
    (watched.folder / "index.html").rename(tmp_path / "index.html")
    before = time.monotonic()
    (watched.folder / "css" / "style.css").write_text("new")
    watched.wait_change("css/style.css")
    assert watched.told.times[0] - before < 0.2


def test_lost_events_are_made_up_for(watched: Watched) -> None:
    """As when the kernel's queue overflows: what was missed is told once, new folders are armed."""
    root = watched.watcher._roots["site"]
    feed = root.feed
    assert isinstance(feed, prune.PrunedFeed)
    feed._give_up(list(feed._watches))
    (watched.folder / "index.html").write_text("missed")
    (watched.folder / "new").mkdir()
    (watched.folder / "new" / "a.html").write_text("missed")
    (watched.folder / "css" / "style.css").unlink()
    feed.on_queue_overflow()
    change = watched.wait_change("index.html", "new/a.html", "css/style.css")
    assert len(change.paths) == 3
    assert watched.state("site").status == "watching"
    (watched.folder / "new" / "b.html").write_text("x")
    watched.wait_change("new/b.html")
    assert [state.status for state in watched.told.statuses] == ["watching", "scanning", "watching"]


def test_a_fault_in_an_event_is_logged_and_makes_nobody_deaf(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(prune.PrunedFeed, "_take", lambda self, event: 1 / 0)
    (watched.folder / "index.html").write_text("new")
    wait_for(lambda: "was missed" in caplog.text)
    monkeypatch.undo()
    watched.wait_change("index.html")


def test_the_limit_of_watches_is_named_with_its_remedy(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(prune.InotifyFD, "add_callback", refuse)
    # The signature is checked before the limit is met.
    monkeypatch.setattr(prune, "fits", lambda: True)
    recorder = Recorder()
    watcher = Watcher(recorder.on_change, recorder.on_status)
    watcher.add(str(site))
    watcher.start()
    try:
        wait_for(lambda: recorder.statuses)
        assert recorder.statuses[0].status == "error"
        assert "sudo sysctl fs.inotify.max_user_watches=524288" in recorder.statuses[0].detail
    finally:
        watcher.stop()


def test_a_system_without_free_instances_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise OSError(24, "inotify instance limit reached")

    monkeypatch.setattr(prune.InotifyFD, "_create_inotify_fd", staticmethod(refuse))
    watcher = Watcher(lambda _change: None)
    with pytest.raises(TrayAppError, match="max_user_instances"):
        watcher.start()
    watcher.stop()


def sleeps() -> dict[str, int]:
    """How often each thread has gone to sleep, but for the one that asks."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        counts = [int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt")]
        if task.name != str(threading.get_native_id()):
            found[task.name] = counts[0]
    return found


def test_idle_means_no_wake_up_at_all(watched: Watched) -> None:
    (watched.folder / "index.html").write_text("new")
    watched.rest()
    wait_for(lambda: watched.watcher._roots["site"].batch.due() is None)
    before = sleeps()
    time.sleep(1.5)
    assert sleeps() == before
    assert len(before) >= 3


@pytest.fixture
def plainly_watched(site: Path) -> Iterator[Watched]:
    recorder = Recorder()
    watcher = Watcher(recorder.on_change, recorder.on_status, observe=PlainObserver)
    watcher.start()
    try:
        it = Watched(watcher, recorder, site)
        it.add(site)
        yield it
    finally:
        watcher.stop()


def test_the_plain_observer_tells_the_same(plainly_watched: Watched) -> None:
    watched = plainly_watched
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
