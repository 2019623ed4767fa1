"""The memory bus: order, bounded history, and what a cursor is worth."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.bus import MemoryBus, Moment


def seqs(bus: MemoryBus, cursor: str | int | None, limit: int | None = None) -> list[int]:
    return [event.seq for event in bus.after(cursor, limit).events]


def test_ids_are_the_epoch_and_a_contiguous_seq() -> None:
    bus = MemoryBus()
    ids = [bus.publish("t", "x").id for _ in range(3)]
    assert ids == [f"{bus.epoch}-{seq}" for seq in (1, 2, 3)]


def test_a_cursor_gives_what_came_after_it() -> None:
    bus = MemoryBus()
    first = bus.publish("t", "1")
    bus.publish("t", "2")
    bus.publish("t", "3")
    assert seqs(bus, first.id) == [2, 3]
    assert seqs(bus, first.id, limit=1) == [2]
    assert seqs(bus, 3) == []
    assert seqs(bus, f"{bus.epoch}-0") == [1, 2, 3]


def test_no_cursor_means_from_now() -> None:
    bus = MemoryBus()
    bus.publish("t", "1")
    replay = bus.after(None)
    assert (replay.events, replay.head, replay.complete) == ((), 1, True)


@pytest.mark.parametrize(
    "cursor",
    ["{epoch}-4", "other-1", "{epoch}-", "{epoch}-0", "x" * 200, "{epoch}-٣", "\0", "9" * 5000],
)
def test_a_cursor_that_cannot_be_honoured_is_said_to_be_incomplete(cursor: str) -> None:
    bus = MemoryBus(history=2)
    for _ in range(3):
        bus.publish("t", "x")
    assert not bus.after(cursor.format(epoch=bus.epoch)).complete


class Clock:
    """Stands for the module `time`; tells what it is set to."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(100.0)
    monkeypatch.setattr("trayapp.bus.memory.time", clock)
    return clock


def publish_at(bus: MemoryBus, clock: Clock, *times: float) -> None:
    for moment in times:
        clock.now = moment
        bus.publish("t", "x")


@pytest.mark.parametrize(
    ("moment", "found", "begins"),
    [
        (103.0, [3], 103.0),
        (102.0, [2, 3], 102.0),
        (101.5, [2, 3], 101.5),
        (104.0, [], 104.0),
        (50.0, [1, 2, 3], 100.0),
    ],
)
def test_a_moment_gives_what_came_at_or_after_it(
    clock: Clock, moment: float, found: list[int], begins: float
) -> None:
    bus = MemoryBus()
    publish_at(bus, clock, 101.0, 102.0, 103.0)
    replay = bus.after(Moment(moment))
    assert [event.seq for event in replay.events] == found
    assert (replay.start, replay.head, replay.complete) == (3 - len(found), 3, True)
    assert replay.begins == begins
    assert bus.after(replay.start).events == replay.events
    assert [event.seq for event in bus.after(Moment(moment), 1).events] == found[:1]


def test_a_moment_before_what_is_forgotten_begins_behind_it(clock: Clock) -> None:
    bus = MemoryBus(history=2)
    publish_at(bus, clock, 101.0, 102.0, 103.0, 104.0)
    replay = bus.after(Moment(101.5))
    assert [event.seq for event in replay.events] == [3, 4]
    assert replay.begins == pytest.approx(102.0)
    assert replay.begins is not None
    assert replay.begins > 102.0


def test_a_moment_takes_no_event_twice_when_the_clock_went_back(clock: Clock) -> None:
    bus = MemoryBus()
    publish_at(bus, clock, 5000.0, 101.0)
    assert [event.seq for event in bus.after(Moment(100.5)).events] == [1, 2]


def test_history_is_bounded_by_size_but_keeps_the_newest() -> None:
    bus = MemoryBus(history_bytes=10)
    bus.publish("t", "12345")
    bus.publish("t", "12345")
    assert len(bus.recent(9)) == 2
    bus.publish("t", "x" * 100)
    assert [event.seq for event in bus.recent(9)] == [3]


@given(st.lists(st.integers(0, 30)), st.integers(0, 12), st.integers(1, 6))
def test_replay_is_contiguous_or_incomplete(sizes: list[int], cursor: int, history: int) -> None:
    bus = MemoryBus(history=history, history_bytes=60)
    for size in sizes:
        bus.publish("t", "x" * size)
    replay = bus.after(cursor)
    if replay.complete:
        assert [event.seq for event in replay.events] == list(range(cursor + 1, len(sizes) + 1))
    else:
        assert cursor > len(sizes) or cursor < len(sizes) - len(bus.recent(99))


def test_readers_are_woken_after_the_event_is_there_until_they_unwatch() -> None:
    bus = MemoryBus()
    seen: list[int] = []
    unwatch = bus.watch(lambda: seen.append(bus.after(None).head))
    bus.publish("t", "x")
    unwatch()
    bus.publish("t", "x")
    assert seen == [1]


def test_many_publishers_get_one_order() -> None:
    bus = MemoryBus()

    def publish() -> None:
        for _ in range(200):
            bus.publish("t", "x")

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.seq for event in bus.recent(1000)] == list(range(1, 801))
