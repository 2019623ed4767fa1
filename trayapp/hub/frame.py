"""Events as the bytes that go out: encoded once, shared by all streams. Pure."""

from collections.abc import Iterable, Sequence

from trayapp import ntfy, sse
from trayapp.bus import Form, Selection
from trayapp.event import Event
from trayapp.hub.lane import Lane

WRITE_AT_ONCE = 64 * 1024
"""Bytes of data in one write, unless a single event has more: all that a page which stalls in the
middle of it holds."""


def encode(event: Event, selection: Selection) -> bytes:
    """The frame of `event` in the form that `selection` wants."""
    if selection.form != "events":
        return ntfy.told(event, selection.form)
    data = event.envelope() if selection.envelope else event.data
    return sse.encode(data, type=selection.type_of(event), id=event.id)


def portion(events: Sequence[Event]) -> Sequence[Event]:
    """As many of `events` as one write may carry, from the first one on."""
    size = 0
    for count, event in enumerate(events):
        size += len(event.data.encode("utf-8", "replace"))
        if count and size > WRITE_AT_ONCE:
            return events[:count]
    return events


class Encoder:
    """Remembers the frames of the last events: a thousand streams cost one encoding.

    `remembered` frames at most, of `size` bytes together, but one whatever its size. Used by the
    hub's thread only.
    """

    def __init__(self, remembered: int = 256, size: int = 256 * 1024) -> None:
        self._frames: dict[tuple[int, bool, bool, Form, bool], bytes] = {}
        self._bounds = (remembered, size)
        self._size = 0

    def frame(self, event: Event, lane: Lane) -> bytes:
        """The bytes of one write."""
        selection = lane.selection
        key = (event.seq, selection.envelope, selection.typed, selection.form, lane.chunked)
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = lane.framed(encode(event, selection))
            self._size += len(frame)
            self._forget()
        return frame

    def frames(self, events: Iterable[Event], lane: Lane) -> bytes:
        """`events` as they go out on `lane`, joined."""
        return b"".join(self.frame(each, lane) for each in events)

    def _forget(self) -> None:
        remembered, size = self._bounds
        while len(self._frames) > remembered or (self._size > size and len(self._frames) > 1):
            self._size -= len(self._frames.pop(next(iter(self._frames))))
