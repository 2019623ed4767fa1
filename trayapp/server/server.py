"""The server: the door in front, a small pool of threads behind it, and their common stop."""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from trayapp.server.connection import Place
from trayapp.server.door import Door
from trayapp.server.exchange import Exchange
from trayapp.server.listener import Listener
from trayapp.server.queue import Queue

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logger = logging.getLogger(__name__)

THREADS = 16
"""No exchange waits for its other end here, and no stream keeps a thread: four would do, if
publishers did not wait for the disk. So many can wait together, and are written together. Those
that are not needed cost next to nothing (see `Queue`)."""

STOP_WITHIN = 2.0
"""Seconds that requests under way have to end."""


def _never(_: str) -> bool:
    return False


class Server:
    """Serves WSGI applications, one for each listener. Safe from any thread once started."""

    def __init__(self, threads: int = THREADS) -> None:
        self._queue = Queue(threads)
        self._door = Door(self._take)
        self._count = threads
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads `trayapp-http-door` and `trayapp-http-N`."""
        self._queue = Queue(self._count)
        self._threads = [
            # daemon: one that hangs in an application must not keep the process alive
            threading.Thread(target=self._work, name=f"trayapp-http-{number}", daemon=True)
            for number in range(self._count)
        ]
        for thread in self._threads:
            thread.start()
        self._door.start()

    def serve(
        self,
        listener: Listener,
        app: "WSGIApplication",
        at_once: Callable[[str], bool] = _never,
    ) -> None:
        """Answer what comes to `listener` with `app`; the listener is closed with the server.

        `at_once` tells of a request target that `app` answers it without waiting for anything:
        then no thread of the pool is woken for it.
        """
        self._door.open(listener, Place(app, at_once))

    def close(self, listener: Listener) -> None:
        """Stop listening there and hang up on who waits at the door from there; what a thread
        answers just now may end. Its port is free on return. Idempotent, takes seconds at most."""
        self._door.close(listener)

    def stop(self) -> None:
        """Free the ports, let requests under way end, end the threads. Idempotent."""
        self._door.stop()
        self._queue.end()
        for thread in self._threads:
            thread.join(STOP_WITHIN)
            if thread.is_alive():
                logger.warning("%s did not end within %s s.", thread.name, STOP_WITHIN)
        self._threads = []

    def _take(self, exchange: Exchange) -> None:
        """On the door's thread."""
        if exchange.at_once:
            self._answer(exchange)
        else:
            self._queue.put(exchange)

    def _work(self) -> None:
        while (exchange := self._queue.get()) is not None:
            self._answer(exchange)
            self._queue.done(exchange)

    def _answer(self, exchange: Exchange) -> None:
        try:
            over = exchange.go_on()
        except Exception:
            logger.exception("A request could not be answered.")
            over = True
        self._door.leave(exchange, over=over)
