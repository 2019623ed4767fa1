"""Where output is cut: between lines, else between characters, and never into nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.sources.lines import cut, last, text_of


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (b"", 0),
        (b"half a li", 0),
        (b"one\ntwo", 4),
        (b"one\ntwo\n", 8),
        (b"10%\r20%\r", 4),  # an LF may follow the second CR
        (b"10%\r\n", 5),
        (b"one\r\ntw", 5),
        (b"\n", 0),
        (b"\r\n", 0),
        (b"\n\n", 2),
        (b"0123456789abcdefghij", 16),
        (b"one\n3456789abcdefghij", 4),
        ("0123456789abcdeé…".encode(), 15),
        (b"\n0123456789abcdefghij", 16),
    ],
)
def test_an_event_ends_with_a_line(data: bytes, length: int) -> None:
    assert cut(bytearray(data), 16, whole=False) == length


def test_at_the_end_everything_goes() -> None:
    assert cut(bytearray(b"half a li"), 16, whole=True) == 9
    assert cut(bytearray(b"\n"), 16, whole=True) == 1


@given(st.binary(max_size=80), st.integers(min_value=8, max_value=40))
def test_nothing_is_lost_and_nothing_is_empty(data: bytes, most: int) -> None:
    rest, events = bytearray(data), []
    while length := cut(rest, most, whole=True):
        assert length <= most + 1  # the LF behind a CR
        events.append(bytes(rest[:length]))
        del rest[:length]
    assert b"".join(events) == data
    assert [event for event in events[:-1] if not text_of(event)] == []


@given(st.text(max_size=60), st.integers(min_value=8, max_value=40))
def test_no_character_is_cut(text: str, most: int) -> None:
    rest, cuts = bytearray(text.encode()), []
    while length := cut(rest, most, whole=True):
        cuts.append(bytes(rest[:length]).decode())  # raises in the middle of one
        del rest[:length]
    assert "".join(cuts) == text


def test_line_ends_become_lf_and_the_last_one_goes() -> None:
    assert text_of(b"a\r\nb\rc\n") == "a\nb\nc"
    assert text_of(b"a\n\n") == "a\n"
    assert text_of(b"\xff\xfe") == "\ufffd\ufffd"


def test_the_last_lines_begin_with_a_line() -> None:
    assert last(b"one\ntwo\nthree\n", 100) == "one\ntwo\nthree"
    assert last(b"one\ntwo\nthree\n", 10) == "two\nthree"
    assert last(b"0123456789", 4) == "6789"
    assert last("ääää".encode(), 5) == "ää"
    assert len(last(b"\xff" * 100, 30).encode()) <= 30
