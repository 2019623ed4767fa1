"""The hub's loop: new streams, new events, heartbeats, slow and dead pages; one thread for all.

Theory of operation. The bus only wakes the hub; the hub pulls what is new, so order is the bus's
order and replay cannot race with live events: both are read by this thread, from one history.
A stream is either *current* (it gets each event as it comes) or *behind* (its socket is full, or
it resumed from a cursor): then it is fed from the history whenever its socket takes more, and is
cut when the history no longer holds its next event. It comes back with its cursor.
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
from collections.abc import Callable, Sequence
from functools import partial

from trayapp import sse
from trayapp.bus import Bus, Subscription
from trayapp.event import BUSY, BYE, Event
from trayapp.hub import words
from trayapp.hub.frame import HEARTBEAT, Encoder
from trayapp.hub.stream import Arrival, Lane, Stream

logger = logging.getLogger(__name__)

HEARTBEAT_EVERY = 15.0
"""Seconds between heartbeats; a page that is gone without a word is noticed within two."""

CAP = 10_000
"""Open streams; one more is told `busy`."""

AT_ONCE = 64
"""Events read from the bus at a time, and so at most in one write."""

WRITE_AT_ONCE = 64 * 1024
"""Bytes of data in one write, unless a single event has more: all that a page which stalls in the
middle of it holds."""

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Hub:
    """Owns every stream's socket from its hand-off to its end. Public methods: any thread.

    `hello` gives the JSON data of the first frame; called on the hub's thread, it must be quick.
    `on_count` is called on the hub's thread whenever streams came or went.
    """

    def __init__(
        self,
        bus: Bus,
        hello: Callable[[], str],
        *,
        heartbeat: float = HEARTBEAT_EVERY,
        cap: int = CAP,
        on_count: Callable[[], None] = lambda: None,
    ) -> None:
        self._bus = bus
        self._hello = hello
        self._heartbeat = heartbeat
        self._cap = cap
        self._on_count = on_count
        self._arrivals: deque[Arrival] = deque()
        self._signals: deque[str] = deque()
        self._streams: set[Stream] = set()
        self._current: dict[Lane, set[Stream]] = {}
        self._encoder = Encoder()
        self._seq = 0
        self._pages = 0
        self._reported = 0
        self._stopping = False
        self._woken = False
        self._thread: threading.Thread | None = None

    @property
    def pages(self) -> int:
        """Open streams, without those of dashboards: they only look on."""
        return self._pages

    def start(self) -> None:
        """Start the thread `trayapp-hub`."""
        self._stopping = self._woken = False
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._selector.register(self._wake_read, READ, None)
        self._seq = self._bus.after(None).head
        self._unwatch = self._bus.watch(self._wake)
        self._thread = threading.Thread(target=self._run, name="trayapp-hub")
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
        self._arrivals.append(arrival)
        if self._stopping:
            self._close_arrivals()
        else:
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

    def _run(self) -> None:
        beat = time.monotonic() + self._heartbeat
        while not self._stopping:
            timeout = max(0.0, beat - time.monotonic()) if self._streams else None
            for key, mask in self._selector.select(timeout):
                self._ready(key.data, mask)
            if not self._streams:
                beat = time.monotonic() + self._heartbeat
            self._accept()
            self._fan_out()
            self._send_signals()
            if time.monotonic() >= beat:
                self._send_all(lambda lane: lane.framed(HEARTBEAT))
                beat = time.monotonic() + self._heartbeat
            self._report()
        self._say_bye()

    def _ready(self, stream: Stream | None, mask: int) -> None:
        if stream is None:
            self._wake_read.recv(4096)
            self._woken = False
        elif stream in self._streams:
            if mask & READ:
                self._listen(stream)
            if mask & WRITE and stream in self._streams:
                self._catch_up(stream)

    def _listen(self, stream: Stream) -> None:
        """A page has nothing to say on its stream: what it sends is dropped, its end ends it."""
        try:
            gone = not stream.sock.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            gone = True
        if gone:
            self._drop(stream)

    def _accept(self) -> None:
        while self._arrivals:
            arrival = self._arrivals.popleft()
            arrival.sock.setblocking(False)
            self._expect_answers(arrival.sock)
            if len(self._streams) < self._cap:
                self._open(arrival)
            else:
                lane = Lane(arrival.subscription.selection, arrival.chunked)
                _part(arrival.sock, arrival.head + words.farewell(BUSY, lane))
                arrival.sock.close()

    def _expect_answers(self, sock: socket.socket) -> None:
        """Let the kernel end a connection whose peer acknowledges nothing for two heartbeats."""
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            patience = int(2000 * self._heartbeat)
            with contextlib.suppress(OSError):  # not TCP, or gone already
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience)

    def _open(self, arrival: Arrival) -> None:
        lane = Lane(arrival.subscription.selection, arrival.chunked)
        try:
            first, seq = self._first_frames(arrival.subscription)
        except Exception:  # one page that cannot be greeted must not cost all the others
            logger.exception("A stream could not begin.")
            arrival.sock.close()
            return
        stream = Stream(arrival.sock, lane, seq)
        stream.rest = memoryview(arrival.head + lane.framed(first))
        self._streams.add(stream)
        self._pages += not lane.looks_on
        self._selector.register(stream.sock, READ, stream)
        self._catch_up(stream)

    def _first_frames(self, subscription: Subscription) -> tuple[bytes, int]:
        """`hello`, then `reset` if the cursor is no good; and the seq the stream goes on from."""
        cursor = subscription.cursor or None
        replay = self._bus.after(cursor, 0)
        self._fan_out()  # a cursor may be newer than what this loop has pulled
        if cursor and replay.complete:
            return words.hello(self._hello(), cursor), replay.start
        id_ = self._bus.id_at(self._seq)
        reset = b"" if replay.complete else words.reset(id_)
        return words.hello(self._hello(), id_) + reset, self._seq

    def _fan_out(self) -> None:
        """Pull what the bus has, and give it to every current stream that wants it."""
        while True:
            replay = self._bus.after(self._seq, AT_ONCE)
            if not replay.complete:
                self._lose_track(replay.head)
            elif replay.events:
                events = _portion(replay.events)
                self._seq = events[-1].seq
                self._send_all(partial(self._encode, events))
            else:
                return

    def _send_all(self, payload_for: Callable[[Lane], bytes]) -> None:
        """Write to all current streams what there is for their lane; who cannot take all of it
        falls behind."""
        for lane, streams in tuple(self._current.items()):
            payload = payload_for(lane)
            for stream in tuple(streams) if payload else ():
                try:
                    if not stream.write(payload):
                        self._fall_behind(stream)
                except OSError:
                    self._drop(stream)

    def _encode(self, events: Sequence[Event], lane: Lane) -> bytes:
        """What of `events` goes out on `lane`, joined."""
        wanted = (event for event in events if lane.selection.wants(event))
        frame, envelope = self._encoder.frame, lane.selection.envelope
        return b"".join(frame(each, envelope=envelope, chunked=lane.chunked) for each in wanted)

    def _lose_track(self, head: int) -> None:
        """More was published in one turn than the history holds: say so instead of skipping it."""
        self._seq = head
        reset = words.reset(self._bus.id_at(head))
        self._send_all(lambda lane: lane.framed(reset))

    def _send_signals(self) -> None:
        while self._signals:
            self._send_all(partial(_signal, self._signals.popleft()))

    def _fall_behind(self, stream: Stream) -> None:
        stream.seq = self._seq
        self._leave_lane(stream)
        self._selector.modify(stream.sock, READ | WRITE, stream)

    def _catch_up(self, stream: Stream) -> None:
        """Go on with what is begun, then with the history, until the socket is full or the stream
        is current."""
        try:
            while stream.write_rest():
                if stream.seq == self._seq:
                    self._selector.modify(stream.sock, READ, stream)
                    self._current.setdefault(stream.lane, set()).add(stream)
                    return
                self._load_more(stream)
            self._selector.modify(stream.sock, READ | WRITE, stream)
        except OSError:
            self._drop(stream)

    def _load_more(self, stream: Stream) -> None:
        """Put the next events after `stream.seq` into its `rest`, none that is news to this loop.

        Raises: BrokenPipeError when the history no longer holds them: the stream is cut.
        """
        replay = self._bus.after(stream.seq, min(AT_ONCE, self._seq - stream.seq))
        if not replay.complete:
            raise BrokenPipeError
        events = _portion(replay.events)
        stream.seq = events[-1].seq
        stream.rest = memoryview(self._encode(events, stream.lane)) or None

    def _drop(self, stream: Stream) -> None:
        self._leave_lane(stream)
        self._streams.discard(stream)
        self._pages -= not stream.lane.looks_on
        self._selector.unregister(stream.sock)
        stream.sock.close()

    def _leave_lane(self, stream: Stream) -> None:
        streams = self._current.get(stream.lane)
        if streams is not None:
            streams.discard(stream)
            if not streams:
                del self._current[stream.lane]

    def _report(self) -> None:
        if self._pages != self._reported:
            self._reported = self._pages
            self._on_count()

    def _say_bye(self) -> None:
        for lane, streams in self._current.items():
            for stream in streams:
                _part(stream.sock, words.farewell(BYE, lane))
        for stream in tuple(self._streams):
            self._drop(stream)
        self._close_arrivals()
        self._report()

    def _close_arrivals(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._arrivals.popleft().sock.close()


def _portion(events: Sequence[Event]) -> Sequence[Event]:
    """As many of `events` as one write may carry, from the first one on."""
    size = 0
    for count, event in enumerate(events):
        size += len(event.data.encode("utf-8", "replace"))
        if count and size > WRITE_AT_ONCE:
            return events[:count]
    return events


def _signal(topic: str, lane: Lane) -> bytes:
    named = lane.selection.topics or frozenset()
    return lane.framed(sse.encode("{}", type=topic)) if topic in named else b""


def _part(sock: socket.socket, last: bytes) -> None:
    """Write the last bytes of a stream, if its socket takes them."""
    with contextlib.suppress(OSError):
        sock.send(last)
