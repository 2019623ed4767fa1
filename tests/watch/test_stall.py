"""A thread of the watcher that stands still is shown, and no longer when it goes on."""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import wait_for
from trayapp.state import RootState
from trayapp.watch import Watcher, stall
from trayapp.watch.batch import Batch
from trayapp.watch.content import mark
from trayapp.watch.content.fingerprint import Fingerprint
from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.root import Root
from trayapp.watch.stall import StallMonitor

Read = Callable[[str, str], int | None]


@pytest.fixture
def root(tmp_path: Path) -> Root:
    picture = RootState("site", str(tmp_path), "watching")
    return Root(picture, Fingerprint(str(tmp_path), Ignore()), Batch())


def test_no_progress_is_reported_once_and_then_its_end(root: Root) -> None:
    reports: list[bool] = []
    now = [0.0]
    monitor = StallMonitor(
        lambda it: reports.append(it in monitor.stalled()), patience=0.05, clock=lambda: now[0]
    )
    activity = monitor.activity()
    monitor.start()
    try:
        activity.begin(root)
        assert monitor.stalled() == frozenset()
        now[0] = 0.04
        activity.go_on()
        now[0] = 0.08
        assert monitor.stalled() == frozenset()
        now[0] = 0.1
        assert monitor.stalled() == {root}
        wait_for(lambda: reports == [True])
        activity.end()
        assert reports == [True, False]
        assert monitor.stalled() == frozenset()
    finally:
        monitor.stop(5)


def test_the_monitor_sleeps_once_the_work_is_done(root: Root) -> None:
    monitor = StallMonitor(lambda _root: None, patience=0.05)
    activity = monitor.activity()
    monitor.start()
    try:
        activity.begin(root)
        activity.end()
        wait_for(lambda: not monitor._armed)
        activity.begin(root)
        assert monitor._armed
        activity.end()
    finally:
        monitor.stop(5)


def test_a_root_whose_file_does_not_answer_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a share whose server has gone: the read of one file never comes back."""
    monkeypatch.setattr(stall, "PATIENCE", 0.2)
    monkeypatch.setattr(
        StallMonitor.__init__, "__kwdefaults__", {"patience": 0.2, "clock": time.monotonic}
    )
    held, read = threading.Event(), mark.read_mark

    def slow(root: str, path: str) -> int | None:
        if path == "slow.html":
            held.wait(10)
        return read(root, path)

    monkeypatch.setattr("trayapp.watch.content.fingerprint.read_mark", slow)
    told: list[RootState] = []
    watcher = Watcher(lambda _change: None, told.append)
    watcher.start()
    try:
        watcher.add(str(tmp_path))
        wait_for(lambda: watcher.roots()[0].status == "watching")
        (tmp_path / "slow.html").write_text("x")
        wait_for(lambda: watcher.roots()[0].status == "error")
        assert f"Run: ls {tmp_path}" in watcher.roots()[0].detail
        wait_for(lambda: any(state.status == "error" for state in told))
        held.set()
        wait_for(lambda: watcher.roots()[0].status == "watching")
        wait_for(lambda: told[-1].status == "watching")
    finally:
        held.set()
        watcher.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="no FIFOs there")
def test_a_file_that_becomes_a_fifo_does_not_stop_the_watcher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at its status and the open."""
    lstat = os.lstat

    def exchange(path: "str | os.PathLike[str]", *words: object, **names: object) -> os.stat_result:
        status = lstat(path, *words, **names)  # type: ignore[arg-type]
        if str(path).endswith("trap.html"):
            os.unlink(path)  # noqa: PTH108
            os.mkfifo(path)
        return status

    changed: list[str] = []
    watcher = Watcher(lambda change: changed.extend(one.path for one in change.paths))
    watcher.start()
    try:
        watcher.add(str(tmp_path))
        wait_for(lambda: watcher.roots()[0].status == "watching")
        monkeypatch.setattr("trayapp.watch.content.mark.os.lstat", exchange)
        (tmp_path / "trap.html").write_text("x")
        (tmp_path / "good.html").write_text("x")
        wait_for(lambda: "good.html" in changed)
    finally:
        monkeypatch.undo()
        watcher.stop()
