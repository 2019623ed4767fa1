"""The queue in front of the pool: requests of this computer go before those of the network.

Why not one queue for all: a device that asks as fast as it can would be served by turns with
everybody here, and each request of ours would wait for a hundred of its.
"""

import queue
from collections import deque

from trayapp.server.exchange import Exchange


class Queue:
    """Exchanges that can go on. Safe from any thread."""

    def __init__(self) -> None:
        self._ours: deque[Exchange] = deque()
        self._theirs: deque[Exchange] = deque()
        self._calls: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def put(self, exchange: Exchange) -> None:
        """It can go on."""
        (self._theirs if exchange.connection.host else self._ours).append(exchange)
        self._calls.put(True)

    def get(self) -> Exchange | None:
        """Wait for the next one; None for a thread that is to end."""
        if not self._calls.get():
            return None
        while True:  # there is one for each call, but others may take turns with us
            for waiting in (self._ours, self._theirs):
                if waiting:
                    try:
                        return waiting.popleft()
                    except IndexError:
                        continue

    def end(self) -> None:
        """Let one thread end, after all that is waiting now."""
        self._calls.put(False)
