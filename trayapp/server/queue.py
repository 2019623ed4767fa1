"""The queue in front of the pool: requests of this computer go before those of the network.

Why not one queue for all: a device that asks as fast as it can would be served by turns with
everybody here, and each request of ours would wait for a hundred of its.
"""

import threading
from collections import deque

from trayapp.server.exchange import Exchange


class Queue:
    """Exchanges that can go on, and threads that wait for one. Safe from any thread.

    Of the threads at rest the one that came last is called first. So no more of them are used than
    are needed at a time: each that is takes a third of a megabyte once it has answered with large
    events, by the memory that the allocator keeps for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ours: deque[Exchange] = deque()
        self._theirs: deque[Exchange] = deque()
        self._resting: list[threading.Lock] = []
        self._ended = False

    def put(self, exchange: Exchange) -> None:
        """It can go on."""
        with self._lock:
            (self._theirs if exchange.connection.host else self._ours).append(exchange)
            if self._resting:
                self._resting.pop().release()

    def get(self) -> Exchange | None:
        """Wait for the next one; None for a thread that is to end."""
        while True:
            with self._lock:
                waiting = self._ours or self._theirs
                if waiting:
                    return waiting.popleft()
                if self._ended:
                    return None
                call = threading.Lock()
                call.acquire()
                self._resting.append(call)
            call.acquire()  # until `put` or `end` releases it

    def end(self) -> None:
        """Let all threads end, after all that is waiting now."""
        with self._lock:
            self._ended = True
            for call in self._resting:
                call.release()
            self._resting.clear()
