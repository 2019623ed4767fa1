"""Readers that other people wrote receive everything once and in order, across cut connections."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import islice
from pathlib import Path

import httpx
import httpx_sse
import pytest
import requests
import requests_sse
import sseclient
from playwright.sync_api import Page

from tests.conftest import need
from tests.interop.cutter import Cutter
from tests.interop.frames import FrameServer
from tests.interop.published import Publisher
from tests.interop.readers import (
    CurlReader,
    NodeReader,
    PageReader,
    Reader,
    wait_for_count,
    wait_for_hello,
)
from tests.interop.whatwg import Message
from trayapp import sse

HEARTBEATS = sse.encode("one", id="1") + sse.comment() * 3 + sse.encode("two", id="2")
OLD_BROWSER = "delete window.EventSource;"
OLDER_BROWSER = OLD_BROWSER + "delete window.fetch; delete window.Response;"


def stays_whole(reader: Reader, cutter: Cutter, publisher: Publisher) -> None:
    """Publish to `reader` through connections that break between events, then within one."""
    wait_for_hello(reader)
    publisher.post_some()
    assert wait_for_count(reader, len(publisher.sent)) == publisher.sent

    with cutter.down():
        publisher.post_some()
    assert wait_for_count(reader, len(publisher.sent)) == publisher.sent

    cutter.cut_after(90)
    publisher.post("cut in two " * 30, "named")
    publisher.post_some()
    assert wait_for_count(reader, len(publisher.sent)) == publisher.sent
    assert cutter.connections >= 3  # and perhaps one that asks for leave to send a header


@pytest.mark.parametrize("library", ["eventsource", "event-source-polyfill"])
@pytest.mark.usefixtures("packages")
def test_npm_readers_in_node(
    library: str, cutter: Cutter, publisher: Publisher, tmp_path: Path
) -> None:
    with NodeReader(library, f"{cutter.url}/stream", tmp_path) as reader:
        stays_whole(reader, cutter, publisher)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("library", "before"),
    [
        pytest.param("native", "", id="native"),
        pytest.param("event-source-polyfill", OLD_BROWSER, id="polyfill-fetch"),
        pytest.param("event-source-polyfill", OLDER_BROWSER, id="polyfill-xhr"),
        pytest.param("fetch-event-source", "", id="fetch-event-source"),
    ],
)
@pytest.mark.usefixtures("packages")
def test_readers_in_a_page(
    library: str, before: str, site: str, cutter: Cutter, publisher: Publisher, page: Page
) -> None:
    page.add_init_script(before)
    reader = PageReader(page, site, library, f"{cutter.url}/stream")
    stays_whole(reader, cutter, publisher)
    if before:
        assert page.evaluate("EventSource === EventSourcePolyfill")


def test_curl(cutter: Cutter, publisher: Publisher, tmp_path: Path) -> None:
    need("curl")
    with CurlReader(f"{cutter.url}/stream", tmp_path) as reader:
        wait_for_hello(reader)
        publisher.post_some()
        before = wait_for_count(reader, len(publisher.sent))
        cutter.cut()
    publisher.post_some()
    header = f"Last-Event-ID: {before[-1].id}"
    with CurlReader(f"{cutter.url}/stream", tmp_path, "--header", header) as reader:
        publisher.post_some()
        after = wait_for_count(reader, len(publisher.sent) - len(before))
    assert before + after == publisher.sent


def _httpx_sse(stack: ExitStack, url: str, cursor: str) -> Iterator[Message]:
    headers = {"Last-Event-ID": cursor} if cursor else {}
    client = stack.enter_context(httpx.Client(timeout=10))
    source = stack.enter_context(httpx_sse.connect_sse(client, "GET", url, headers=headers))
    for each in source.iter_sse():
        yield Message(each.event, each.data, each.id)


def _sseclient_py(stack: ExitStack, url: str, cursor: str) -> Iterator[Message]:
    query = {"last_event_id": cursor} if cursor else None
    session = stack.enter_context(requests.Session())
    answer = stack.enter_context(session.get(url, params=query, stream=True, timeout=10))
    for each in sseclient.SSEClient(iter(answer)).events():
        yield Message(each.event, each.data, each.id or "")


Opener = Callable[[ExitStack, str, str], Iterator[Message]]


@pytest.mark.parametrize("opener", [_httpx_sse, _sseclient_py])
def test_readers_that_leave_the_cursor_to_their_user(
    opener: Opener, cutter: Cutter, publisher: Publisher
) -> None:
    with ExitStack() as stack:
        stream = opener(stack, f"{cutter.url}/stream", "")
        assert next(stream).type == "hello"
        publisher.post_some()
        before = list(islice(stream, len(publisher.sent)))
        cutter.cut()
    publisher.post_some()
    with ExitStack() as stack:
        stream = opener(stack, f"{cutter.url}/stream", before[-1].id)
        assert next(stream).type == "hello"
        publisher.post_some()
        after = list(islice(stream, len(publisher.sent) - len(before)))
    assert before + after == publisher.sent


def test_requests_sse_resumes_by_itself(cutter: Cutter, publisher: Publisher) -> None:
    pause = timedelta(seconds=0.1)
    url = f"{cutter.url}/stream"
    with requests_sse.EventSource(url, reconnection_time=pause, timeout=10) as source:
        stream = (Message(each.type, each.data, each.last_event_id) for each in source)
        assert next(stream).type == "hello"
        publisher.post_some()
        before = list(islice(stream, len(publisher.sent)))
        cutter.cut()
        publisher.post_some()
        assert next(stream).type == "hello"
        after = list(islice(stream, len(publisher.sent) - len(before)))
    assert before + after == [each._replace(data=_stripped(each.data)) for each in publisher.sent]


def _stripped(data: str) -> str:
    """What requests-sse makes of data: it takes all spaces after a colon, not one, and all line
    ends at the end."""
    return "\n".join(line.lstrip(" ") for line in data.split("\n")).rstrip("\n")


@pytest.fixture
def frames() -> Iterator[FrameServer]:
    """Begins every stream with two events and heartbeats between them."""
    server = FrameServer(HEARTBEATS)
    server.start()
    yield server
    server.stop()


def test_heartbeats_are_no_events_for_httpx_sse(frames: FrameServer) -> None:
    with ExitStack() as stack:
        stream = _httpx_sse(stack, frames.url, "")
        assert [next(stream).data for _ in range(2)] == ["one", "two"]


@pytest.mark.browser
@pytest.mark.usefixtures("packages")
def test_heartbeats_are_no_events_for_fetch_event_source(
    frames: FrameServer, site: str, page: Page
) -> None:
    reader = PageReader(page, site, "fetch-event-source", frames.url)
    assert [each.data for each in wait_for_count(reader, 2)] == ["one", "two"]
