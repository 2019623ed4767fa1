"""Which events a selection lets through."""

import pytest

from trayapp.bus import MemoryBus, Selection
from trayapp.ntfy import Filter


@pytest.mark.parametrize(
    ("roots", "wanted"),
    [
        (None, True),
        (["css"], True),
        (["site"], True),
        (["work", "blog"], True),
        (["blog"], False),
    ],
)
def test_a_change_passes_for_its_root_and_those_it_lies_in(
    roots: list[str] | None, wanted: bool
) -> None:
    event = MemoryBus().publish("change", "{}", root="css", within=("site", "work"))
    selection = Selection(roots=frozenset(roots) if roots else None)
    assert selection.wants(event) is wanted


@pytest.mark.parametrize(
    ("topic", "typed", "wanted"),
    [
        ("log", True, "tick"),
        ("log", False, ""),
        ("change", False, "tick"),
        ("notify", False, "tick"),
    ],
)
def test_without_types_only_those_of_publishers_are_left_out(
    topic: str, typed: bool, wanted: str
) -> None:
    event = MemoryBus().publish(topic, "{}", type="tick")
    assert Selection(envelope=True, typed=typed).type_of(event) == wanted


def test_roots_narrow_nothing_but_changes() -> None:
    event = MemoryBus().publish("notify", "{}")
    assert Selection(roots=frozenset({"site"})).wants(event)


@pytest.mark.parametrize(
    ("topics", "wanted"),
    [(None, True), (["alerts"], True), (["notify"], True), (["log"], False), (["state"], False)],
)
def test_notifications_of_all_topics_reach_who_reads_notify(
    topics: list[str] | None, wanted: bool
) -> None:
    selection = Selection(topics=None if topics is None else frozenset(topics))
    bus = MemoryBus()
    assert selection.wants(bus.publish("alerts", "{}", type="notify")) is wanted
    assert Selection(topics=frozenset({"notify"})).wants(bus.publish("alerts", "x")) is False


def test_a_notification_is_told_by_its_type_on_every_topic() -> None:
    event = MemoryBus().publish("alerts", "{}", type="notify")
    assert Selection(envelope=True, typed=False).type_of(event) == "notify"


def test_a_filter_narrows_what_the_topics_let_through() -> None:
    bus = MemoryBus()
    selection = Selection(frozenset({"log"}), form="json", filter=Filter(message="x"))
    assert selection.wants(bus.publish("log", "x"))
    assert not selection.wants(bus.publish("log", "y"))
    assert not selection.wants(bus.publish("other", "x"))
