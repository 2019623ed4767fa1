"""What is published is what readers see, byte for byte, and nothing else: fuzzed.

A few hundred events here; TRAYAPP_TEST_FULL=1 makes it the 10,000 of the claim.
"""

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from tests.conftest import need
from tests.interop.frames import FrameServer
from tests.interop.published import Publisher
from tests.interop.readers import OWN_TYPES, CurlReader, NodeReader, PageReader, Reader
from tests.interop.whatwg import Message
from tests.support import Running, wait_for
from trayapp import sse
from trayapp.web.publish import RESERVED_TYPES

BATCH = 25
FULL = os.environ.get("TRAYAPP_TEST_FULL") == "1"
BATCHES = 400 if FULL else 12

# What breaks readers: line ends and what only looks like one, fields, comments, marks, halves.
NASTY = [
    *["\r", "\n", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r", "\v", "\f", "\x1c", "\x1e", "\x85"],
    *["\u2028", "\u2029", "\0", "\ufeff", "\ufffe", "\ufffd", "\x7f", "\x1b"],
    *["data:", "data: ", "event: injected", "id: injected", "id: a\0b", "retry: 1", "retry:9", ":"],
    *["\n\nevent: injected\ndata: x\n\n", "\r\rdata: injected\r\r", "event:hello", " ", "  ", "\t"],
    *["é", "☃", "😀", "\U0010ffff", "e\u0301", "\u202e", "{}", "[", "]", '"', "\\", "\\n", "%0a"],
]
CHARACTERS = st.characters(exclude_categories=["Cs"])
FRAGMENTS = st.sampled_from(NASTY) | st.text(CHARACTERS, max_size=8)
SHORT = st.lists(FRAGMENTS, min_size=1, max_size=12).map("".join).filter(bool)
LONG = st.builds(lambda text, times: (text * times)[:16_000], SHORT, st.integers(50, 2000))
PAYLOADS = st.one_of(*[SHORT] * 15, LONG)
SPECIAL = st.sampled_from(["__proto__", "constructor", "close", "message", "Hello", "onerror", ":"])
SPELLED = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x7f", min_codepoint=0x20),
    min_size=1,
    max_size=64,
)
TYPES = st.just("") | (SPECIAL | SPELLED).filter(lambda type_: type_ not in RESERVED_TYPES)
EVENTS = st.tuples(PAYLOADS, TYPES, st.booleans())
BATCH_OF_EVENTS = st.lists(EVENTS, min_size=BATCH, max_size=BATCH)
IDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), min_size=1, max_size=64
) | st.sampled_from(["0", " ", ": ", "id: 1", "\ufeff", "\u2028", "\x85", "__proto__", "a" * 4096])

