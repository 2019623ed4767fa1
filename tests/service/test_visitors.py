"""Visitors on a real bus: what pages report meets what they were told."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from trayapp.bus import MemoryBus
from trayapp.event import CHANGE
from trayapp.service.visitors import Visitors
from trayapp.state import RootState
from trayapp.web import Answer, Visit

PAGE = Visit("0123456789abcdef", "http://x/", "Home", 7, False)


class Stage:
    """Visitors of one root on a bus, with a clock that stands."""

    def __init__(self, folder: Path) -> None:
        self.bus = MemoryBus()
        self.now = 0.0
        self.heard: list[str] = []
        root = RootState("site", str(folder), "watching")
        self.visitors = Visitors(
            self.bus,
            lambda: [root],
            lambda label, path: (label, path) == ("site", "index.html"),
            on_page=lambda caused: self.heard.append("reload" if caused else "page"),
            on_change=lambda: self.heard.append("change"),
            clock=lambda: self.now,
        )
        self.unwatch = self.visitors.watch()

    def change(self, action: str = "css", topic: str = CHANGE) -> str:
        data = json.dumps({"action": action, "cause": "css/a.css"})
        event = self.bus.publish(topic, data, type=topic, root="site")
        self.now = event.time
        return event.id

    def status(self) -> list[str]:
        return [view.status for view in self.visitors.views()]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    (tmp_path / "index.html").write_bytes(b"1234567")
    stage = Stage(tmp_path)
    yield stage
    stage.unwatch()


def test_a_page_that_comes_counts_as_loaded_and_learns_its_file(stage: Stage) -> None:
    assert stage.visitors.came(PAGE) == ("site", "index.html")
    assert stage.heard == ["page", "change"]
    assert [view.title for view in stage.visitors.views()] == ["Home"]


def test_an_answer_is_shown_with_the_cause_of_its_change(stage: Stage) -> None:
    stage.visitors.came(PAGE)
    stage.visitors.applied(Answer(PAGE.page, stage.change(), "css", 41.0))
    (view,) = stage.visitors.views()
    assert (view.cause, view.ms, view.status) == ("css/a.css", 41.0, "current")


@pytest.mark.parametrize(("action", "counts"), [("morph", True), ("css", False), ("none", False)])
def test_a_page_that_fetched_itself_counts_as_loaded(
    stage: Stage, action: str, counts: bool
) -> None:
    stage.visitors.applied(Answer(PAGE.page, stage.change("reload"), action, 41.0))
    assert ("reload" in stage.heard) is counts


def test_a_page_that_its_script_loads_is_told_from_one_that_the_user_opens(stage: Stage) -> None:
    stage.visitors.came(PAGE)
    stage.visitors.came(PAGE)  # under the name that it kept over its own load
    stage.visitors.came(replace(PAGE, page="fedcba9876543210"))
    stage.visitors.left(PAGE.page)
    stage.visitors.came(PAGE)
    assert [one for one in stage.heard if one != "change"] == ["page", "reload", "page", "page"]


def test_silence_becomes_news_by_itself(stage: Stage) -> None:
    stage.visitors.came(PAGE)
    assert stage.visitors.due() is None
    stage.heard.clear()
    stage.change()
    assert stage.heard == ["change"], "whoever tells the picture asks again when it is due"
    due = stage.visitors.due()
    assert due is not None
    assert stage.status() == ["current"]
    stage.now += due
    assert stage.status() == ["behind"]
    assert stage.visitors.due() is None


def test_what_asks_nothing_of_pages_needs_no_answer(stage: Stage) -> None:
    stage.visitors.came(PAGE)
    stage.change("none")
    stage.change(topic="log")
    assert stage.visitors.due() is None


def test_a_page_owes_nothing_for_what_was_told_before_it_came(stage: Stage) -> None:
    stage.change()
    stage.visitors.came(PAGE)
    stage.now += 60
    assert stage.status() == ["current"]


def test_who_left_is_gone(stage: Stage) -> None:
    stage.visitors.came(PAGE)
    stage.visitors.left(PAGE.page)
    assert stage.visitors.views() == ()
