"""One accepted connection, and the crowd of those that come from other computers."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trayapp.sender import sender_of
from trayapp.server.listener import Listener

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

OF_ONE_SENDER = 64
"""Connections at the door from one sender of the network (see `trayapp.sender`). Before its head is
read nobody knows whether a connection is that of a paired device."""

OF_THE_NETWORK = 240
"""And from all of them together: half of what `select` can wait for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who answers what comes to a listener. `at_once` tells by the request target whether `app`
    never waits for anything then: such a request is answered on the door's own thread."""

    app: "WSGIApplication"
    at_once: Callable[[str], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """A socket that was accepted on `listener` for `place`; `address` is its peer's, as the socket
    module has it. `sender` is what it is counted as, empty by loopback."""

    sock: socket.socket
    address: Any
    listener: Listener
    place: Place
    sender: str = ""

    @classmethod
    def accepted(
        cls, sock: socket.socket, address: Any, listener: Listener, place: Place
    ) -> "Connection":
        """Counted by the addresses of its two ends. Raises: OSError when it has ended already."""
        sender = sender_of(address[0], sock.getsockname()[0])
        return cls(sock, address, listener, place, sender)


class Crowd:
    """How many connections there are from each sender; those by loopback are never counted.

    Streams are none of them: they have left the door. Safe from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._from: dict[str, int] = {}
        self._all = 0

    def enter(self, sender: str) -> bool:
        """Whether there is room for one more from `sender`; it is counted then."""
        if not sender:
            return True
        with self._lock:
            count = self._from.get(sender, 0)
            if count >= OF_ONE_SENDER or self._all >= OF_THE_NETWORK:
                return False
            self._from[sender] = count + 1
            self._all += 1
            return True

    def leave(self, sender: str) -> None:
        """One that was counted has ended, or has become a stream."""
        if not sender:
            return
        with self._lock:
            self._all -= 1
            self._from[sender] -= 1
            if not self._from[sender]:
                del self._from[sender]
