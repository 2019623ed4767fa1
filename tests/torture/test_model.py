"""Bus and hub together, played against a model: publishing, joining, stalling, cutting, restarting
in any order. A page gets each event after its cursor once and in order, or a reset."""

import json
import secrets
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.torture.crowd import Body
from tests.torture.scale import TIMEOUT, scaled
from trayapp.bus import LogBus, Selection, Subscription
from trayapp.event import CHANGE
from trayapp.hub import Hub
from trayapp.hub.stream import Arrival
from trayapp.sse import Decoder, Dispatched

HISTORY = 12
HISTORY_BYTES = 2000
HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
pytestmark = pytest.mark.timeout(TIMEOUT)

BAD = ("garbage", "0123456789ab-1", "x" * 200, "-1", "\0")


@dataclass(frozen=True, slots=True)
class Published:
    """An event as the model knows it. `run` is the number of the run that published it; a change
    is not kept beyond that."""

    id: str
    data: str
    run: int
    kept: bool


class Model:
    """All events ever published, and which of them may be missing from the history.

    `places` maps every cursor that a page can have to the number of events before it. A run serves
    from memory or file all that it published; the first `gone` events were too old for a start.
    """

    def __init__(self) -> None:
        self.events: list[Published] = []
        self.places: dict[str, int] = {}
        self.run = 0
        self.gone = 0
        self._ring: list[int] = []

    def publish(self, event: Published) -> None:
        self.events.append(event)
        self.places[event.id] = len(self.events)
        self._ring.append(len(self.events) - 1)

    def restart(self) -> None:
        """What the file held is the history; changes are in no file."""
        self.run += 1
        self._ring = [number for number, event in enumerate(self.events) if event.kept]
        self._evict()

    def next(self, place: int) -> int | None:
        """The number of the event that a page at `place` gets next."""
        for number in range(place, len(self.events)):
            if self.events[number].kept or self.events[number].run == self.run:
                return number
        return None

    def _evict(self) -> None:
        while len(self._ring) > HISTORY or self._size() > HISTORY_BYTES:
            self.gone = max(self.gone, self._ring.pop(0) + 1)

    def _size(self) -> int:
        return sum(len(self.events[number].data) for number in self._ring)


class Page:
    """A reader, checked against the model with everything it gets.

    `place` is the number of events before its cursor; `ended`: the hub has closed the stream. What
    is wrong is told by `check` at the end: a play that ends early here or there, as threads will
    have it, is one that hypothesis cannot repeat.
    """

    def __init__(self, sock: socket.socket, model: Model, cursor: str | None) -> None:
        self._sock = sock
        self._model = model
        self._asked = cursor
        self._body = Body()
        self._decoder = Decoder()
        self._greeted = False
        self.place = -1
        self.ended = False
        self._fault: Exception | None = None
        while not self._greeted and not self.ended:
            self.read(4096)

    @property
    def cursor(self) -> str:
        return self._decoder.last_event_id

    def read(self, most: int) -> None:
        """Take some bytes; they have to come within seconds."""
        self._sock.settimeout(5)
        try:
            piece = self._sock.recv(most)
            for event in self._decoder.feed(self._body.feed(piece)):
                self._take(event)
        except (AssertionError, OSError) as fault:
            self._fault = self._fault or fault
            piece = b""
        self.ended = not piece

    def read_what_is_there(self, most: int) -> None:
        """Take some bytes, if there are any."""
        self._sock.setblocking(False)
        try:
            self._sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        self.read(most)

    def drain(self) -> None:
        """Read until there is nothing more to come; the stream ends only when it lost its place."""
        while self._model.next(self.place) is not None and not self.ended:
            self.read(4096)
        if self.ended and self.place >= self._model.gone:
            self._fault = self._fault or AssertionError("the stream ended without need")

    def check(self) -> None:
        """Raise what was wrong, if anything."""
        if self._fault is not None:
            raise self._fault

    def close(self) -> None:
        self._sock.close()

    def _take(self, event: Dispatched) -> None:
        if event.type == "hello":
            self._greet(event)
        elif event.type == "reset":
            assert json.loads(event.data) == {"id": event.id}
            assert self.place < self._model.gone or self._asked in BAD, "reset without need"
            self.place = self._model.places[event.id]
        elif event.type != "bye":
            number = self._model.next(self.place)
            assert number is not None, f"{event} was never published, or is here already"
            expected = self._model.events[number]
            assert (event.id, event.data) == (expected.id, expected.data)
            self.place = number + 1

    def _greet(self, hello: Dispatched) -> None:
        """`hello` names the cursor to begin with. Where that is not the one asked for, a reset
        follows, which judges the place asked for."""
        assert not self._greeted
        self._greeted = True
        known = self._model.places
        known.setdefault(hello.id, len(self._model.events))
        self.place = known[self._asked if self._asked in known else hello.id]


