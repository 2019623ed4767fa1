"""One exchange: a complete request, and the response to it for as long as that takes."""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trayapp.server.environ import environ_of
from trayapp.server.request import Head
from trayapp.server.response import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Who answers what comes to a listener. `at_once` tells by the request target whether `app`
    never waits for anything then: such a request is answered on the door's own thread."""

    app: "WSGIApplication"
    at_once: Callable[[str], bool]


class Exchange:
    """Belongs to one thread at a time: the door's, or one of the pool.

    `oversize`: the body is longer than allowed and was not waited for; the application refuses
    it by its Content-Length.
    """

    __slots__ = ("_address", "_body", "_response", "head", "oversize", "place", "sock")

    def __init__(
        self, sock: socket.socket, address: Any, head: Head, body: bytes, place: Place
    ) -> None:
        self.sock = sock
        self.head = head
        self.place = place
        self.oversize = len(body) < head.length
        self._address = address
        self._body = body
        self._response: Response | None = None

    @property
    def at_once(self) -> bool:
        """Whether it can be answered without waiting."""
        return self.place.at_once(self.head.target)

    def go_on(self) -> bool:
        """Answer. True when that is over, False when the reader must take more first.

        The socket is still open afterwards, unless the application has handed it off.
        """
        try:
            if self._response is None:
                self._response = Response(self.sock)
                environ = environ_of(self.head, self._body, self.sock, self._address)
                self._response.begin(self.place.app, environ)
            over = self._response.proceed()
        except OSError as error:
            logger.debug("A connection ended: %s", error)
            over = True
        if over:
            self.give_up()
        return over

    def give_up(self) -> None:
        """Nobody reads the response to its end; or it is over. Idempotent."""
        if self._response is not None:
            self._response.close()
