"""Notifications are shown one at a time, at most one per second, whatever the sink does."""

import threading
import time
from collections.abc import Iterator

import pytest

from tests.support import wait_for
from trayapp.desktop import Notifier, notifier
from trayapp.desktop.notifier import Notification, Waiting

Shown = tuple[str, str, str]


class Recorder:
    """A sink that remembers; while `gate` is closed it does not return."""

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        self.times: list[float] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, title: str, message: str, click: str) -> None:
        self.shown.append((title, message, click))
        self.times.append(time.monotonic())
        self.gate.wait(10)


@pytest.fixture
def sink() -> Recorder:
    return Recorder()


@pytest.fixture
def running(sink: Recorder) -> Iterator[Notifier]:
    """A notifier that shows with `sink`, at most five a second."""
    notifier = Notifier(sink, period=0.2)
    notifier.start()
    yield notifier
    sink.gate.set()
    notifier.stop()


def test_first_is_shown_at_once(running: Notifier, sink: Recorder) -> None:
    running.show("Build", "done", "http://localhost/")
    wait_for(lambda: sink.shown == [("Build", "done", "http://localhost/")], 0.15)


def test_those_that_wait_become_one(running: Notifier, sink: Recorder) -> None:
    for number in range(5):
        running.show("Build", f"step {number}", f"http://localhost/{number}")
        if number == 0:
            wait_for(lambda: sink.shown)
    wait_for(lambda: len(sink.shown) == 2)
    assert sink.shown[1] == ("4 notifications", "Build: step 4", "http://localhost/4")


def test_no_faster_than_the_period(running: Notifier, sink: Recorder) -> None:
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        running.show("", "again")
        time.sleep(0.01)
    gaps = [later - earlier for earlier, later in zip(sink.times, sink.times[1:], strict=False)]
    assert 3 <= len(gaps) <= 5
    assert min(gaps) >= 0.19


def test_sink_that_fails_is_logged_and_used_again(
    running: Notifier, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(title: str, message: str, click: str) -> None:
        raise OSError("no daemon")

    shown: list[Shown] = []
    running.use(fail)
    running.show("a", "b")
    wait_for(lambda: "no daemon" in caplog.text)
    running.use(lambda *notification: shown.append(notification))
    running.show("c", "d")
    wait_for(lambda: shown == [("c", "d", "")])


def test_without_a_sink_nothing_is_kept(sink: Recorder) -> None:
    notifier = Notifier(sink, period=0)
    notifier.start()
    notifier.use(None)
    notifier.show("lost", "")
    notifier.use(sink)
    notifier.show("shown", "")
    wait_for(lambda: sink.shown)
    notifier.stop()
    assert sink.shown[-1][0] in ("shown", "2 notifications")


def test_sink_that_hangs_does_not_hold_up_the_stop(
    sink: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "STOP_WITHIN", 0.2)
    running = Notifier(sink, period=0)
    running.start()
    sink.gate.clear()
    running.show("a", "b")
    wait_for(lambda: sink.shown)
    started = time.monotonic()
    running.show("returns", "at once")
    running.stop()
    assert time.monotonic() - started < 1
    sink.gate.set()


def test_stop_drops_what_waits_and_may_be_repeated(sink: Recorder) -> None:
    notifier = Notifier(sink, period=60)
    notifier.start()
    notifier.show("first", "")
    wait_for(lambda: sink.shown)
    notifier.show("second", "")
    notifier.stop()
    notifier.stop()
    notifier.show("third", "")
    assert len(sink.shown) == 1


def test_stop_before_start_does_nothing() -> None:
    Notifier(None).stop()


def test_start_after_stop_shows_again(sink: Recorder) -> None:
    notifier = Notifier(sink)
    for _ in range(2):
        notifier.start()
        notifier.show("a", "b")
        wait_for(lambda: sink.shown)
        sink.shown.clear()
        notifier.stop()


def test_flood_keeps_only_the_last() -> None:
    waiting = Waiting()
    for number in range(1000):
        waiting = waiting.add(Notification("", f"number {number}"))
    assert waiting.merged() == Notification("1000 notifications", "number 999")


def test_one_that_is_to_be_heard_makes_all_that_wait_heard() -> None:
    waiting = Waiting().add(Notification("", "a", sound=True)).add(Notification("", "b"))
    assert waiting.merged() == Notification("2 notifications", "b", sound=True)
