"""What stands between: proxies that buffer and compress, scanners that hold back; and the time to
the first byte when nothing does."""

import http.client
import statistics
import time
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.conftest import need
from tests.interop.cutter import Cutter, HoldsFirst
from tests.interop.nginx import Nginx
from tests.interop.published import Publisher
from tests.interop.readers import PageReader, wait_for_count, wait_for_hello
from tests.interop.whatwg import Message, WhatwgReader
from tests.streams import open_stream
from tests.support import Running

PROMPT = 0.1
"""Seconds from the begin of publishing to the event at its reader, behind a proxy."""


class Unzipping:
    """Reads a compressed stream as it comes."""

    def __init__(self, port: int, cursor: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        headers = {"Accept-Encoding": "gzip"} | ({"Last-Event-ID": cursor} if cursor else {})
        self._connection.request("GET", "/stream", headers=headers)
        self._answer = self._connection.getresponse()
        assert self._answer.getheader("Content-Encoding") == "gzip", "this test would show nothing"
        self._unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._reader = WhatwgReader()
        self._given = 0

    def next(self) -> Message:
        while len(self._reader.messages) == self._given:
            piece = self._answer.read1()
            assert piece, "the stream ended"
            self._reader.feed(self._unzip.decompress(piece))
        self._given += 1
        return self._reader.messages[self._given - 1]

    def close(self) -> None:
        self._answer.close()
        self._connection.close()


@pytest.fixture(params=["1.0", "1.1"])
def nginx(request: pytest.FixtureRequest, trayapp: Running, tmp_path: Path) -> Iterator[Nginx]:
    need("nginx")
    made = Nginx(trayapp.port, request.param, tmp_path)
    made.start()
    yield made
    made.stop()


def test_a_proxy_that_buffers_and_compresses_delays_nothing(
    nginx: Nginx, publisher: Publisher
) -> None:
    reader = Unzipping(nginx.port)
    assert reader.next().type == "hello"
    times = []
    for number in range(100):
        begin = time.monotonic()
        sent = publisher.post(f"event {number}")
        assert reader.next() == sent
        times.append(time.monotonic() - begin)
    reader.close()
    assert max(times) < PROMPT


def test_a_cursor_passes_through_a_proxy(nginx: Nginx, publisher: Publisher) -> None:
    first, *missed = publisher.post_some(20)
    reader = Unzipping(nginx.port, first.id)
    hello = reader.next()
    assert (hello.type, hello.id) == ("hello", first.id)
    assert [reader.next() for _ in missed] == missed
    reader.close()


def test_the_first_byte_comes_at_once(trayapp: Running) -> None:
    times = []
    for _ in range(20):
        begin = time.monotonic()
        stream = open_stream(trayapp.port)
        while not stream.body:
            assert stream.read()
        times.append(time.monotonic() - begin)
        stream.close()
    assert statistics.median(times) < 0.05


@pytest.fixture
def scanner(trayapp: Running) -> Iterator[Cutter]:
    """Holds back the first 2 KiB of every answer, as antivirus programs do that want to look first
    and as the XMLHttpRequest of the oldest browsers did by itself."""
    made = Cutter(trayapp.port, partial(HoldsFirst, 2048))
    made.start()
    yield made
    made.stop()


@pytest.mark.browser
def test_a_scanner_that_holds_the_first_two_kilobytes_delays_no_page(
    scanner: Cutter, publisher: Publisher, site: str, page: Page
) -> None:
    reader = PageReader(page, site, "native", f"{scanner.url}/stream")
    wait_for_hello(reader)
    publisher.post_some()
    assert wait_for_count(reader, len(publisher.sent)) == publisher.sent


@pytest.mark.parametrize(
    ("target", "agent", "padded"),
    [
        ("/stream", "curl/8", False),
        ("/stream", "Mozilla/5.0 (X11; Linux x86_64)", True),
        ("/stream?padding=true", "curl/8", True),
    ],
)
def test_padding_is_for_browsers_and_for_who_asks(
    trayapp: Running, target: str, agent: str, padded: bool
) -> None:
    stream = open_stream(trayapp.port, target, f"User-Agent: {agent}")
    assert stream.next().type == "hello"
    stream.rest(0.2)
    assert (len(stream.body) > 2048) is padded
    stream.close()
