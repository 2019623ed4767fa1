"""ntfy's messages: what is told of an event, in each of its forms."""

import json
from dataclasses import replace

import pytest

from trayapp import ntfy, sse
from trayapp.event import Event
from trayapp.ntfy import Filter, Form

PLAIN = Event("e-1", 1, 1700000000.9, "log", "tick", "two\r\nlines")
NOTICE = Event(
    "e-2",
    2,
    1700000001.0,
    "alerts",
    "notify",
    '{"message": "disk full", "title": "é", "priority": 5, "tags": ["a", "b"], "time": 1.5}',
)


def test_a_message_has_the_members_of_ntfy() -> None:
    assert ntfy.message(PLAIN) == {
        "id": "e-1",
        "time": 1700000000,
        "event": "message",
        "topic": "log",
        "message": "two\r\nlines",
    }
    assert ntfy.message(NOTICE) == {
        "id": "e-2",
        "time": 1700000001,
        "event": "message",
        "topic": "alerts",
        "message": "disk full",
        "title": "é",
        "priority": 5,
        "tags": ["a", "b"],
    }


@pytest.mark.parametrize(
    "data",
    ["", "{", "[]", '"x"', "{}", '{"message": 1}', "[" * 100_000]
    + [
        f'{{"message": "x", {member}}}'
        for member in ('"title": 5', '"priority": []', '"tags": 5', '"tags": [{}]', '"click": {}')
    ],
)
def test_what_only_calls_itself_a_notification_is_plain(data: str) -> None:
    """It would end the hub's thread, and with it all streams."""
    notice = replace(NOTICE, data=data)
    assert ntfy.message(notice)["message"] == data
    wanted = Filter(title="x", priorities=frozenset({4}), tags=frozenset({"a"}))
    assert not wanted.passes(notice)
    assert not replace(wanted, title="", tags=frozenset()).passes(notice)
    assert not replace(wanted, title="", priorities=frozenset()).passes(notice)


def test_each_form_tells_an_event_in_its_way() -> None:
    assert ntfy.told(PLAIN, "raw") == b"two lines\n"
    assert ntfy.told(NOTICE, "raw") == b"disk full\n"
    line = ntfy.told(NOTICE, "json")
    assert line.count(b"\n") == 1
    assert json.loads(line) == ntfy.message(NOTICE)
    (event,) = sse.Decoder().feed(ntfy.told(NOTICE, "sse"))
    assert (event.type, event.id) == ("message", "e-2")
    assert json.loads(event.data) == ntfy.message(NOTICE)


def test_no_character_ends_a_line_of_json() -> None:
    text = "".join(map(chr, range(0x300))) + "\u2028\u2029\ud800"
    line = ntfy.told(replace(PLAIN, data=text), "json").decode()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == text.replace("\ud800", "?")


@pytest.mark.parametrize("kind", ["open", "keepalive", "reset", "busy", "bye"])
def test_a_stream_speaks_of_itself_as_far_as_its_form_can(kind: str) -> None:
    wanted = {"id": "e-9", "time": 7, "event": kind, "topic": "a,b"}
    assert json.loads(ntfy.note(kind, "json", {"b", "a"}, 7.9, id="e-9")) == wanted
    (event,) = sse.Decoder().feed(ntfy.note(kind, "sse", {"b", "a"}, 7.9, id="e-9"))
    assert (event.type, event.id, json.loads(event.data)) == (kind, "e-9", wanted)
    raw = ntfy.note(kind, "raw", {"a"}, 7.9, id="e-9")
    assert raw == (b"\n" if kind in {"open", "keepalive"} else b"")


def test_when_to_come_back_is_told_in_milliseconds() -> None:
    assert json.loads(ntfy.note("busy", "json", "a", 7.0, retry=1.5))["retry"] == 1500
    assert ntfy.note("busy", "sse", "a", 7.0, retry=1.5).startswith(b"retry: 1500\n")


@pytest.mark.parametrize(
    ("wish", "plain", "notice"),
    [
        (Filter(), True, True),
        (Filter(id="e-1"), True, False),
        (Filter(message="disk full"), False, True),
        (Filter(title="é"), False, True),
        (Filter(title="e"), False, False),
        (Filter(priorities=frozenset({3})), True, False),
        (Filter(priorities=frozenset({4, 5})), False, True),
        (Filter(tags=frozenset({"a"})), False, True),
        (Filter(tags=frozenset({"a", "b"}), message="disk full"), False, True),
        (Filter(tags=frozenset({"a", "c"})), False, False),
    ],
)
def test_a_filter_lets_through_what_fits_in_all(wish: Filter, plain: bool, notice: bool) -> None:
    assert (wish.passes(PLAIN), wish.passes(NOTICE)) == (plain, notice)


@pytest.mark.parametrize("form", ["json", "sse", "raw"])
def test_every_message_is_one_write_of_one_line(form: Form) -> None:
    for data in ("", "\n", "a\rb\nc"):
        told = ntfy.told(replace(PLAIN, data=data), form)
        assert told.endswith(b"\n")
        assert len(told.rstrip(b"\n").splitlines()) <= (2 if form == "sse" else 1)