class BusAndHub(RuleBasedStateMachine):
    """The log, a hub on it and its pages."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.model = Model()
        self.pages: list[Page] = []
        self.all: list[Page] = []
        self.left: list[str] = []
        self._start()

    def _start(self) -> None:
        file = Path(self._folder.name) / "events.db"
        self.bus = LogBus(file, history=HISTORY, history_bytes=HISTORY_BYTES)
        self.bus.start()
        self.hub = Hub(self.bus, lambda: "{}")
        self.hub.start()

    def _stop(self) -> None:
        self.hub.stop()
        self.bus.stop()

    @rule(count=st.integers(1, 20), size=st.integers(1, 400), change=st.booleans())
    def publish(self, count: int, size: int, change: bool) -> None:
        for _ in range(count):
            data = secrets.token_hex(size)[:size]
            event = self.bus.publish(CHANGE if change else "t", data, local=change)
            self.model.publish(Published(event.id, data, self.model.run, kept=not change))

    @rule()
    def join(self) -> None:
        self._join(None)

    @rule(share=st.floats(0, 1))
    @precondition(lambda self: self.model.places)
    def come_back(self, share: float) -> None:
        cursors = list(self.model.places)
        self._join(cursors[round(share * (len(cursors) - 1))])

    @rule(which=st.integers(0, 99))
    @precondition(lambda self: self.left)
    def come_back_after_a_cut(self, which: int) -> None:
        self._join(self.left[which % len(self.left)])

    @rule(cursor=st.sampled_from(BAD))
    def join_with_a_bad_cursor(self, cursor: str) -> None:
        self._join(cursor)

    @rule(which=st.integers(0, 99), most=st.sampled_from([1, 100, 10_000]))
    @precondition(lambda self: self.pages)
    def read(self, which: int, most: int) -> None:
        self.pages[which % len(self.pages)].read_what_is_there(most)

    @rule()
    def drain(self) -> None:
        for page in self.pages:
            page.drain()

    @rule(which=st.integers(0, 99))
    @precondition(lambda self: self.pages)
    def cut(self, which: int) -> None:
        page = self.pages.pop(which % len(self.pages))
        self.left.append(page.cursor)
        page.close()

    @rule()
    def restart(self) -> None:
        while self.pages:
            self.cut(0)
        self._stop()
        self.model.restart()
        self._start()

    def teardown(self) -> None:
        try:
            self.drain()
            for page in self.all:
                page.check()
        finally:
            self._stop()
            for page in self.pages:
                page.close()
            self._folder.cleanup()

    def _join(self, cursor: str | None) -> None:
        ours, theirs = socket.socketpair()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.hub.add(Arrival(theirs, HEAD, Subscription(Selection(), cursor), chunked=False))
        self.pages.append(Page(ours, self.model, cursor))
        self.all.append(self.pages[-1])


TestBusAndHub = BusAndHub.TestCase
TestBusAndHub.settings = settings(
    max_examples=scaled(60, 1000), stateful_step_count=scaled(30, 60), deadline=None
)
