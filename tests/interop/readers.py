"""Readers of event streams that other people wrote, all behind one face: `messages()`.

Each is driven as its own documentation tells, and keeps every event it is given.
"""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from playwright.sync_api import Page

from tests.interop.whatwg import Message, WhatwgReader
from tests.support import wait_for

FOLDER = Path(__file__).parent
OWN_TYPES = [
    "message",
    "named",
    "injected",
    "hello",
    "reset",
    "change",
    "notify",
    "state",
    "bye",
    "busy",
]


class Reader(Protocol):
    """All that has come so far, in order."""

    def messages(self) -> list[Message]: ...


def wait_for_hello(reader: Reader) -> None:
    """Return once `reader` has its stream."""
    wait_for(lambda: [each for each in reader.messages() if each.type == "hello"], 10, "hello")


def wait_for_count(reader: Reader, count: int, seconds: float = 15.0) -> list[Message]:
    """What was published, as `reader` has it, once it is `count` events or more.

    Leaves out `hello` only: a `reset`, or an event that nobody published, stays in and counts.
    """

    def published() -> list[Message]:
        return [each for each in reader.messages() if each.type != "hello"]

    try:
        wait_for(lambda: len(published()) >= count, seconds)
    except AssertionError:
        raise AssertionError(f"not {count} events within {seconds} s: {published()}") from None
    return published()


class _Program:
    """A reader that is a program of its own; what it prints goes to a file."""

    def __init__(self, command: Iterable[str], folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._printed = folder / "printed"
        self._complaints = folder / "complaints"
        with self._printed.open("wb") as printed, self._complaints.open("wb") as complaints:
            self._process = subprocess.Popen(
                [*command], stdin=subprocess.DEVNULL, stdout=printed, stderr=complaints, cwd=FOLDER
            )
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(10)

    def _news(self) -> bytes:
        """What it has printed since the last call."""
        with self._printed.open("rb") as printed:
            printed.seek(self._read)
            piece = printed.read()
        self._read += len(piece)
        if not piece and self._process.poll() is not None:
            raise AssertionError(f"the reader has ended: {self._complaints.read_text()}")
        return piece


class NodeReader(_Program):
    """`library` from npm, in node."""

    def __init__(self, library: str, url: str, folder: Path) -> None:
        super().__init__(["node", "reader.mjs", library, url], folder)
        self._messages: list[Message] = []
        self._rest = b""

    def messages(self) -> list[Message]:
        *lines, self._rest = (self._rest + self._news()).split(b"\n")
        self._messages += [Message(**json.loads(line)) for line in lines]
        return self._messages


class CurlReader(_Program):
    """`curl -N`, its output read by the reader of our own."""

    def __init__(self, url: str, folder: Path, *options: str) -> None:
        super().__init__(["curl", "-sSN", *options, url], folder)
        self._reader = WhatwgReader()

    def messages(self) -> list[Message]:
        self._reader.feed(self._news())
        return self._reader.messages


class PageReader:
    """`library` in a page of Chromium; `native` is Chromium's own EventSource."""

    def __init__(self, page: Page, site: str, library: str, url: str) -> None:
        self._page = page
        self._known = set(OWN_TYPES)
        self._messages: list[Message] = []
        page.goto(f"{site}/reader.html")
        page.evaluate(
            "([library, url, types]) => read(library, url, types)", [library, url, OWN_TYPES]
        )

    def listen(self, types: Iterable[str]) -> None:
        """EventSource tells only of types that somebody listens to."""
        new = set(types) - self._known
        self._known |= new
        self._page.evaluate("types => listen(types)", sorted(new))

    def messages(self) -> list[Message]:
        self._messages += [Message(*each) for each in self._page.evaluate("got.splice(0)")]
        return self._messages
