"""Connections that wait at the door for their other end: a request still coming, a response not
yet taken, a goodbye. Each says what becomes of it when its socket is ready or its time is up.

Guests own no thread, register nothing and close no socket: the door does.
"""

import contextlib
import json
import selectors
import socket
import time
from typing import Protocol

from trayapp.server.connection import Connection
from trayapp.server.exchange import Exchange
from trayapp.server.request import BadRequest, Head, check_begin, head_end, parse_head

MAX_BODY = 64 * 1024
"""Bytes of body that are waited for; what is longer is refused unread."""

HEAD_WITHIN = 10.0
"""Seconds for a whole request head."""

IDLE_WITHIN = 15.0
"""Seconds that a connection is kept for a further request."""

BODY_WITHIN = 15.0
"""Seconds more for a whole body."""

TAKE_WITHIN = 10.0
"""Seconds that a reader may leave a response untaken."""

LINGER = 0.5
"""Seconds spent reading what the other end still sends, so that it sees the answer instead of a
connection reset."""

READ_AT_ONCE = 64 * 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Guest(Protocol):
    """A connection at the door. `deadline` is monotonic, `mask` what its socket is watched for."""

    connection: Connection
    deadline: float
    mask: int

    def ready(self) -> "Outcome":
        """Its socket is readable or writable. Raises: BadRequest, which is to be answered."""
        ...

    def late(self) -> "Outcome":
        """Its deadline has passed."""
        ...

    def give_up(self) -> None:
        """Its connection is closed without a word."""
        ...


Outcome = Guest | Exchange | None
"""What becomes of a guest: itself when it stays, the guest in its place, an exchange to go on
with, or None when its connection is to be closed."""


class Caller:
    """A request that is still coming. `kept`: others were answered on this connection before."""

    __slots__ = ("_body_at", "_head", "_kept", "_received", "connection", "deadline", "mask")

    def __init__(self, connection: Connection, *, kept: bool = False) -> None:
        self.connection = connection
        self.deadline = time.monotonic() + (IDLE_WITHIN if kept else HEAD_WITHIN)
        self._kept = kept
        self.mask = selectors.EVENT_READ
        self._received = b""
        self._head: Head | None = None
        self._body_at = 0

    def ready(self) -> Outcome:
        """Read what is there."""
        try:
            piece = self.connection.sock.recv(READ_AT_ONCE)
        except BlockingIOError:
            return self
        except OSError:
            return None
        if not piece:
            return None
        seen = len(self._received)
        if not seen:
            self.deadline = min(self.deadline, time.monotonic() + HEAD_WITHIN)
        self._received += piece
        return self._judge(seen)

    def late(self) -> Outcome:
        """Say so, and end it; in silence where no request has begun (RFC 9112 §9.5)."""
        if self._kept and not self._received:
            return None
        part = "headers" if self._head is None else "body"
        error = BadRequest("408 Request Timeout", f"The {part} did not come in time.")
        return refuse(self.connection, error)

    def give_up(self) -> None:
        """It has got nothing yet."""

    def _judge(self, seen: int) -> Outcome:
        """`seen` bytes were judged before."""
        head = self._head or self._read_head(seen)
        if head is None:
            return self
        missing = self._body_at + head.length - len(self._received)
        if missing <= 0 or head.length > MAX_BODY:
            body = b"" if missing > 0 else self._received[self._body_at :][: head.length]
            return Exchange(self.connection, head, body, more=missing < 0)
        if self._head is None:
            self._wait_for_body(head)
        return self

    def _read_head(self, seen: int) -> Head | None:
        if not seen:
            check_begin(self._received)
        end = head_end(self._received, max(0, seen - 3))
        if end is None:
            return None
        self._body_at = end
        return parse_head(self._received[:end])

    def _wait_for_body(self, head: Head) -> None:
        self._head = head
        self.deadline = time.monotonic() + BODY_WITHIN
        if head.expects:
            with contextlib.suppress(OSError):
                self.connection.sock.send(CONTINUE)


class Taker:
    """A response whose reader has to take more before it can go on."""

    __slots__ = ("_exchange", "connection", "deadline", "mask")

    def __init__(self, exchange: Exchange) -> None:
        self.connection = exchange.connection
        self.deadline = time.monotonic() + TAKE_WITHIN
        self.mask = selectors.EVENT_WRITE
        self._exchange = exchange

    def ready(self) -> Outcome:
        """It has taken something."""
        return self._exchange

    def late(self) -> Outcome:
        """It sleeps."""
        self.give_up()
        return None

    def give_up(self) -> None:
        """Nobody needs the rest."""
        self._exchange.give_up()


class Leaver:
    """A connection that we have ended and the other side has not; what it sends is dropped."""

    __slots__ = ("connection", "deadline", "mask")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.deadline = time.monotonic() + LINGER
        self.mask = selectors.EVENT_READ

    def ready(self) -> Outcome:
        """Drop it."""
        try:
            return self if self.connection.sock.recv(READ_AT_ONCE) else None
        except BlockingIOError:
            return self
        except OSError:
            return None

    def late(self) -> Outcome:
        """Long enough."""
        return None

    def give_up(self) -> None:
        """It has got all there is."""


def part(connection: Connection) -> Outcome:
    """Say that nothing more will come, to somebody who may still be sending."""
    try:
        connection.sock.shutdown(socket.SHUT_WR)
    except OSError:
        return None
    return Leaver(connection)


def refuse(connection: Connection, error: BadRequest) -> Outcome:
    """Answer a request that no application sees. It fits into any socket's buffer."""
    with contextlib.suppress(OSError):
        connection.sock.send(refusal(error))
    return part(connection)


def refusal(error: BadRequest) -> bytes:
    """The response to a request that no application sees; nothing of the request is in it."""
    body = json.dumps({"error": error.error, "hint": error.hint}).encode()
    head = (
        f"HTTP/1.1 {error.status}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nX-Content-Type-Options: nosniff\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
