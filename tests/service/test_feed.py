"""The feed of states: newest only, and also what time alone changes."""

import threading
import time
from collections.abc import Iterator

import pytest

from tests.support import wait_for
from trayapp.service.feed import Feed
from trayapp.state import State

STATE = State("on", "1", "http://x", 1)


class Stage:
    """A running feed; `told` are the times at which it told the picture, which changes by itself
    at `lapses`. Times are monotonic."""

    def __init__(self) -> None:
        self.told: list[float] = []
        self.lapses = 0.0
        self.feed = Feed(lambda: STATE, self.due)
        self.feed.subscribe(lambda _state: self.told.append(time.monotonic()))
        self.feed.start()

    def due(self) -> float | None:
        left = self.lapses - time.monotonic()
        return left if left > 0 else None


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.feed.stop()


def test_a_change_is_told(stage: Stage) -> None:
    stage.feed.changed()
    wait_for(lambda: len(stage.told) == 1)


def test_without_a_change_nothing_is_told(stage: Stage) -> None:
    assert not threading.Event().wait(0.3)
    assert stage.told == []


def test_what_time_alone_changes_is_told_when_it_is_due(stage: Stage) -> None:
    stage.lapses = time.monotonic() + 0.7
    stage.feed.changed()
    wait_for(lambda: len(stage.told) == 2)
    assert stage.told[0] < stage.lapses < stage.told[1]


def test_what_falls_due_right_after_a_telling_is_told_too(stage: Stage) -> None:
    """Between two tellings is a pause, in which a time may pass that is forgotten after it."""
    stage.lapses = time.monotonic() + 0.1
    stage.feed.changed()
    wait_for(lambda: stage.told and stage.told[-1] > stage.lapses)
