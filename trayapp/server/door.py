"""The door: one thread that accepts connections, reads their requests whole before a thread of
the pool is used, and waits for readers of responses that are slow to take them.

Theory of operation: whoever keeps us waiting is a guest of the door (see `guests`) and costs a
few bytes, never a thread. Why not let the pool wait: a few slow sockets would then stop every
other request. Deadlines are total: a byte now and then does not move them.
"""

import contextlib
import errno
import logging
import math
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from trayapp.server.connection import Connection, Crowd, Place
from trayapp.server.exchange import Exchange
from trayapp.server.guests import Caller, Guest, Outcome, Taker, part, refuse
from trayapp.server.listener import Listener
from trayapp.server.notices import Notices
from trayapp.server.request import BadRequest

logger = logging.getLogger(__name__)

ACCEPTS_PER_TURN = 16
"""Connections of one listener that are accepted, and read, before the others get their turn."""

LATENESS = 0.25
"""Seconds after its deadline at most that a guest is turned out; between two looks at the clock
of every guest."""

CLOSE_WITHIN = 2.0
"""Seconds that closing a listener takes at most."""

ROOM_OF_SELECT = 480
"""Guests where the system has nothing better than `select`: it takes 512 sockets on Windows."""

READ = selectors.EVENT_READ


class Door:
    """Owns the listeners, and every connection that waits for its other end.

    `take` is called on the door's thread with each exchange that can go on; it must return at
    once.
    """

    def __init__(
        self,
        take: Callable[[Exchange], None],
        selector: Callable[[], selectors.BaseSelector] = selectors.DefaultSelector,
    ) -> None:
        self._take = take
        self._make_selector = selector
        self._crowd = Crowd()
        self._notices = Notices()
        self._guests: dict[Guest, None] = {}  # a set that knows who has waited longest
        self._listeners: set[Listener] = set()
        self._tasks: deque[Callable[[], None]] = deque()
        self._stopping = self._ended = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread `trayapp-http-door`."""
        self._stopping = self._ended = False
        self._look_at = 0.0
        self._selector = self._make_selector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._selector.register(self._wake_read, READ, self._on_wake)
        self._spare: int | None = os.open(os.devnull, os.O_RDONLY)
        self._thread = threading.Thread(target=self._run, name="trayapp-http-door")
        self._thread.start()

    def open(self, listener: Listener, place: Place) -> None:
        """Accept connections on `listener` for `place`. Safe from any thread, once started."""

        def register() -> None:
            if self._stopping or any(sock.fileno() == -1 for sock in listener.sockets):
                listener.close()
                return
            self._listeners.add(listener)
            for sock in listener.sockets:
                accept = partial(self._accept, sock, listener, place)
                self._selector.register(sock, READ, accept)

        self._do(register)

    def close(self, listener: Listener) -> None:
        """Close `listener` and the connections of its guests, at once and without a word. Safe
        from any thread, idempotent."""
        thread = self._thread
        if thread is None:
            listener.close()
            return
        closed = threading.Event()

        def shut() -> None:
            self._shut(listener)
            closed.set()

        if thread is threading.current_thread():
            shut()
            return
        self._do(shut)
        if not closed.wait(CLOSE_WITHIN):
            logger.warning("Port %d is not free after %s s.", listener.port, CLOSE_WITHIN)

    def leave(self, exchange: Exchange, *, over: bool) -> None:
        """Take back the connection of an exchange that is over, or that cannot go on before its
        reader takes more. Safe from any thread."""
        connection = exchange.connection
        if connection.sock.fileno() == -1:  # handed off
            self._crowd.leave(connection.sender)
        elif over and exchange.kept:
            self._do(partial(self._settle, connection, Caller(connection, kept=True)))
        elif over and not exchange.oversize:
            self._hang_up(connection)
        else:
            outcome = part(connection) if over else Taker(exchange)
            self._do(partial(self._settle, connection, outcome))

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
        if self._ended:
            self._run_tasks()

    def _run_tasks(self) -> None:
        while self._tasks:
            try:
                task = self._tasks.popleft()
            except IndexError:  # somebody else runs it
                return
            task()

    def _hang_up(self, connection: Connection) -> None:
        """Close it in good order. Safe from any thread."""
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_WR)
        connection.sock.close()
        self._crowd.leave(connection.sender)

    # Everything below runs on trayapp-http-door, or after its end.

    def _run(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select(LATENESS if self._guests else None):
                key.data()
            self._turn_out_the_late()
        self._end()

    def _on_wake(self) -> None:
        self._wake_read.recv(4096)
        self._run_tasks()

    def _accept(self, listening: socket.socket, listener: Listener, place: Place) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            if listener not in self._listeners:
                return  # closed meanwhile
            try:
                sock, address = listening.accept()
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # it had ended in the backlog (not on Linux)
            except OSError as error:
                if not self._make_room(error):
                    self._refuse(listening, error)
                    return
            else:
                self._welcome(sock, address, listener, place)

    def _welcome(self, sock: socket.socket, address: Any, listener: Listener, place: Place) -> None:
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            accepted = Connection.accepted(sock, address, listener, place) if address else None
        except OSError:
            accepted = None
        if accepted is None:  # macOS: no address and EINVAL for one that was reset already
            sock.close()
            return
        if self._crowd.enter(accepted.sender):
            self._settle(accepted, self._ask(Caller(accepted)))
        else:
            sock.close()

    def _make_room(self, error: OSError) -> bool:
        """Out of file descriptors: a guest goes."""
        if error.errno not in (errno.EMFILE, errno.ENFILE) or not self._guests:
            return False
        self._turn_out(self._first_to_go())
        return True

    def _first_to_go(self) -> Guest:
        """The guest that has waited longest; one of the network, if there is any, before those of
        this computer."""
        of_the_network = (guest for guest in self._guests if guest.connection.sender)
        return next(of_the_network, None) or next(iter(self._guests))

    def _refuse(self, listening: socket.socket, error: OSError) -> None:
        """Nobody can go: give up the spare file descriptor to refuse the connection, else this
        loop would spin on a listener that stays readable."""
        self._notices.warn("Cannot accept a connection: %s.", error.strerror)
        if self._spare is not None:
            os.close(self._spare)
        with contextlib.suppress(OSError):
            listening.accept()[0].close()
        self._spare = None
        with contextlib.suppress(OSError):  # another thread was faster
            self._spare = os.open(os.devnull, os.O_RDONLY)

    def _on_ready(self, guest: Guest) -> None:
        if guest in self._guests:
            self._replace(guest, self._ask(guest))

    def _ask(self, guest: Guest) -> Outcome:
        """What becomes of it; a mistake of ours costs this connection, not the door."""
        try:
            return guest.ready()
        except BadRequest as error:
            if error.notice:
                self._notices.warn(error.notice, guest.connection.listener.port)
            return refuse(guest.connection, error)
        except Exception:
            logger.exception("A connection was closed.")
            guest.give_up()
            return None

    def _replace(self, guest: Guest, outcome: Outcome) -> None:
        if outcome is not guest:
            self._guests.pop(guest)
            self._selector.unregister(guest.connection.sock)
            self._settle(guest.connection, outcome)

    def _settle(self, connection: Connection, outcome: Outcome) -> None:
        """Go on with a connection that is not registered."""
        if isinstance(outcome, Exchange):
            self._take(outcome)
        elif outcome is None:
            self._hang_up(connection)
        elif self._stopping or connection.listener not in self._listeners:
            outcome.give_up()
            self._hang_up(connection)
        else:
            self._let_in(connection.sock, outcome)

    def _let_in(self, sock: socket.socket, guest: Guest) -> None:
        if len(self._guests) >= self._room:
            self._turn_out(self._first_to_go())
        self._guests[guest] = None
        self._selector.register(sock, guest.mask, partial(self._on_ready, guest))

    @property
    def _room(self) -> float:
        select = isinstance(self._selector, selectors.SelectSelector)
        return ROOM_OF_SELECT if select else math.inf

    def _turn_out(self, guest: Guest) -> None:
        """Close its connection without a word."""
        guest.give_up()
        self._replace(guest, None)

    def _turn_out_the_late(self) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LATENESS
        for guest in [each for each in self._guests if each.deadline <= now]:
            self._replace(guest, guest.late())

    def _shut(self, listener: Listener) -> None:
        if listener in self._listeners:
            self._listeners.discard(listener)
            for sock in listener.sockets:
                self._selector.unregister(sock)
        listener.close()
        for guest in [each for each in self._guests if each.connection.listener is listener]:
            self._turn_out(guest)

    def _end(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for guest in tuple(self._guests):
            self._turn_out(guest)
        self._ended = True
        self._run_tasks()
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()
        if self._spare is not None:
            os.close(self._spare)
