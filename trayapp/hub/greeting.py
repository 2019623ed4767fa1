"""The greeting: what a stream begins with, taken once for all streams that begin together."""

import time
from collections.abc import Callable

from trayapp.bus import Bus, Selection, Subscription
from trayapp.hub import words
from trayapp.hub.streams import Streams


class Greeting:
    """The first frames of the streams that come in one turn of the loop.

    A picture older than the stream's cursor would hide the change in between for good, so it is
    taken after pulling, and anew whenever something has been pulled.
    """

    def __init__(self, bus: Bus, streams: Streams, hello: Callable[[], str]) -> None:
        self._bus = bus
        self._streams = streams
        self._hello = hello
        self._taken: tuple[int, str] | None = None

    def to(self, subscription: Subscription) -> tuple[bytes, int]:
        """`hello`, then `reset` if the cursor is no good; and the seq the stream goes on from."""
        cursor = subscription.cursor or None
        replay = self._bus.after(cursor, 0)
        if replay.head != self._streams.seq:
            self._streams.pull()  # a cursor may be newer than what the loop has pulled
        wanted = subscription.selection
        if cursor and replay.complete:
            id_ = cursor if isinstance(cursor, str) else self._bus.id_at(replay.start)
            return self._first(wanted, id_, replay.begins), replay.start
        seq = self._streams.seq
        id_ = self._bus.id_at(seq)
        reset = b"" if replay.complete else words.reset(wanted, id_, time.time())
        return self._first(wanted, id_) + reset, seq

    def _first(self, wanted: Selection, id: str, begins: float | None = None) -> bytes:
        if wanted.form != "events":
            return words.opening(wanted, id, time.time())
        return words.hello(self._picture(), id, begins)

    def _picture(self) -> str:
        if self._taken is None or self._taken[0] != self._streams.seq:
            self._taken = (self._streams.seq, self._hello())
        return self._taken[1]
