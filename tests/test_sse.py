"""text/event-stream: the rules of WHATWG HTML §9.2, and that nothing published is altered."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.sse import Decoder, Dispatched, comment, encode

LINE_END = re.compile("\r\n|\r|\n")
text = st.text(st.characters(exclude_categories=["Cs"]))
field = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), min_size=1)


def decode(stream: bytes) -> list[tuple[str, str, str]]:
    return [(one.type, one.data, one.id) for one in Decoder().feed(stream)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        # §9.2.6, the examples of the section
        ("data: YHOO\ndata: +2\ndata: 10\n\n", [("message", "YHOO\n+2\n10", "")]),
        (
            ": test stream\n\ndata: first event\nid: 1\n\n"
            "data:second event\nid\n\ndata:  third\n\n",
            [
                ("message", "first event", "1"),
                ("message", "second event", ""),
                ("message", " third", ""),
            ],
        ),
        ("data\n\ndata\ndata\n\ndata:", [("message", "", ""), ("message", "\n", "")]),
        ("data:test\n\ndata: test\n\n", [("message", "test", "")] * 2),
        # §9.2.5: all three line ends, one BOM
        ("\ufeffdata: a\r\n\r\ndata: b\r\rdata: c\n\n", [("message", x, "") for x in "abc"]),
        # §9.2.6: an event without data is none, but its id counts
        ("event: x\nid: 7\n\ndata: a\n\n", [("message", "a", "7")]),
        ("id: 1\0\ndata: a\n\n", [("message", "a", "")]),
        ("id: 1\ndata: a\n\ndata: unfinished", [("message", "a", "1")]),
        ("unknown: x\nevent: e\ndata: a\u2028b\x85c\n\n", [("e", "a\u2028b\x85c", "")]),
    ],
)
def test_decodes_as_the_standard_says(stream: str, events: list[tuple[str, str, str]]) -> None:
    assert decode(stream.encode()) == events


@pytest.mark.parametrize(
    ("line", "seconds"), [("retry: 2500", 2.5), ("retry: 12x", None), ("retry:", None)]
)
def test_retry_is_digits_or_nothing(line: str, seconds: float | None) -> None:
    decoder = Decoder()
    decoder.feed(f"{line}\n\n".encode())
    assert decoder.retry == seconds


@given(text, field, field)
def test_what_is_encoded_arrives(data: str, type_: str, id_: str) -> None:
    (event,) = Decoder().feed(encode(data, type=type_, id=id_))
    assert event == Dispatched(type_, "\n".join(LINE_END.split(data)), id_)


@given(st.lists(st.sampled_from(["a", "\r", "\n", "data:", "id: 1", ":", "é", "\ufeff", " "])))
def test_where_the_bytes_are_cut_does_not_matter(parts: list[str]) -> None:
    stream = "".join(parts).encode() + b"\n\n"
    decoder = Decoder()
    one_by_one = [event for byte in stream for event in decoder.feed(bytes([byte]))]
    assert one_by_one == Decoder().feed(stream)


def test_id_comes_last_and_the_frame_ends_with_a_blank_line() -> None:
    assert encode("a\r\nb", type="t", id="e-1", retry=1.5) == (
        b"retry: 1500\nevent: t\ndata: a\ndata: b\nid: e-1\n\n"
    )


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\0b"])
def test_no_field_can_be_injected(bad: str) -> None:
    with pytest.raises(ValueError, match="line end or NUL"):
        encode("x", type=bad)
    with pytest.raises(ValueError, match="line end or NUL"):
        encode("x", id=bad)


def test_a_comment_is_no_event() -> None:
    assert decode(comment("padding") + comment()) == []


def test_a_broken_connection_drops_the_unfinished_event_and_keeps_the_cursor() -> None:
    decoder = Decoder()
    decoder.feed(b"id: 5\ndata: a\n\nid: 6\ndata: hal")
    decoder.reconnect()
    assert decoder.last_event_id == "5"
    assert decoder.feed(b"data: b\n\n") == [Dispatched("message", "b", "5")]


def test_an_event_whose_lines_end_in_cr_does_not_wait_for_what_comes_next() -> None:
    decoder = Decoder()
    assert [event.data for event in decoder.feed(b"data: a\r\r")] == ["a"]
    assert decoder.feed(b"\n") == []  # the rest of a CRLF that was cut in two
    assert [event.data for event in decoder.feed(b"data: b\r\n\r\n")] == ["b"]


def test_a_long_line_may_come_in_small_pieces() -> None:
    decoder, piece = Decoder(), b"x" * 1460
    decoder.feed(b"data:")
    for _ in range(2000):
        assert decoder.feed(piece) == []
    assert [len(event.data) for event in decoder.feed(b"\n\n")] == [2000 * 1460]
