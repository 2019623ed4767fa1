"""The door: one thread that accepts connections and reads their requests, whole, before a thread
of the pool is used. So a slow sender costs a few bytes here and never a thread there.

Why not let the pool read: four slow sockets would then stop every other request.
"""

import contextlib
import json
import logging
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from trayapp.server.listener import Listener
from trayapp.server.request import BadRequest, measure

logger = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
"""Bytes of body that are waited for; what is longer is refused unread."""

HEAD_WITHIN = 10.0
"""Seconds for a whole request head."""

BODY_WITHIN = 15.0
"""Seconds more for a whole body."""

READ_AT_ONCE = 64 * 1024
ACCEPTS_PER_TURN = 256
READ = selectors.EVENT_READ


@dataclass(frozen=True, slots=True)
class Request:
    """A complete request, and the connection that waits for its answer. `app` names who answers."""

    sock: socket.socket
    address: Any
    received: bytes
    app: Any
    oversize: bool = False


@dataclass(eq=False, slots=True)
class _Caller:
    """A connection whose request is still coming. Gone when `deadline` (monotonic) passes."""

    sock: socket.socket
    address: Any
    app: Any
    deadline: float
    received: bytearray = field(default_factory=bytearray)
    in_body: bool = False


class Door:
    """Owns the listeners, and every connection until its request is complete.

    `take` is called on the door's thread with each complete request; it must return at once.
    """

    def __init__(self, take: Callable[[Request], None]) -> None:
        self._take = take
        self._callers: set[_Caller] = set()
        self._listeners: list[tuple[Listener, Any]] = []
        self._tasks: deque[Callable[[], None]] = deque()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread `trayapp-http-door`."""
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._selector.register(self._wake_read, READ, self._on_wake)
        self._spare = os.open(os.devnull, os.O_RDONLY)
        self._thread = threading.Thread(target=self._run, name="trayapp-http-door")
        self._thread.start()

    def open(self, listener: Listener, app: Any) -> None:
        """Accept connections on `listener` for `app`. Safe from any thread, once started."""

        def register() -> None:
            self._listeners.append((listener, app))
            for sock in listener.sockets:
                self._selector.register(sock, READ, partial(self._accept, sock, app))

        self._do(register)

    def stop(self) -> None:
        """Close the listeners and every connection whose request is not complete. Idempotent."""
        if self._thread is None:
            return
        self._stopping = True
        self._do(lambda: None)
        self._thread.join()
        self._thread = None

    def _do(self, task: Callable[[], None]) -> None:
        self._tasks.append(task)
        self._wake_write.send(b"\0")

    # Everything below runs on trayapp-http-door.

    def _run(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select(self._patience()):
                key.data()
            self._turn_out_the_late()
        self._close()

    def _on_wake(self) -> None:
        self._wake_read.recv(4096)
        while self._tasks:
            self._tasks.popleft()()

    def _accept(self, listening: socket.socket, app: Any) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                sock, address = listening.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self._accept_failed(listening, error)
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            caller = _Caller(sock, address, app, time.monotonic() + HEAD_WITHIN)
            if not self._read(caller):
                self._callers.add(caller)
                self._selector.register(sock, READ, partial(self._read_more, caller))

    def _accept_failed(self, listening: socket.socket, error: OSError) -> None:
        """Out of file descriptors: give up the spare one to refuse the connection, else this
        loop would spin on a listener that stays readable."""
        logger.warning("Cannot accept a connection: %s.", error.strerror)
        os.close(self._spare)
        with contextlib.suppress(OSError):
            listening.accept()[0].close()
        self._spare = os.open(os.devnull, os.O_RDONLY)

    def _read_more(self, caller: _Caller) -> None:
        if self._read(caller):
            self._callers.discard(caller)

    def _read(self, caller: _Caller) -> bool:
        """Read what is there. True when this door is done with the connection."""
        try:
            piece = caller.sock.recv(READ_AT_ONCE)
        except BlockingIOError:
            return False
        except OSError:
            piece = b""
        if not piece:
            self._leave(caller)
            caller.sock.close()
            return True
        caller.received += piece
        try:
            return self._judge(caller)
        except BadRequest as error:
            self._refuse(caller, error)
            return True

    def _judge(self, caller: _Caller) -> bool:
        extent = measure(caller.received, MAX_BODY)
        if extent.end is None:
            return False
        if extent.end <= len(caller.received):
            self._leave(caller)
            received = bytes(caller.received[: extent.end])
            self._take(Request(caller.sock, caller.address, received, caller.app, extent.oversize))
            return True
        if not caller.in_body:
            caller.in_body = True
            caller.deadline = time.monotonic() + BODY_WITHIN
            if extent.expects:
                caller.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return False

    def _leave(self, caller: _Caller) -> None:
        if caller in self._callers:
            self._selector.unregister(caller.sock)

    def _refuse(self, caller: _Caller, error: BadRequest) -> None:
        self._leave(caller)
        with contextlib.suppress(OSError):
            caller.sock.send(refusal(error))
        caller.sock.close()

    def _patience(self) -> float | None:
        if not self._callers:
            return None
        return max(0.0, min(each.deadline for each in self._callers) - time.monotonic())

    def _turn_out_the_late(self) -> None:
        now = time.monotonic()
        for caller in [each for each in self._callers if each.deadline <= now]:
            part = "body" if caller.in_body else "headers"
            self._refuse(
                caller, BadRequest("408 Request Timeout", f"The {part} did not come in time.")
            )
            self._callers.discard(caller)

    def _close(self) -> None:
        for listener, _ in self._listeners:
            listener.close()
        for caller in self._callers:
            caller.sock.close()
        self._callers.clear()
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()
        os.close(self._spare)


def refusal(error: BadRequest) -> bytes:
    """The response to a request that no application sees."""
    body = json.dumps({"error": error.error, "hint": error.hint}).encode()
    head = (
        f"HTTP/1.1 {error.status}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nX-Content-Type-Options: nosniff\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