MANY = settings(
    max_examples=BATCHES,
    deadline=None,
    phases=[Phase.generate],  # a batch that goes wrong is told as it is: readers remember too much
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Judge:
    """Compares what all readers got since the last time with what they should have got."""

    def __init__(self, **readers: Reader) -> None:
        self._readers = readers
        self._seen = dict.fromkeys(readers, 0)
        self.judged = 0

    def skip_to(self, last: Message) -> None:
        """Wait until every reader has `last`, and forget all up to it."""
        for name in self._readers:
            self._take(name, last)

    def check(self, expected: Sequence[Message]) -> None:
        """Wait until every reader has the last of `expected`; nothing else may have come."""
        for name in self._readers:
            got = self._take(name, expected[-1])
            assert got == expected, f"{name} differs"
        self.judged += len(expected)

    def _take(self, name: str, last: Message) -> list[Message]:
        reader = self._readers[name]

        def news() -> list[Message]:
            return reader.messages()[self._seen[name] :]

        wait_for(lambda: any(each.data == last.data for each in news()), 10, f"{name}: {last}")
        got = news()
        self._seen[name] += len(got)
        return got


class Unwrapped:
    """A reader of `envelope=1`, its JSON undone: here even line ends must be as published."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._undone = 0
        self._messages: list[Message] = []

    def messages(self) -> list[Message]:
        wrapped = self._reader.messages()
        new = [each for each in wrapped[self._undone :] if each.type != "hello"]
        self._messages += [self._unwrap(each) for each in new]
        self._undone = len(wrapped)
        return self._messages

    def _unwrap(self, message: Message) -> Message:
        inner = json.loads(message.data)
        assert (inner["id"], inner["topic"], inner["type"]) == (message.id, "tries", message.type)
        return Message(inner["type"], inner["data"], inner["id"])


def _marks() -> Iterator[str]:
    """Texts that no payload holds, to end a batch with."""
    number = 0
    while True:
        number += 1
        yield f"the end of batch number {number} of those that were tried"


@pytest.mark.browser
@pytest.mark.timeout(1800 if FULL else 60)
@pytest.mark.usefixtures("packages")
def test_nothing_that_is_published_is_altered_or_injected(
    trayapp: Running, publisher: Publisher, site: str, page: Page, tmp_path: Path
) -> None:
    need("curl")
    url = f"{trayapp.url}/stream?topic=tries"
    browser = PageReader(page, site, "native", url)
    ends = _marks()
    with (
        NodeReader("eventsource", url, tmp_path / "node") as node,
        CurlReader(url, tmp_path / "curl") as own,
        CurlReader(f"{url}&envelope=1", tmp_path / "wrapped") as wrapped,
    ):
        readers: dict[str, Reader] = {"browser": browser, "node": node, "own": own}
        for each in (*readers.values(), wrapped):
            wait_for(each.messages, 10, "hello")
        judge, exact = Judge(**readers), Judge(exact=Unwrapped(wrapped))

        @MANY
        @given(BATCH_OF_EVENTS)
        def deliver(batch: list[tuple[str, str, bool]]) -> None:
            browser.listen({type_ or "message" for _, type_, _ in batch})
            start = publisher.post(next(ends))
            judge.skip_to(start)
            exact.skip_to(start)
            sent = [
                publisher.post(data, type_, as_header=as_header and type_ == type_.strip(" \t"))
                for data, type_, as_header in batch
            ]
            sent.append(publisher.post(next(ends)))
            judge.check(sent)
            raw = [data for data, _, _ in batch] + [sent[-1].data]
            exact.check([each._replace(data=data) for each, data in zip(sent, raw, strict=True)])

        deliver()
    assert judge.judged >= BATCH * BATCHES


@pytest.mark.browser
@pytest.mark.timeout(1800 if FULL else 60)
@pytest.mark.usefixtures("packages")
def test_no_id_that_can_be_encoded_is_altered_or_injects(
    site: str, page: Page, tmp_path: Path
) -> None:
    need("curl")
    server = FrameServer()
    server.start()
    browser = PageReader(page, site, "native", server.url)
    ends = _marks()
    with (
        NodeReader("eventsource", server.url, tmp_path / "node") as node,
        CurlReader(server.url, tmp_path / "curl") as own,
    ):
        wait_for(lambda: server.readers == 3, 10, "three readers")
        judge = Judge(browser=browser, node=node, own=own)

        def frame(data: str, type_: str, id_: str) -> tuple[bytes, Message]:
            seen = Message(type_ or "message", re.sub("\r\n|\r", "\n", data), id_)
            return sse.encode(data, type=type_, id=id_), seen

        @MANY
        @given(
            st.lists(st.tuples(PAYLOADS, TYPES, IDS), min_size=BATCH, max_size=BATCH),
            st.lists(st.integers(1, 400), max_size=20),
        )
        def deliver(batch: list[tuple[str, str, str]], cuts: list[int]) -> None:
            browser.listen({type_ or "message" for _, type_, _ in batch})
            octets, start = frame(next(ends), "", "start")
            server.write(octets, iter(()))
            judge.skip_to(start)
            pairs = [frame(*each) for each in batch] + [frame(next(ends), "", "end")]
            server.write(b"".join(octets for octets, _ in pairs), iter(cuts))
            judge.check([seen for _, seen in pairs])

        deliver()
    server.stop()
    assert judge.judged >= BATCH * BATCHES


def test_the_types_of_the_wire_are_listened_to() -> None:
    """A browser tells only of types somebody listens to: an injected one must not go unseen."""
    assert RESERVED_TYPES - {"error", "open"} <= set(OWN_TYPES)
