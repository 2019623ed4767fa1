"""How much of a request has come: pure, bytes in, verdict out.

Only what the door must know is read here: where the head ends and how long the body is. The head
itself is parsed once, later, by the WSGI handler.
"""

import re
from dataclasses import dataclass

MAX_HEAD = 64 * 1024
"""Bytes of request line and headers together."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?$", re.I | re.M)
_CODING = re.compile(rb"^transfer-encoding[ \t]*:", re.I | re.M)
_EXPECT = re.compile(rb"^expect[ \t]*:[ \t]*100-continue[ \t]*\r?$", re.I | re.M)


class BadRequest(Exception):
    """The bytes are no request that can be answered further: `status` says how, `error` why."""

    def __init__(self, status: str, error: str, hint: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a request ends. `end` None: its head is not complete yet.

    `oversize` means that the body is longer than allowed and was not waited for: the request
    then ends with its head, and whoever answers it refuses it by its Content-Length.
    `expects` means that the sender waits for `100 Continue` before it sends the body.
    """

    end: int | None
    expects: bool = False
    oversize: bool = False


def measure(received: bytes | bytearray, max_body: int) -> Extent:
    """Look for the end of the request that starts with `received`.

    Raises: BadRequest (400 Content-Length, 411 chunked body, 431 head too large).
    """
    match = _HEAD_END.search(received)
    if match is None:
        if len(received) > MAX_HEAD:
            raise BadRequest("431 Request Header Fields Too Large", "The headers are too large.")
        return Extent(None)
    head = bytes(received[: match.start()]) + b"\n"
    length = _body_length(head)
    if length > max_body:
        return Extent(match.end(), oversize=True)
    return Extent(match.end() + length, expects=bool(_EXPECT.search(head)))


def _body_length(head: bytes) -> int:
    if _CODING.search(head):
        raise BadRequest(
            "411 Length Required",
            "A body needs a Content-Length here; Transfer-Encoding is not taken.",
            "With curl, send it with -d or --data-binary.",
        )
    lengths = set(_LENGTH.findall(head))
    if not lengths:
        return 0
    value = lengths.pop()
    if lengths or not re.fullmatch(rb"[0-9]{1,18}", value):
        raise BadRequest("400 Bad Request", "The Content-Length header is not one whole number.")
    return int(value)
