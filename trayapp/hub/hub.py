"""The hub's loop: new streams, new events, heartbeats; one thread for all.

Theory of operation. The bus only wakes the hub; the hub pulls what is new, so order is the bus's
order and replay cannot race with live events: both are read by this thread, from one history.
Why not a thread or a queue per stream: ten thousand pages would cost gigabytes, and one slow
page would hold its own copy of everything.
"""

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

from trayapp import sse
from trayapp.bus import Bus, Reader
from trayapp.event import BUSY, BYE
from trayapp.hub import limits, words
from trayapp.hub.ends import Ends
from trayapp.hub.greeting import Greeting
from trayapp.hub.lane import Lane, lane_of
from trayapp.hub.stream import Arrival, Stream
from trayapp.hub.streams import Streams, part
from trayapp.hub.tally import Tally
from trayapp.state import Figures

logger = logging.getLogger(__name__)

HEARTBEAT_EVERY = 15.0
"""Seconds between heartbeats; a page that is gone without a word is noticed within two."""


class Hub:
    """Owns every stream's socket from its hand-off to its end. Public methods: any thread.

    `hello` gives the JSON data of the first frame; called on the hub's thread, it must be quick.
    `on_count` is called on the hub's thread whenever streams came or went, `on_page` whenever a
    page was loaded, with True for one without our script that a change has caused to load itself
    (those with it report that). `cap` is how many streams are wished for: `start` takes fewer where
    the system allows fewer, and says so.
    """

    def __init__(
        self,
        bus: Bus,
        hello: Callable[[], str],
        *,
        heartbeat: float = HEARTBEAT_EVERY,
        cap: int = limits.CAP,
        on_count: Callable[[], None] = lambda: None,
        on_page: Callable[[bool], None] = lambda _caused: None,
        selector: Callable[[], selectors.BaseSelector] = selectors.DefaultSelector,
    ) -> None:
        self._bus = bus
        self._hello = hello
        self._heartbeat = heartbeat
        self._wish = self._cap = cap
        self._on_count = on_count
        self._on_page = on_page
        self._make_selector = selector
        self._arrivals: deque[tuple[int, Arrival]] = deque()
        self._held: deque[tuple[float, int, Arrival]] = deque()
        self._ends = Ends()
        self._ended = 0
        self._signals: deque[str] = deque()
        self._tally = Tally()
        self._streams: Streams | None = None
        self._reported: tuple[int, Mapping[str, int]] = (0, {})
        self._stopping = False
        self._woken = False
        self._thread: threading.Thread | None = None

    @property
    def pages(self) -> int:
        """Open streams, without those of dashboards: they only look on."""
        return self._streams.pages if self._streams is not None else 0

    @property
    def ends(self) -> int:
        """How often `end` was called; for `Arrival.ends`."""
        return self._ends.count

    def devices(self) -> Mapping[str, int]:
        """How many streams each paired device has open."""
        return self._streams.devices if self._streams is not None else {}

    def figures(self) -> Figures:
        """What was counted since the program began, and how things stand."""
        streams = self._streams
        behind = streams.behind if streams is not None else ()
        return self._tally.figures(
            streams=len(streams) if streams is not None else 0,
            limit=self._cap,
            behind=len(behind),
            backlog=sum(streams.seq - each.seq for each in behind) if streams is not None else 0,
        )

    def start(self) -> None:
        """Start the thread `trayapp-hub`."""
        self._stopping = self._woken = False
        self._selector = self._make_selector()
        self._cap = limits.possible(self._selector, self._wish)
        if self._cap < self._wish:
            logger.warning(
                "This system allows %d open streams, not %d; more are told to come back.",
                self._cap,
                self._wish,
            )
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        streams = self._streams = Streams(self._bus, self._selector, self._tally)
        self._bus.delivered(streams.seq)
        self._unwatch = self._bus.watch(self._wake)
        self._thread = threading.Thread(target=self._run, args=(streams,), name="trayapp-hub")
        self._thread.start()

    def stop(self) -> None:
        """Say `bye` on every stream, close them all, end the thread. Idempotent."""
        if self._thread is None:
            return
        self._unwatch()
        self._stopping = True
        self._wake()
        self._thread.join()
        self._thread = None
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()

    def add(self, arrival: Arrival) -> None:
        """Take over a socket. Its stream begins with the next turn of the loop."""
        ends = self._ends.count if arrival.ends is None else arrival.ends
        self._arrivals.append((ends, arrival))
        if self._stopping:
            self._close_arrivals()
        else:
            self._wake()

    def end(self, unwanted: Callable[[Reader], bool]) -> None:
        """Say `bye` on the streams of unwanted readers and close them, in the next turn of the
        loop. Streams that wait for their beginning are among them, and those whose request was
        judged before this call. `unwanted` is called on the hub's thread, it must be quick."""
        self._ends.add(unwanted)
        self._wake()

    def signal(self, topic: str) -> None:
        """Send an event without data, id or history to the current streams that named `topic`."""
        self._signals.append(topic)
        self._wake()

    def _wake(self) -> None:
        if self._woken:
            return
        self._woken = True
        try:
            self._wake_write.send(b"\0")
        except BlockingIOError:
            pass  # the loop has wakes enough to read
        except OSError:
            logger.debug("The hub was woken after its end.")

    # The loop. Everything below runs on trayapp-hub.

    def _run(self, streams: Streams) -> None:
        beat = time.monotonic() + self._heartbeat
        while not self._stopping:
            for key, mask in self._selector.select(self._patience(streams, beat)):
                if key.data is None:
                    self._wake_read.recv(4096)
                    self._woken = False
                else:
                    streams.ready(key.data, mask)
            if not streams:
                beat = time.monotonic() + self._heartbeat
            self._end_unwanted(streams)
            self._accept(streams)
            streams.pull()
            self._send_signals(streams)
            if time.monotonic() >= beat:
                streams.beat()
                streams.cut_lost()
                beat = time.monotonic() + self._heartbeat
            self._report(streams)
        self._bus.delivered(None)  # publishers that wait for this loop go on
        streams.close()
        self._arrivals += [(ends, arrival) for _, ends, arrival in self._held]
        self._held.clear()
        self._close_arrivals()
        self._report(streams)

    def _patience(self, streams: Streams, beat: float) -> float | None:
        """Seconds until something is due; None when nothing is."""
        due = beat if streams else None
        if self._held:
            due = min(beat, self._held[0][0])
        return None if due is None else max(0.0, due - time.monotonic())

    def _end_unwanted(self, streams: Streams) -> None:
        ended, self._ended = self._ended, self._ends.count
        if ended != self._ended:
            streams.end(lambda reader: self._ends.concern(reader, ended))

    def _accept(self, streams: Streams) -> None:
        greeting, now = Greeting(self._bus, streams, self._hello), time.monotonic()
        while self._held and self._held[0][0] <= now:
            _, ends, arrival = self._held.popleft()
            self._admit(arrival, ends, greeting, streams)
        while self._arrivals and self._arrivals[0][0] <= self._ended:  # else an end comes first
            ends, arrival = self._arrivals.popleft()
            hold = streams.churn.hold(now) if arrival.subscription.padded else 0.0
            if hold:
                self._held.append((now + hold, ends, arrival))
            else:
                self._admit(arrival, ends, greeting, streams)

    def _admit(self, arrival: Arrival, ends: int, greeting: Greeting, streams: Streams) -> None:
        arrival.sock.setblocking(False)
        limits.expect_answers(arrival.sock, 2 * self._heartbeat)
        if self._ends.concern(arrival.reader, ends):
            self._turn_away(arrival, BYE)
        elif self._has_room(arrival.reader, streams):
            self._open(arrival, greeting, streams)
        else:
            self._turn_away(arrival, BUSY)
            self._tally.refused += 1

    def _has_room(self, reader: Reader, streams: Streams) -> bool:
        if len(streams) >= self._cap:
            return False
        return not reader.sender or (
            streams.from_network < limits.of_the_network(self._cap)
            and streams.from_sender(reader.sender) < limits.OF_ONE_SENDER
        )

    def _open(self, arrival: Arrival, greeting: Greeting, streams: Streams) -> None:
        lane = lane_of(arrival.subscription.selection, arrival.chunked)
        try:
            first, seq = greeting.to(arrival.subscription)
        except Exception:  # one page that cannot be greeted must not cost all the others
            logger.exception("A stream could not begin.")
            arrival.sock.close()
            return
        began = time.monotonic() if arrival.subscription.padded else 0.0
        wanted = arrival.subscription
        if wanted.padded and not wanted.resumes and not lane.looks_on:
            self._on_page(wanted.cursor is None and streams.reloads.begins(began))
        stream = Stream(arrival.sock, lane, seq, arrival.reader, began)
        streams.open(stream, arrival.head + lane.framed(first))

    def _turn_away(self, arrival: Arrival, type: str) -> None:
        lane = lane_of(arrival.subscription.selection, arrival.chunked)
        part(arrival.sock, arrival.head + words.farewell(type, lane, time.time()))
        arrival.sock.close()

    def _send_signals(self, streams: Streams) -> None:
        while self._signals:
            streams.say(partial(_signal, self._signals.popleft()))

    def _report(self, streams: Streams) -> None:
        counts = (streams.pages, streams.devices)
        if counts != self._reported:
            self._reported = counts
            self._on_count()

    def _close_arrivals(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._arrivals.popleft()[1].sock.close()


def _signal(topic: str, lane: Lane) -> bytes:
    named = lane.selection.topics or frozenset()
    return lane.framed(sse.encode("{}", type=topic)) if topic in named else b""
