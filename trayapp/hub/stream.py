"""One stream: a socket that the hub owns, what it wants, and how far it has come."""

import socket
from dataclasses import dataclass

from trayapp.bus import Selection, Subscription
from trayapp.event import STATE
from trayapp.hub.frame import chunk


@dataclass(frozen=True, slots=True)
class Lane:
    """Streams in the same lane get the same bytes: equal selection, equal framing."""

    selection: Selection
    chunked: bool

    @property
    def looks_on(self) -> bool:
        """Whether this is how a dashboard reads."""
        return STATE in (self.selection.topics or ())

    def framed(self, payload: bytes) -> bytes:
        """`payload` as it goes out on this lane."""
        return chunk(payload) if self.chunked else payload


@dataclass(frozen=True, slots=True)
class Arrival:
    """A socket handed over to the hub. `head` is the whole HTTP response head, not yet sent."""

    sock: socket.socket
    head: bytes
    subscription: Subscription
    chunked: bool


class Stream:
    """State of one stream; touched by the hub's thread only.

    A current stream needs neither number. One that is behind has dealt with every event up to
    `seq`; `rest` is what its socket has not taken yet of bytes already begun. The events after
    `seq` stay in the bus's history, so a stalled page costs no more than this object.
    """

    __slots__ = ("lane", "rest", "seq", "sock")

    def __init__(self, sock: socket.socket, lane: Lane, seq: int) -> None:
        self.sock = sock
        self.lane = lane
        self.seq = seq
        self.rest: memoryview | None = None

    def write(self, payload: bytes) -> bool:
        """Send `payload`; True when all of it went, else the remainder waits in `rest`.

        Raises: OSError when the peer is gone.
        """
        try:
            sent = self.sock.send(payload)
        except BlockingIOError:
            sent = 0
        if sent == len(payload):
            return True
        self.rest = memoryview(payload)[sent:]
        return False

    def write_rest(self) -> bool:
        """Go on with `rest`; True when nothing is left. Raises: OSError when the peer is gone."""
        if self.rest is None:
            return True
        try:
            sent = self.sock.send(self.rest)
        except BlockingIOError:
            return False
        self.rest = self.rest[sent:] if sent < len(self.rest) else None
        return self.rest is None
