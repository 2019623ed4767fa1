"""A connection to the user's D-Bus session bus: any thread sends, one thread receives."""

import logging
import os
import socket
import threading
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path

from jeepney import DBusErrorResponse, HeaderFields, Message, MessageType
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from trayapp.errors import Unavailable

logger = logging.getLogger(__name__)

Reply = Callable[[Message], None]
"""Gets the answer to a call, be it a result or an error; called from the receiving thread."""

SEND_WITHIN = 2.0
"""Seconds a bus may take to accept a message; one that hangs for longer is given up."""


class SessionBus:
    """An open connection. Whoever opened it closes it."""

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._replies: dict[int, Reply] = {}
        self._closed = False

    @classmethod
    def open(cls) -> "SessionBus":
        """Connect to this user's session bus.

        Raises: Unavailable when there is none, or none that answers.
        """
        try:
            connection = open_dbus_connection(address(os.environ))
        except (OSError, ValueError, LookupError, RuntimeError, DBusErrorResponse) as error:
            raise Unavailable(f"There is no session bus to talk to ({error}).") from error
        connection.sock.settimeout(SEND_WITHIN)
        return cls(connection)

    def send(self, message: Message, on_reply: Reply | None = None) -> None:
        """Send a message; the answer to a call goes to `on_reply`. Safe from any thread.

        A bus that is gone takes nothing and raises nothing: `receive` says so to its thread.
        """
        with self._sending:
            if self._closed:
                return
            serial = next(self._connection.outgoing_serial)
            if on_reply is not None:
                self._replies[serial] = on_reply
            try:
                self._connection.send(message, serial=serial)
            except OSError as error:  # half a message may be out: nothing more can follow it
                logger.info("The session bus takes no messages: %s", error)
                self._hang_up()

    def receive(self) -> Message:
        """Wait for the next call or signal; answers go to their `on_reply` meanwhile.

        Raises: ConnectionError when the bus is gone or the connection was closed.
        """
        while True:
            try:
                message = self._connection.receive()
            except (OSError, ValueError) as error:
                raise ConnectionError(str(error)) from error
            if message.header.message_type not in (MessageType.method_return, MessageType.error):
                return message
            serial = message.header.fields.get(HeaderFields.reply_serial)
            on_reply = self._replies.pop(serial, None)
            if on_reply is not None:
                on_reply(message)

    def close(self) -> None:
        """End the connection and wake the thread that receives. Idempotent, from any thread."""
        with self._sending:
            self._closed = True
            self._hang_up()

    def release(self) -> None:
        """Give the descriptors back; by the receiving thread, when it receives no more."""
        self.close()
        self._connection.close()

    def _hang_up(self) -> None:
        try:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            logger.debug("The session bus had hung up before.")


def address(environ: Mapping[str, str]) -> str:
    """Where the session bus listens: DBUS_SESSION_BUS_ADDRESS, else the socket that systemd makes
    for each user, which programs started outside of the desktop are not told of.

    Raises: LookupError when there is neither.
    """
    given = environ.get("DBUS_SESSION_BUS_ADDRESS")
    if given:
        return given
    path = Path(environ.get("XDG_RUNTIME_DIR") or "/nonexistent", "bus")
    if not path.is_socket():
        raise LookupError("DBUS_SESSION_BUS_ADDRESS is not set")
    return f"unix:path={path}"


def printable(text: str) -> str:
    """Text that may travel over D-Bus and stand on one line: the bus hangs up on NUL and on what
    is not UTF-8 (D-Bus specification, "Valid UTF-8"), as an undecodable file name is not."""
    line = " ".join(text.split())
    return "".join("\N{REPLACEMENT CHARACTER}" if _unfit(char) else char for char in line)


def _unfit(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs")
