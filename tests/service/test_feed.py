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
    """A running feed; `told` are the times at which it told the picture."""

    def __init__(self) -> None:
        self.told: list[float] = []
        self.seconds: float | None = None
        self.feed = Feed(lambda: STATE, lambda: self.seconds)
        self.feed.subscribe(lambda _state: self.tell())
        self.feed.start()

    def tell(self) -> None:
        self.seconds = None
        self.told.append(time.monotonic())


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
    stage.feed.changed()
    wait_for(lambda: len(stage.told) == 1)
    stage.seconds = 0.2
    stage.feed.changed()
    wait_for(lambda: len(stage.told) == 2)
    stage.seconds = 0.7  # asked for once the period since the last telling is over
    wait_for(lambda: len(stage.told) == 3)
    assert stage.told[2] - stage.told[1] >= 0.7
