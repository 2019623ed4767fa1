"""Events as the bytes that go out: encoded once, shared by all streams. Pure."""

import json

from trayapp import sse
from trayapp.event import Event

LAST_CHUNK = b"0\r\n\r\n"
HEARTBEAT = sse.comment()


def chunk(payload: bytes) -> bytes:
    """`payload` as one chunk of a chunked HTTP/1.1 body (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n" % (len(payload), payload)


def encode(event: Event, *, envelope: bool) -> bytes:
    """The frame of `event`; with `envelope` its data is JSON {id, time, topic, type, data}."""
    data = _envelope(event) if envelope else event.data
    return sse.encode(data, type=event.type, id=event.id)


def _envelope(event: Event) -> str:
    fields = {"id": event.id, "time": event.time, "topic": event.topic}
    fields |= {"type": event.type or "message", "data": event.data}
    return json.dumps(fields, ensure_ascii=False)


class Encoder:
    """Remembers the frames of the last events: a thousand streams cost one encoding.

    `remembered` frames at most, of `size` bytes together, but one whatever its size. Used by the
    hub's thread only.
    """

    def __init__(self, remembered: int = 256, size: int = 1024 * 1024) -> None:
        self._frames: dict[tuple[int, bool, bool], bytes] = {}
        self._bounds = (remembered, size)
        self._size = 0

    def frame(self, event: Event, *, envelope: bool, chunked: bool) -> bytes:
        """The bytes of one write."""
        key = (event.seq, envelope, chunked)
        frame = self._frames.get(key)
        if frame is None:
            frame = encode(event, envelope=envelope)
            frame = self._frames[key] = chunk(frame) if chunked else frame
            self._size += len(frame)
            self._forget()
        return frame

    def _forget(self) -> None:
        remembered, size = self._bounds
        while len(self._frames) > remembered or (self._size > size and len(self._frames) > 1):
            self._size -= len(self._frames.pop(next(iter(self._frames))))
