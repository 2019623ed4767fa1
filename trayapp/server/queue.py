"""The queue in front of the pool: requests of this computer go before those of the network, which
have few of the threads.

Why not one queue for all: a device that asks as fast as it can would be served by turns with
everybody here, and each request of ours would wait for a hundred of its.
"""

import threading
from collections import deque

from trayapp.server.exchange import Exchange

OF_THE_NETWORK = 2
"""Threads that answer requests of the network at a time, and half of all at most. Threads take
turns (the GIL): while 48 connections asked without a pause, a request of this computer took 14 to
18 ms beside eight of them, 7 to 10 beside four, 3 to 5 beside two, and 2 without."""


class Queue:
    """Exchanges that can go on, and the `threads` that wait for one. Safe from any thread.

    Of the threads at rest the one that came last is called first. So no more of them are used than
    are needed at a time: each that is takes a third of a megabyte once it has answered with large
    events, by the memory that the allocator keeps for it.
    """

    def __init__(self, threads: int) -> None:
        self._most_theirs = max(1, min(OF_THE_NETWORK, threads // 2))
        self._serving_theirs = 0
        self._lock = threading.Lock()
        self._ours: deque[Exchange] = deque()
        self._theirs: deque[Exchange] = deque()
        self._resting: list[threading.Lock] = []
        self._ended = False

    def put(self, exchange: Exchange) -> None:
        """It can go on."""
        with self._lock:
            (self._theirs if exchange.connection.sender else self._ours).append(exchange)
            if self._resting and self._can_go_on():
                self._resting.pop().release()

    def get(self) -> Exchange | None:
        """Wait for the next one; None for a thread that is to end."""
        while True:
            with self._lock:
                if self._can_go_on():
                    return self._next()
                if self._ended:
                    return None
                call = threading.Lock()
                call.acquire()
                self._resting.append(call)
            call.acquire()  # until `put` or `end` releases it

    def done(self, exchange: Exchange) -> None:
        """The thread that got it has nothing more to do for it."""
        with self._lock:
            self._serving_theirs -= bool(exchange.connection.sender)

    def _can_go_on(self) -> bool:
        return bool(self._ours or (self._theirs and self._serving_theirs < self._most_theirs))

    def _next(self) -> Exchange:
        if not self._ours:
            self._serving_theirs += 1
            return self._theirs.popleft()
        ours = self._ours.popleft()
        if self._theirs and self._resting and self._can_go_on():
            self._resting.pop().release()  # no thread was called for those when they came
        return ours

    def end(self) -> None:
        """Let all threads end, after all that is waiting now."""
        with self._lock:
            self._ended = True
            for call in self._resting:
                call.release()
            self._resting.clear()
