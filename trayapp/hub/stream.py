"""One stream: a socket that the hub owns, what it wants, and how far it has come."""

import socket
from dataclasses import dataclass

from trayapp.bus import Reader, Subscription
from trayapp.hub.lane import Lane


@dataclass(frozen=True, slots=True)
class Arrival:
    """A socket handed over to the hub. `head` is the whole HTTP response head, not yet sent.

    `ends` is what `Hub.ends` was before the request was judged, None for just now.
    """

    sock: socket.socket
    head: bytes
    subscription: Subscription
    chunked: bool
    reader: Reader = Reader()
    ends: int | None = None


class Stream:
    """State of one stream; touched by the hub's thread only. `began` is monotonic, 0 for a stream
    that no browser reads.

    A current stream needs neither number. One that is behind has dealt with every event up to
    `seq`; `rest` is what its socket has not taken yet of bytes already begun. The events after
    `seq` stay in the bus's history, so a stalled page costs no more than this object.
    """

    __slots__ = ("began", "lane", "reader", "rest", "seq", "sock")

    def __init__(
        self, sock: socket.socket, lane: Lane, seq: int, reader: Reader, began: float = 0.0
    ) -> None:
        self.began = began
        self.reader = reader
        self.sock = sock
        self.lane = lane
        self.seq = seq
        self.rest: memoryview | None = None

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
