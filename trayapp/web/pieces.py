"""Long answers, made while they are read.

Each reader that takes its time would have all of it in memory for itself, and what is held may be
8 MB and more. So it is made twice: once for its length, by which a reader knows that nothing was
cut off, and again piece by piece.
"""

from collections.abc import Callable, Iterable, Iterator

from flask import Response

from trayapp.web.refusal import Headers

AT_ONCE = 64 * 1024
"""Bytes of one piece, or a block more: most answers are one write."""


def answer(blocks: Callable[[], Iterable[bytes]], headers: Headers) -> Response:
    """A response of `blocks`, which are the same each time they are asked for."""
    length = ("Content-Length", str(sum(map(len, blocks()))))
    return Response(_pieces(blocks()), headers=[*headers, length])


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    piece = bytearray()
    for block in blocks:
        piece += block
        if len(piece) >= AT_ONCE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
