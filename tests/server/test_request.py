"""How much of a request has come, judged from its bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.server.request import MAX_HEAD, BadRequest, Extent, measure


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n"])
def test_a_head_ends_with_a_blank_line(end: bytes) -> None:
    head = b"GET / HTTP/1.1\r\nHost: x" + end
    assert measure(head[:-1], 9) == Extent(None)
    assert measure(head, 9) == Extent(len(head))


def test_the_body_is_as_long_as_it_says() -> None:
    head = b"POST / HTTP/1.1\r\ncontent-LENGTH:  3 \r\nexpect: 100-Continue\r\n\r\n"
    assert measure(head + b"a", 9) == Extent(len(head) + 3, expects=True)


def test_a_body_beyond_the_limit_is_not_waited_for() -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n"
    assert measure(head, 9) == Extent(len(head), oversize=True)


def test_a_length_inside_the_body_is_text() -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\n"
    assert measure(head + b"\r\nContent-Length: 99", 99).end == len(head) + 20


def test_a_head_without_end_is_refused_at_its_limit() -> None:
    assert measure(b"x" * MAX_HEAD, 9).end is None
    with pytest.raises(BadRequest, match="too large"):
        measure(b"x" * (MAX_HEAD + 1), 9)


@given(st.binary(max_size=400))
def test_any_bytes_give_an_extent_or_a_refusal(received: bytes) -> None:
    try:
        extent = measure(received, 100)
    except BadRequest as error:
        extent = Extent(0 if error.status[:3] in {"400", "411", "431"} else 10**9)
    assert extent.end is None or extent.end <= len(received) + 100
