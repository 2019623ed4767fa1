"""One accepted connection, and the crowd of those that come from other computers."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trayapp.server.listener import Listener

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

OF_ONE_ADDRESS = 64
"""Connections at the door from one address of the network."""

OF_ALL_ADDRESSES = 256
"""And from all of them: an IPv6 host has as many addresses as it likes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who answers what comes to a listener. `at_once` tells by the request target whether `app`
    never waits for anything then: such a request is answered on the door's own thread."""

    app: "WSGIApplication"
    at_once: Callable[[str], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """A socket that was accepted on `listener` for `place`; `address` is its peer's, as the socket
    module has it."""

    sock: socket.socket
    address: Any
    listener: Listener
    place: Place

    @property
    def host(self) -> str:
        """The peer's address, empty for loopback."""
        host: str = self.address[0]
        return "" if host == "::1" or host.startswith("127.") else host


class Crowd:
    """How many connections there are from each address; loopback's, empty, is never counted.

    Streams are none of them: they have left the door. Safe from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._from: dict[str, int] = {}
        self._all = 0

    def enter(self, host: str) -> bool:
        """Whether there is room for one more from `host`; it is counted then."""
        if not host:
            return True
        with self._lock:
            count = self._from.get(host, 0)
            if count >= OF_ONE_ADDRESS or self._all >= OF_ALL_ADDRESSES:
                return False
            self._from[host] = count + 1
            self._all += 1
            return True

    def leave(self, host: str) -> None:
        """One that was counted has ended, or has become a stream."""
        if not host:
            return
        with self._lock:
            self._all -= 1
            self._from[host] -= 1
            if not self._from[host]:
                del self._from[host]
