"""The door: one thread that accepts connections, reads their requests whole before a thread of
the pool is used, and waits for readers of responses that are slow to take them.

Theory of operation: whoever keeps us waiting is a guest of the door (see `guests`) and costs a
few bytes, never a thread. Why not let the pool wait: four slow sockets would then stop every
other request. Deadlines are total: a byte now and then does not move them.
"""

import contextlib
import logging
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from trayapp.server.exchange import Exchange, Place
from trayapp.server.guests import Caller, Guest, Outcome, Taker, part
from trayapp.server.listener import Listener

logger = logging.getLogger(__name__)

ACCEPTS_PER_TURN = 256
LATENESS = 0.25
"""Seconds after its deadline at most that a guest is turned out; between two looks at the clock
of every guest."""

READ = selectors.EVENT_READ


class Door:
    """Owns the listeners, and every connection that waits for its other end.

    `take` is called on the door's thread with each exchange that can go on; it must return at
    once.
    """

    def __init__(self, take: Callable[[Exchange], None]) -> None:
        self._take = take
        self._guests: set[Guest] = set()
        self._listeners: list[Listener] = []
        self._tasks: deque[Callable[[], None]] = deque()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread `trayapp-http-door`."""
        self._stopping = False
        self._look_at = 0.0
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._selector.register(self._wake_read, READ, self._on_wake)
        self._spare = os.open(os.devnull, os.O_RDONLY)
        self._thread = threading.Thread(target=self._run, name="trayapp-http-door")
        self._thread.start()

    def open(self, listener: Listener, place: Place) -> None:
        """Accept connections on `listener` for `place`. Safe from any thread, once started."""

        def register() -> None:
            self._listeners.append(listener)
            for sock in listener.sockets:
                self._selector.register(sock, READ, partial(self._accept, sock, place))

        self._do(register)

    def leave(self, exchange: Exchange, *, over: bool) -> None:
        """Take back the connection of an exchange that is over, or that cannot go on before its
        reader takes more. Safe from any thread."""
        if exchange.sock.fileno() == -1:
            return  # handed off
        if over and not exchange.oversize:
            _close(exchange.sock)
        else:
            outcome = part(exchange.sock) if over else Taker(exchange)
            self._do(partial(self._settle, exchange.sock, outcome))

    def stop(self) -> None:
        """Close the listeners and every connection of a guest. Idempotent."""
        if self._thread is None:
            return
        self._stopping = True
        self._do(lambda: None)
        self._thread.join()
        self._thread = None

    def _do(self, task: Callable[[], None]) -> None:
        """Run `task` on the door's thread. Once that has ended it runs here: there is nobody left
        to share with, and connections are closed instead of waited for."""
        self._tasks.append(task)
        with contextlib.suppress(OSError):  # full of wakes, or closed
            self._wake_write.send(b"\0")
        if self._stopping:
            self._run_tasks()

    def _run_tasks(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._tasks.popleft()()

    # Everything below runs on trayapp-http-door.

    def _run(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select(LATENESS if self._guests else None):
                key.data()
            self._turn_out_the_late()
        self._end()

    def _on_wake(self) -> None:
        self._wake_read.recv(4096)
        self._run_tasks()

    def _accept(self, listening: socket.socket, place: Place) -> None:
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
            self._settle(sock, Caller(sock, address, place).ready())

    def _accept_failed(self, listening: socket.socket, error: OSError) -> None:
        """Out of file descriptors: give up the spare one to refuse the connection, else this
        loop would spin on a listener that stays readable."""
        logger.warning("Cannot accept a connection: %s.", error.strerror)
        os.close(self._spare)
        with contextlib.suppress(OSError):
            listening.accept()[0].close()
        self._spare = os.open(os.devnull, os.O_RDONLY)

    def _on_ready(self, guest: Guest) -> None:
        if guest in self._guests:
            self._replace(guest, guest.ready())

    def _replace(self, guest: Guest, outcome: Outcome) -> None:
        if outcome is not guest:
            self._guests.discard(guest)
            self._selector.unregister(guest.sock)
            self._settle(guest.sock, outcome)

    def _settle(self, sock: socket.socket, outcome: Outcome) -> None:
        """Go on with a connection that is not registered."""
        if isinstance(outcome, Exchange):
            self._take(outcome)
        elif outcome is None or self._stopping:
            sock.close()
        else:
            self._guests.add(outcome)
            self._selector.register(sock, outcome.mask, partial(self._on_ready, outcome))

    def _turn_out_the_late(self) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LATENESS
        for guest in [each for each in self._guests if each.deadline <= now]:
            self._replace(guest, guest.late())

    def _end(self) -> None:
        for listener in self._listeners:
            listener.close()
        for guest in self._guests:
            guest.sock.close()
        self._guests.clear()
        self._run_tasks()
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()
        os.close(self._spare)


def _close(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
    sock.close()
