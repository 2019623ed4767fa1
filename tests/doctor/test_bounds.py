"""What another server sends costs a bounded time and a bounded memory, and never a traceback."""

import time
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest

from trayapp.doctor import asking, judgement
from trayapp.doctor.asking import Answer
from trayapp.doctor.snippet import LONGEST_REST, read

TAG = '<script src="http://localhost:8765/client.js"></script>'
SECONDS = 10.0
"""Of processor time, for five megabytes; quadratic it would be hours."""


@pytest.mark.parametrize(
    "charset",
    ["idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "base64", "rot13"]
    + ["hex", "zlib", "utf-7", "no-such-thing", "utf-8", "latin-1", "x" * 500, ".", "mbcs"],
)
@pytest.mark.parametrize("place", ["header", "meta"])
def test_a_page_of_any_charset_is_read(charset: str, place: str) -> None:
    body = f"<!doctype html><p>{'a' * 80}.\\N{{x}} ä".encode()
    header = "text/html" + (f"; charset={charset}" if place == "header" else "")
    if place == "meta":
        body = f'<meta charset="{charset}">'.encode() + body
    text = judgement.text_of(Answer("http://x/", 200, (("Content-Type", header),), body))
    assert "a" * 80 in text


@pytest.mark.parametrize(
    "piece",
    ["<!--", "--><!--", "<![CDATA[", "<!", "<?", "</", "<a ", "<a b='", "<script><!--", "&#"],
)
def test_five_megabytes_of_anything_are_read_in_time(piece: str) -> None:
    text = TAG + piece * (asking.MAX_BODY // len(piece))
    began = time.process_time()
    source = read(text, "http://localhost/")
    assert time.process_time() - began < SECONDS
    assert len(source.tags) == 1


def test_a_tag_before_a_long_comment_without_an_end_is_found() -> None:
    assert read(f"{TAG}<!-- {'x' * LONGEST_REST}", "http://localhost/").tags


def test_a_stream_that_expands_without_end_is_left() -> None:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    bomb = b"".join(packer.compress(b"data: " + b"x" * 1_000_000) for _ in range(200))
    bomb += packer.flush()
    assert len(bomb) < 1_000_000
    answer = Answer("http://x/stream", 200, (("Content-Encoding", "gzip"),))

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(bomb), 65536):
            yield bomb[start : start + 65536]

    tracemalloc.start()
    try:
        assert asking._first(pieces(), answer) is None
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_compressed_hello_is_read() -> None:
    packed = zlib.compress(b'event: hello\ndata: {"server": "trayapp"}\n\n')
    answer = Answer("http://x/stream", 200, (("Content-Encoding", "deflate"),))
    assert asking._first(iter([packed[:5], packed[5:]]), answer) == {"server": "trayapp"}
