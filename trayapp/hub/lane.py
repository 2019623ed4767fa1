"""Lanes: streams in the same lane get the same bytes, encoded and framed once for all of them."""

from dataclasses import dataclass
from functools import lru_cache

from trayapp.bus import Selection
from trayapp.event import STATE

LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Lane:
    """Equal selection, equal framing."""

    selection: Selection
    chunked: bool

    @property
    def looks_on(self) -> bool:
        """Whether this is how a dashboard reads."""
        return STATE in (self.selection.topics or ())

    def framed(self, payload: bytes) -> bytes:
        """`payload` as it goes out on this lane. Nothing is nothing: an empty chunk is an end."""
        return chunk(payload) if self.chunked and payload else payload


@lru_cache(maxsize=256)
def lane_of(selection: Selection, chunked: bool) -> Lane:
    """The lane of a stream; ten thousand equal streams share one object."""
    return Lane(selection, chunked)


def chunk(payload: bytes) -> bytes:
    """`payload` as one chunk of a chunked HTTP/1.1 body (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n" % (len(payload), payload)
