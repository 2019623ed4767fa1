"""One exchange: a complete request, and the response to it for as long as that takes."""

import logging

from trayapp.server.connection import Connection
from trayapp.server.environ import environ_of
from trayapp.server.request import Head
from trayapp.server.response import Response

logger = logging.getLogger(__name__)


class Exchange:
    """Belongs to one thread at a time: the door's, or one of the pool.

    `oversize`: the body is longer than allowed and was not waited for; the application refuses
    it by its Content-Length. `more` bytes came behind it already.
    """

    __slots__ = ("_body", "_more", "_response", "connection", "head", "oversize")

    def __init__(
        self, connection: Connection, head: Head, body: bytes, *, more: bool = False
    ) -> None:
        self.connection = connection
        self.head = head
        self._more = more
        self.oversize = len(body) < head.length
        self._body = body
        self._response: Response | None = None

    @property
    def at_once(self) -> bool:
        """Whether it can be answered without waiting, on the thread of the door. One of the network
        never is: as many as a device likes to send would hold up that thread."""
        return not self.connection.sender and self.connection.place.at_once(self.head.target)

    @property
    def kept(self) -> bool:
        """True when the client may send a further request on this connection: it has asked for
        that, and its response has an end that shows."""
        return self._response is not None and self._response.kept

    def go_on(self) -> bool:
        """Answer. True when that is over, False when the reader must take more first.

        The socket is still open afterwards, unless the application has handed it off.
        """
        sock, place = self.connection.sock, self.connection.place
        try:
            if self._response is None:
                self._response = Response(sock)
                environ = environ_of(self.head, self._body, sock, self.connection.address)
                local = not self.connection.sender  # a device has few places at the door
                keep = local and not (self.oversize or self._more) and self.head.asks_to_keep
                self._response.begin(place.app, environ, keep=keep)
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
