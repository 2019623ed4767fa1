"""The server: the door in front, a small pool of threads behind it, and their common stop."""

import logging
import queue
import threading
from typing import TYPE_CHECKING

from trayapp.server.door import Door, Request
from trayapp.server.handler import answer
from trayapp.server.listener import Listener

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logger = logging.getLogger(__name__)

THREADS = 4
"""Enough: no request waits for its sender, and no stream keeps a thread."""

STOP_WITHIN = 2.0
"""Seconds that requests under way have to end."""


class Server:
    """Serves WSGI applications, one for each listener. Safe from any thread once started."""

    def __init__(self, threads: int = THREADS) -> None:
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._door = Door(self._requests.put)
        self._count = threads
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads `trayapp-http-door` and `trayapp-http-N`."""
        self._threads = [
            # daemon: one that hangs in an application must not keep the process alive
            threading.Thread(target=self._work, name=f"trayapp-http-{number}", daemon=True)
            for number in range(self._count)
        ]
        for thread in self._threads:
            thread.start()
        self._door.start()

    def serve(self, listener: Listener, app: "WSGIApplication") -> None:
        """Answer what comes to `listener` with `app`; the listener is closed with the server."""
        self._door.open(listener, app)

    def stop(self) -> None:
        """Free the ports, let requests under way end, end the threads. Idempotent."""
        self._door.stop()
        for _ in self._threads:
            self._requests.put(None)
        for thread in self._threads:
            thread.join(STOP_WITHIN)
            if thread.is_alive():
                logger.warning("%s did not end within %s s.", thread.name, STOP_WITHIN)
        self._threads = []

    def _work(self) -> None:
        while (request := self._requests.get()) is not None:
            try:
                answer(request)
            except Exception:
                logger.exception("A request could not be answered.")
