"""Streams in ntfy's forms on real sockets: what they begin with, are told, and end with."""

import json
from typing import Any

import pytest

from tests.hub.test_hub import Stage
from tests.streams import Reader
from tests.support import wait_for
from trayapp.bus import ALL
from trayapp.ntfy import Filter, Form

LOG = frozenset({"log"})


def lines(reader: Reader, count: int) -> list[str]:
    """The first `count` lines of the body."""
    wait_for(lambda: bytes(reader.body).count(b"\n") >= count or not reader.read(0.2), what="lines")
    return bytes(reader.body).decode().split("\n")[:count]


def told(reader: Reader, count: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(reader, count)]


@pytest.mark.parametrize("chunked", [True, False])
def test_a_json_stream_opens_replays_and_goes_on(chunked: bool) -> None:
    stage = Stage()
    try:
        old = stage.bus.publish("log", "old")
        stage.bus.publish("other", "x")
        reader = stage.join(ALL, topics=LOG, form="json", chunked=chunked)
        opened, first = told(reader, 2)
        assert (opened["event"], opened["topic"], opened["id"]) == (
            "open",
            "log",
            stage.bus.id_at(0),
        )
        new = stage.bus.publish("log", "two\nlines")
        assert [first["id"], told(reader, 3)[2]["id"]] == [old.id, new.id]
        resumed = stage.join(old.id, topics=LOG, form="json", chunked=chunked)
        assert [each["id"] for each in told(resumed, 2)] == [old.id, new.id]
    finally:
        stage.close()


def test_forms_and_filters_have_lanes_of_their_own() -> None:
    stage = Stage()
    try:
        here: dict[Form, Reader] = {
            form: stage.join(topics=LOG, form=form) for form in ("json", "sse", "raw")
        }
        picky = stage.join(topics=LOG, form="json", filter=Filter(message="b"))
        plain = stage.join(topics=LOG)
        assert plain.next().type == "hello"
        assert here["sse"].next().type == "open"
        for reader in (here["json"], here["raw"], picky):
            lines(reader, 1)
        for text in ("a", "b"):
            stage.bus.publish("log", text)
        assert [plain.next().data, plain.next().data] == ["a", "b"]
        assert [json.loads(here["sse"].next().data)["message"] for _ in "ab"] == ["a", "b"]
        assert [each.get("message") for each in told(here["json"], 3)] == [None, "a", "b"]
        assert lines(here["raw"], 3) == ["", "a", "b"]
        assert [each.get("message") for each in told(picky, 2)] == [None, "b"]
    finally:
        stage.close()


def test_a_lost_cursor_and_the_end_are_told_where_there_are_words() -> None:
    stage = Stage(cap=3)
    readers: dict[Form, Reader] = {
        form: stage.join("no-cursor-of-ours", topics=LOG, form=form)
        for form in ("json", "sse", "raw")
    }
    try:
        opened, reset = told(readers["json"], 2)
        assert (opened["event"], reset["event"]) == ("open", "reset")
        assert opened["id"] == reset["id"] == stage.bus.id_at(0)
        assert [readers["sse"].next().type for _ in range(2)] == ["open", "reset"]
        lines(readers["raw"], 1)
        late = stage.join(topics=LOG, form="json")
        (busy,) = told(late, 1)
        assert busy["event"] == "busy"
        assert 500 <= busy["retry"] <= 1700
        late.wait_for_end()
        stage.hub.stop()
        assert told(readers["json"], 3)[2]["event"] == "bye"
        assert readers["sse"].next().type == "bye"
        for reader in readers.values():
            reader.wait_for_end()
            assert reader.raw.endswith(b"\n0\r\n\r\n")
            assert b"0\r\n\r\n0\r\n\r\n" not in reader.raw
        assert bytes(readers["raw"].body) == b"\n"
    finally:
        stage.close()


def test_silence_is_filled_in_the_words_of_the_form() -> None:
    stage = Stage(heartbeat=0.05)
    try:
        readers: dict[Form, Reader] = {
            form: stage.join(topics=LOG, form=form) for form in ("json", "sse", "raw")
        }
        id_ = stage.bus.publish("other", "x").id
        alive = told(readers["json"], 3)
        assert {each["event"] for each in alive[1:]} == {"keepalive"}
        assert readers["sse"].next().type == "open"
        wait_for(lambda: readers["sse"].next().id == id_, what="a cursor behind other topics")
        assert lines(readers["raw"], 3) == ["", "", ""]
        assert b"\n:" not in readers["json"].body
    finally:
        stage.close()
