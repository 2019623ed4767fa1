"""Which services the session bus offers. Asks the bus alone: nothing is started by the question."""

import os

from jeepney import DBusErrorResponse, MessageType
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from trayapp.desktop.sessionbus import address
from trayapp.errors import Unavailable

ANSWER_SECONDS = 2.0


def offered(name: str) -> bool:
    """Whether somebody has `name`, or would be started by the bus when it is called.

    Raises: Unavailable when there is no session bus that answers.
    """
    try:
        with open_dbus_connection(address(os.environ)) as connection:
            for question in (message_bus.ListNames(), message_bus.ListActivatableNames()):
                reply = connection.send_and_get_reply(question, timeout=ANSWER_SECONDS)
                if reply.header.message_type != MessageType.error and name in reply.body[0]:
                    return True
    except (OSError, ValueError, LookupError, RuntimeError, DBusErrorResponse) as error:
        raise Unavailable(f"There is no session bus to talk to ({error}).") from error
    return False
