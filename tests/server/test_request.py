"""The head of a request, judged from its bytes alone."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.server.request import (
    MAX_FIELDS,
    MAX_HEAD,
    BadRequest,
    Head,
    check_begin,
    head_end,
    parse_head,
)


def head_of(*lines: str) -> Head:
    return parse_head("\r\n".join(["POST / HTTP/1.1", *lines, "", ""]).encode("latin-1"))


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n"])
def test_a_head_ends_with_a_blank_line(end: bytes) -> None:
    head = b"GET / HTTP/1.1\r\nHost: x" + end
    assert head_end(head[:-1]) is None
    assert head_end(head + b"body") == len(head)
    assert head_end(head, len(head) - 3) == len(head)
    assert parse_head(head) == Head("GET", "/", "HTTP/1.1", [("host", "x")])


@pytest.mark.parametrize(
    ("octets", "error", "hint"),
    [
        (b"\x16\x03\x01\x02\x00\x01", "This port speaks http, not https.", "Use http://"),
        (b"\x16", "This port speaks http, not https.", "Use http://"),
        (b"\x05\x01\x00", "This is no proxy.", "without SOCKS"),
        (b"\x04\x01\x22\x3d", "This is no proxy.", "without SOCKS"),
        (b"\x00", "This is not a valid HTTP request.", ""),
        (b"\xff\xfb\x01", "This is not a valid HTTP request.", ""),
        (b" GET", "This is not a valid HTTP request.", ""),
        (b"\r\n", "This is not a valid HTTP request.", ""),
    ],
)
def test_what_no_head_begins_with_is_refused_at_its_first_byte(
    octets: bytes, error: str, hint: str
) -> None:
    with pytest.raises(BadRequest, match=error) as refused:
        check_begin(octets)
    assert refused.value.status == "400 Bad Request"
    assert hint in refused.value.hint
    assert bool(refused.value.notice) == (octets[0] == 0x16)


def test_every_method_may_begin_a_head() -> None:
    for octets in (b"G", b"get / HTTP/1.1", b"!x", b"PRI * HTTP/2.0\r\n"):
        check_begin(octets)


def test_the_preface_of_http_2_is_told_the_version() -> None:
    with pytest.raises(BadRequest) as refused:
        parse_head(b"PRI * HTTP/2.0\r\n\r\n")
    assert refused.value.status.startswith("505")
    assert "--http1.1" in refused.value.hint


def test_fields_keep_order_case_and_inner_space_of_their_values() -> None:
    head = head_of("B:  x  y\t", "a:", "B: \xe9")
    assert head.fields == [("b", "x  y"), ("a", ""), ("b", "\xe9")]


def test_the_body_is_as_long_as_it_says() -> None:
    head = head_of("content-LENGTH:  3 ", "expect: 100-Continue")
    assert (head.length, head.expects) == (3, True)


def test_a_sender_without_a_body_is_not_told_to_go_on() -> None:
    assert head_of("expect: 100-continue") == Head(
        "POST", "/", "HTTP/1.1", [("expect", "100-continue")]
    )


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        pytest.param(b"GET /", "400", id="no version"),
        pytest.param(b"GET / HTTP/1.1 x", "400", id="four words"),
        pytest.param(b"GET  / HTTP/1.1", "400", id="two spaces"),
        pytest.param(b" GET / HTTP/1.1", "400", id="a space first"),
        pytest.param(b"G(T / HTTP/1.1", "400", id="no token"),
        pytest.param(b"GET /\x00 HTTP/1.1", "400", id="NUL"),
        pytest.param(b"GET http://x/ HTTP/1.1", "400", id="absolute form, 3.2.2"),
        pytest.param(b"OPTIONS * HTTP/1.1", "400", id="asterisk form, 3.2.4"),
        pytest.param(b"GET / HTTP/2.0", "505", id="version"),
        pytest.param(b"GET / http/1.1", "400", id="version in lower case"),
        pytest.param(b"GET / HTTP/1.1\r\nno colon", "400", id="no colon"),
        pytest.param(b"GET / HTTP/1.1\r\nX : y", "400", id="space before the colon, 5.1"),
        pytest.param(b"GET / HTTP/1.1\r\nX: y\r\n z", "400", id="folded line, 5.2"),
        pytest.param(b"GET / HTTP/1.1\r\n : y", "400", id="no name"),
        pytest.param(b"GET / HTTP/1.1\r\nX: a\rb", "400", id="CR inside"),
        pytest.param(b"GET / HTTP/1.1\r\nX: a\x00b", "400", id="NUL inside"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: a", "400", id="two hosts, 3.2"),
        pytest.param(b"GET / HTTP/1.1\r\nContent-Length: -1", "400", id="negative length"),
        pytest.param(b"GET / HTTP/1.1\r\nContent-Length: 1, 1", "400", id="list of lengths"),
        pytest.param(
            b"GET / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1", "400", id="two lengths"
        ),
        pytest.param("GET / HTTP/1.1\r\nContent-Length: ٣".encode(), "400", id="other digits"),
        pytest.param(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked", "411", id="chunked"),
        pytest.param(b"GET / HTTP/1.1" + b"\r\nX: y" * (MAX_FIELDS + 1), "431", id="many lines"),
    ],
)
def test_what_is_malformed_is_refused(octets: bytes, status: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_head(octets + b"\r\n\r\n")
    assert caught.value.status.startswith(status)


def test_a_head_too_large_is_refused_complete_or_not() -> None:
    assert head_end(b"x" * MAX_HEAD) is None
    for octets in (b"x" * (MAX_HEAD + 1), b"x" * (MAX_HEAD + 1) + b"\r\n\r\n"):
        with pytest.raises(BadRequest, match="too large"):
            head_end(octets)


@pytest.mark.parametrize("value", [" " * 60_000 + "\0", "\t" * 60_000 + "x\0", ":" * 60_000])
def test_no_head_takes_long_to_judge(value: str) -> None:
    """A pattern that backtracks would need minutes for these."""
    with contextlib.suppress(BadRequest):
        head_of(f"X: {value}")


@given(st.binary(max_size=400))
def test_any_bytes_give_a_head_or_a_refusal(received: bytes) -> None:
    with contextlib.suppress(BadRequest):
        head = parse_head(b"GET / HTTP/1.1\r\n" + received + b"\r\n\r\n")
        assert all(name == name.strip().lower() != "" for name, _ in head.fields)
