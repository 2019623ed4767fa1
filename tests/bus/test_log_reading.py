"""Readers whose place has left the history: served from the file, with nothing missing in between,
or not at all. Publishers that wait for delivery."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import wait_for
from trayapp.bus import Draft, LogBus
from trayapp.bus.backpressure import Backpressure
from trayapp.bus.log import LOCALS_HELD
from trayapp.bus.retention import PRUNE_EVERY, ROW, Retention
from trayapp.event import CHANGE, Event

HISTORY = 8


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[LogBus]:
    log = LogBus(tmp_path / "events.db", history=HISTORY)
    log.start()
    yield log
    log.stop()


def publish(bus: LogBus, kinds: str) -> list[Event]:
    """One event for each letter: `p` is kept in the file, `l` is local."""
    return [bus.publish("t", str(place), local=kind == "l") for place, kind in enumerate(kinds)]


def read(bus: LogBus, cursor: str | int, limit: int = 3) -> list[Event] | None:
    """All that follows, in portions as the hub reads it; None for a reset."""
    events: list[Event] = []
    while True:
        replay = bus.after(events[-1].seq if events else cursor, limit)
        if not replay.complete:
            return None
        if not replay.events:
            return events
        events += replay.events


def test_a_reader_far_behind_gets_each_event_once_and_in_order(bus: LogBus) -> None:
    events = publish(bus, "pppppplpppplllppppppppppppppppp")
    for place, event in enumerate(events):
        assert read(bus, event.id) == events[place + 1 :]
    assert read(bus, 0) == events


def test_it_can_be_asked_whether_a_place_is_held(bus: LogBus) -> None:
    events = publish(bus, "p" * 30)
    replay = bus.after(events[0].id, 0)
    assert (replay.complete, replay.events, replay.start) == (True, (), 1)


def test_a_local_event_that_is_gone_is_a_reset(bus: LogBus) -> None:
    events = publish(bus, "l" * (LOCALS_HELD + HISTORY + 1))
    assert read(bus, 0) is None
    assert read(bus, events[0].id) == events[1:]


def test_a_log_that_cannot_be_read_is_a_reset(bus: LogBus, tmp_path: Path) -> None:
    events = publish(bus, "p" * 30)
    for file in tmp_path.glob("events.db*"):
        file.rename(file.with_name("away-" + file.name))
    assert read(bus, events[0].id) is None
    publish(bus, "p")  # a new file, with what the history holds
    assert read(bus, events[0].id) is None
    assert len(read(bus, events[-HISTORY].id) or ()) == HISTORY


def test_the_file_is_read_no_further_than_it_is_written(bus: LogBus) -> None:
    first = publish(bus, "p")[0]
    for count in range(1, 40):
        publish(bus, "lp")
        assert len(read(bus, first.id) or ()) == 2 * count


@settings(max_examples=60, deadline=None)
@given(st.text("pl", min_size=1, max_size=60), st.integers(1, 9))
def test_any_place_and_any_portion(kinds: str, limit: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        bus = LogBus(Path(folder, "events.db"), history=HISTORY)
        bus.start()
        try:
            events = publish(bus, kinds)
            for event in events:
                assert read(bus, event.id, limit) == events[event.seq :]
        finally:
            bus.stop()


def test_an_earlier_runs_events_come_from_the_file_too(tmp_path: Path) -> None:
    buses = [LogBus(tmp_path / "events.db", history=HISTORY) for _ in range(2)]
    buses[0].start()
    old = publish(buses[0], "pplpp")
    buses[0].stop()
    buses[1].start()
    try:
        new = publish(buses[1], "p" * 2 * HISTORY)
        found = read(buses[1], old[0].id)
        assert found is not None
        kept = [event.id for event in old[1:] if not event.local]
        assert [event.id for event in found] == [*kept, *(event.id for event in new)]
    finally:
        buses[1].stop()


def test_the_file_is_cut_by_size() -> None:
    retention = Retention(size=10 * ROW, age=60.0)
    seqs = range(1, 4 * PRUNE_EVERY)
    cuts = [cut for seq in seqs if (cut := _write(retention, seq, 0.0, seq - 1)) is not None]
    assert cuts
    assert cuts[-1] > 2 * PRUNE_EVERY
    assert all(cut <= 4 * PRUNE_EVERY for cut in cuts)


def test_the_file_is_cut_by_age_and_never_what_memory_holds() -> None:
    retention = Retention(size=10**9, age=60.0)
    assert _write(retention, 1, 0.0, 0) is None
    assert _write(retention, 2, 61.0, 0) is None
    assert _write(retention, 3, 61.0, 1) == 1


def _write(retention: Retention, seq: int, now: float, forgotten: int) -> int | None:
    retention.add([Event(f"e-{seq}", seq, now, CHANGE, "", "")], now)
    return retention.prune(now, forgotten)


def test_publishers_wait_for_delivery_and_go_on() -> None:
    pressure = Backpressure(most=10, within=30.0)
    pressure.delivered(0)
    pressure.wait(10)
    over = threading.Event()

    def publish_one() -> None:
        pressure.wait(11)
        over.set()

    thread = threading.Thread(target=publish_one)
    thread.start()
    try:
        assert not over.wait(0.1)
        pressure.delivered(1)
        assert over.wait(5)
    finally:
        pressure.delivered(None)
        thread.join()


def test_publishers_go_on_when_delivery_hangs_or_ends() -> None:
    pressure = Backpressure(most=10, within=0.05)
    pressure.delivered(0)
    began = time.monotonic()
    pressure.wait(1000)
    assert time.monotonic() - began < 5
    pressure.delivered(None)
    pressure.wait(10**6)


def test_a_local_event_never_waits(bus: LogBus) -> None:
    bus.delivered(0)
    began = time.process_time(), time.monotonic()
    bus.publish_all([_local() for _ in range(4000)])
    for _ in range(50):
        bus.publish("change", "x", local=True)
    assert time.monotonic() - began[1] < 5
    waiting = threading.Thread(target=lambda: bus.publish("t", "x"))
    waiting.start()
    bus.delivered(None)
    waiting.join(5)
    wait_for(lambda: not waiting.is_alive(), 5)


def _local() -> Draft:
    return Draft("t", "x", "", "", (), True)
