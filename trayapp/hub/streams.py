"""All open streams, and how events get onto them. Knows no thread; the hub's is the only one here.

Theory of operation. A stream is either *current* (it gets each event as it comes) or *behind* (its
socket is full, or it resumed from a cursor): then it is fed from the history whenever its socket
takes more, and is cut when the history no longer holds its next event. It comes back with its
cursor. So a slow page costs this object and what its socket holds, never a copy of the events.
"""

import contextlib
import selectors
import socket
import time
from collections.abc import Callable, Sequence

from trayapp.bus import Bus, Reader
from trayapp.event import BYE, CHANGE, Event
from trayapp.hub import words
from trayapp.hub.churn import Churn
from trayapp.hub.frame import Encoder, portion
from trayapp.hub.lane import Lane
from trayapp.hub.reloads import Reloads
from trayapp.hub.stream import Stream
from trayapp.hub.tally import Tally

AT_ONCE = 64
"""Events read from the bus at a time, and so at most in one write."""

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Streams:
    """The streams of one run of the hub, all of them at `seq` or behind it."""

    def __init__(self, bus: Bus, selector: selectors.BaseSelector, tally: Tally) -> None:
        self.seq = bus.after(None).head
        self.pages = 0
        self.from_network = 0
        self.churn = Churn()
        self.reloads = Reloads()
        self._bus = bus
        self._selector = selector
        self._tally = tally
        self._current: dict[Lane, set[Stream]] = {}
        self._behind: set[Stream] = set()
        self._count = 0
        self._senders: dict[str, int] = {}
        self._devices: dict[str, int] = {}
        self._encoder = Encoder()

    def __len__(self) -> int:
        return self._count

    @property
    def behind(self) -> tuple[Stream, ...]:
        """Those that have not got all yet. Safe from any thread."""
        return tuple(self._behind)

    @property
    def devices(self) -> dict[str, int]:
        """How many streams each device has open. Safe from any thread."""
        return self._devices.copy()

    def from_sender(self, sender: str) -> int:
        """How many streams are open from a sender of the network."""
        return self._senders.get(sender, 0)

    def open(self, stream: Stream, first: bytes) -> None:
        """Begin a stream with the bytes `first`; it goes on with what follows its `seq`."""
        stream.rest = memoryview(first)
        self._count += 1
        self._count_reader(stream.reader, 1)
        self.pages += not stream.lane.looks_on
        self._behind.add(stream)
        self._selector.register(stream.sock, READ, stream)
        self._catch_up(stream, READ)

    def ready(self, stream: Stream, mask: int) -> None:
        """The stream's socket has something to say, or takes more."""
        if mask & READ and not self._listen(stream):
            self._drop(stream)
        elif mask & WRITE:
            self._catch_up(stream, READ | WRITE)

    def pull(self) -> None:
        """Give what the bus has to every current stream that wants it."""
        while True:
            replay = self._bus.after(self.seq, AT_ONCE)
            if not replay.complete:
                self._lose_track(replay.head)
            elif replay.events:
                events = portion(replay.events)
                self.seq = events[-1].seq
                self._deliver(events)
                self._bus.delivered(self.seq)
            else:
                return

    def say(self, payload_for: Callable[[Lane], bytes]) -> None:
        """Write to the current streams what there is for their lane."""
        for lane in tuple(self._current):
            if payload := payload_for(lane):
                self._write(lane, payload)

    def beat(self) -> None:
        """Give the current streams a sign of life."""
        id_, now = self._bus.id_at(self.seq), time.time()
        self.say(lambda lane: lane.framed(words.heartbeat(lane.selection, id_, now)))

    def cut_lost(self) -> None:
        """End the streams whose next event the history no longer holds: they would learn it at
        their next write, which for a reader that sleeps may be never."""
        for stream in self.behind:
            if not self._bus.after(stream.seq, 0).complete:
                self._tally.cut += 1
                self._drop(stream)

    def end(self, unwanted: Callable[[Reader], bool]) -> None:
        """End the streams of unwanted readers, with a goodbye where their sockets take it."""
        for stream in (*self._behind, *(one for each in self._current.values() for one in each)):
            if unwanted(stream.reader):
                with contextlib.suppress(OSError):
                    if stream.write_rest():  # never in the middle of an event
                        part(stream.sock, words.farewell(BYE, stream.lane, time.time()))
                self._drop(stream)

    def close(self) -> None:
        """End all streams, the current ones with a goodbye."""
        for lane, streams in self._current.items():
            for stream in streams:
                part(stream.sock, words.farewell(BYE, lane, time.time()))
        for stream in (*self._behind, *(one for each in self._current.values() for one in each)):
            self._drop(stream)

    def _listen(self, stream: Stream) -> bool:
        """A page has nothing to say on its stream: what it sends is dropped, its end ends it."""
        try:
            return bool(stream.sock.recv(4096))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def _deliver(self, events: Sequence[Event]) -> None:
        for lane in tuple(self._current):
            wanted = [event for event in events if lane.selection.wants(event)]
            if wanted:
                reached = self._write(lane, self._encoder.frames(wanted, lane))
                self._tally.delivered += reached * len(wanted)
        if any(event.topic == CHANGE for event in events):
            self.reloads.changed(time.monotonic())
        self._tally.written(events, time.time())

    def _write(self, lane: Lane, payload: bytes) -> int:
        """Write to all current streams of `lane`; who cannot take all of it falls behind. Returns
        how many are still there.

        The inner loop of the whole program: what is done here is done for each page.
        """
        size, dropped = len(payload), 0
        streams = tuple(self._current[lane])
        for stream in streams:
            try:
                sent = stream.sock.send(payload)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._drop(stream)
                dropped += 1
                continue
            if sent != size:
                stream.rest = memoryview(payload)[sent:]
                self._fall_behind(stream)
        return len(streams) - dropped

    def _lose_track(self, head: int) -> None:
        """More was published in one turn than the history holds: say so instead of skipping it."""
        self.seq = head
        self._bus.delivered(head)
        id_, now = self._bus.id_at(head), time.time()
        self.say(lambda lane: lane.framed(words.reset(lane.selection, id_, now)))

    def _fall_behind(self, stream: Stream) -> None:
        stream.seq = self.seq
        self._leave_lane(stream)
        self._behind.add(stream)
        self._selector.modify(stream.sock, READ | WRITE, stream)

    def _catch_up(self, stream: Stream, mask: int) -> None:
        """Go on with what is begun, then with the history, until the socket is full or the stream
        is current. `mask` is what its socket is watched for."""
        try:
            while stream.write_rest():
                if stream.seq == self.seq:
                    self._watch(stream, mask, READ)
                    self._behind.discard(stream)
                    self._current.setdefault(stream.lane, set()).add(stream)
                    return
                self._load_more(stream)
            self._watch(stream, mask, READ | WRITE)
        except OSError:
            self._drop(stream)

    def _watch(self, stream: Stream, mask: int, wanted: int) -> None:
        if mask != wanted:
            self._selector.modify(stream.sock, wanted, stream)

    def _load_more(self, stream: Stream) -> None:
        """Put the next events after `stream.seq` into its `rest`, none that is news to this loop.

        Raises: BrokenPipeError when the history no longer holds them: the stream is cut.
        """
        replay = self._bus.after(stream.seq, min(AT_ONCE, self.seq - stream.seq))
        if not replay.complete:
            self._tally.cut += 1
            raise BrokenPipeError
        events = portion(replay.events)
        stream.seq = events[-1].seq
        wanted = [event for event in events if stream.lane.selection.wants(event)]
        stream.rest = memoryview(self._encoder.frames(wanted, stream.lane)) or None
        self._tally.delivered += len(wanted)

    def _drop(self, stream: Stream) -> None:
        self._behind.discard(stream)
        self._leave_lane(stream)
        if stream.began:
            now = time.monotonic()
            self.churn.ended(stream.began, now)
            self.reloads.ended(stream.began, now)
        self._count -= 1
        self._count_reader(stream.reader, -1)
        self.pages -= not stream.lane.looks_on
        self._selector.unregister(stream.sock)
        stream.sock.close()

    def _count_reader(self, reader: Reader, more: int) -> None:
        sender = reader.sender
        self.from_network += more * bool(sender)
        _count(self._senders, sender, more)
        _count(self._devices, reader.device, more)

    def _leave_lane(self, stream: Stream) -> None:
        streams = self._current.get(stream.lane)
        if streams is not None:
            streams.discard(stream)
            if not streams:
                del self._current[stream.lane]


def _count(counts: dict[str, int], key: str, more: int) -> None:
    """An empty key is nobody's."""
    if key:
        counts[key] = counts.get(key, 0) + more
        if not counts[key]:
            del counts[key]


def part(sock: socket.socket, last: bytes) -> None:
    """Write the last bytes of a stream, if its socket takes them."""
    with contextlib.suppress(OSError):
        sock.send(last)
