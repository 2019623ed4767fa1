"""Output on its way to a topic: whole lines, bounded, and never a reason to hang."""

import threading
import time

import pytest

from tests.support import wait_for
from trayapp.errors import Unavailable
from trayapp.sources import output
from trayapp.sources.output import MOST_IN_AN_EVENT, MOST_WAITING, Output


def test_lines_come_together_and_in_order() -> None:
    events: list[str] = []
    it = Output(events.append)
    for number in range(1000):
        it.write(f"line {number}\n".encode())
    it.write(b"and no end")
    it.close()
    assert "\n".join(events).split("\n") == [*(f"line {n}" for n in range(1000)), "and no end"]
    assert len(events) < 20
    assert it.error is None


def test_a_line_under_way_is_not_told() -> None:
    events: list[str] = []
    it = Output(events.append)
    it.write(b"done\nhalf")
    assert wait_for(lambda: events) == ["done"]
    it.write(b" and half\n")
    assert wait_for(lambda: events[1:]) == ["half and half"]
    it.close()


def test_events_keep_their_pace() -> None:
    at: list[float] = []
    it = Output(lambda text: at.append(time.monotonic()))
    for _ in range(30):
        it.write(b"x\n")
        time.sleep(0.01)
    it.close()
    gaps = [later - earlier for earlier, later in zip(at, at[1:-1], strict=False)]
    assert gaps
    assert min(gaps) >= 0.05


def test_no_event_is_too_long() -> None:
    events: list[str] = []
    it = Output(events.append)
    it.write(b"x" * (3 * MOST_IN_AN_EVENT))
    it.close()
    assert [len(event) for event in events] == [MOST_IN_AN_EVENT] * 3


def test_who_writes_too_much_waits() -> None:
    gate, events = threading.Event(), list[str]()

    def publish(text: str) -> None:
        gate.wait()
        events.append(text)

    it = Output(publish)
    it.write(b"x" * (MOST_WAITING + 2 * MOST_IN_AN_EVENT))
    writer = threading.Thread(target=it.write, args=(b"last\n",))
    writer.start()
    writer.join(0.2)
    assert writer.is_alive()
    gate.set()
    writer.join(2)
    assert not writer.is_alive()
    it.close()
    assert events[-1].endswith("last")


def test_what_finds_no_room_in_time_is_left_out_with_a_note(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(output, "PATIENCE", 0.4)
    gate, events = threading.Event(), list[str]()

    def publish(text: str) -> None:
        gate.wait()
        events.append(text)

    it = Output(publish)
    it.write((b"x" * 1023 + b"\n") * 300)
    began = time.monotonic()
    it.write(b"lost\n")
    it.write(b"lost\n")  # does not wait once more
    assert time.monotonic() - began < 0.75
    gate.set()
    wait_for(lambda: len("".join(events)) > MOST_WAITING)
    it.write(b"after\n")
    it.close()
    lines = "\n".join(events).split("\n")
    assert lines[-2:] == ["[10 bytes of output are missing here]", "after"]
    assert "lost" not in lines
    assert it.tail().endswith("lost\nlost\nafter")


def test_an_event_that_could_not_be_published_is_told_of_in_the_next() -> None:
    events: list[str] = []
    away = True

    def publish(text: str) -> None:
        if away:
            raise Unavailable("The disk is full.", "")
        events.append(text)

    it = Output(publish)
    it.write(b"one\n")
    wait_for(lambda: it.error)
    away = False
    it.write(b"two\n")
    it.close()
    assert events == ["[3 bytes of output are missing here]\ntwo"]
    assert it.error is not None
    assert it.error.message == "The disk is full."


def test_the_tail_is_short_and_whole() -> None:
    it = Output(lambda text: None)
    assert it.tail() == ""
    for number in range(20000):
        it.write(b"%d\n" % number)
    it.close()
    lines = it.tail().split("\n")
    assert lines[-1] == "19999"
    assert lines[0] == str(20000 - len(lines))
    assert 7000 < len(it.tail()) <= 8192


def test_closing_without_output_starts_no_thread() -> None:
    it = Output(lambda text: pytest.fail("there was nothing to publish"))
    it.close()
    it.write(b"too late\n")
    it.close()
    assert it.tail() == "too late"
