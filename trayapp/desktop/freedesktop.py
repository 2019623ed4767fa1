"""Notifications through the desktop's own service (Desktop Notifications Specification 1.2)."""

import html
import logging
import threading

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_method_call,
)
from jeepney.bus_messages import MatchRule, message_bus

from trayapp.desktop.browser import open_url
from trayapp.desktop.sessionbus import SessionBus, printable
from trayapp.errors import Unavailable

logger = logging.getLogger(__name__)

NAME = "org.freedesktop.Notifications"
SERVICE = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)

LONGEST = 400
"""Characters of a body: a bubble shows no more, whatever was published."""

SOUND = "message-new-instant"

CLOSE_WITHIN = 2.0


def notify(
    title: str, message: str, *, replaces: int = 0, clickable: bool = False, sound: bool = False
) -> Message:
    """The call that shows a notification. `replaces` is the id of the one whose place it takes,
    0 for none. `sound` wants one (specification, "Hints"; names are in the Sound Naming
    Specification). The body is markup ("Markup"): a file name must not become tags."""
    body = html.escape(printable(message)[:LONGEST], quote=False)
    actions = ["default", "Open"] if clickable else []
    hints = {"desktop-entry": ("s", "trayapp")}
    hints |= {"sound-name": ("s", SOUND)} if sound else {}
    arguments = ("trayapp", replaces, "", printable(title)[:LONGEST], body, actions, hints, -1)
    return new_method_call(SERVICE, "Notify", "susssasa{sv}i", arguments)


class Freedesktop:
    """The sink of a Linux desktop. Connects with the first notification, and again with the next
    one after the bus has gone; without a bus or a service it shows nothing and says so once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bus: SessionBus | None = None
        self._thread: threading.Thread | None = None
        self._shown = 0
        self._click = ""
        self._said = False
        self._closed = False

    def show(self, title: str, message: str, click: str = "", *, sound: bool = False) -> None:
        """Send the notification, in the place of the last one; waits for nobody to show it."""
        bus = self._connected()
        if bus is None:
            return
        self._click = click if click.startswith(("http://", "https://")) else ""
        call = notify(
            title, message, replaces=self._shown, clickable=bool(self._click), sound=sound
        )
        bus.send(call, on_reply=self._answered)

    def close(self) -> None:
        """Leave the bus and end the thread that listens for clicks. Idempotent."""
        with self._lock:
            self._closed = True
            bus, thread = self._bus, self._thread
        if bus is not None:
            bus.close()
        if thread is not None:
            thread.join(CLOSE_WITHIN)

    def _connected(self) -> SessionBus | None:
        with self._lock:
            if self._bus is not None or self._closed:
                return None if self._closed else self._bus
            try:
                bus = SessionBus.open()
            except Unavailable as error:
                self._say(f"No desktop notifications: {error.message}")
                return None
            self._bus = bus
            self._thread = threading.Thread(
                target=self._listen, args=(bus,), name="trayapp-desktop-bus", daemon=True
            )
            self._thread.start()
            return bus

    def _listen(self, bus: SessionBus) -> None:
        """Receive until the bus is gone, then forget it."""
        bus.send(message_bus.AddMatch(MatchRule(type="signal", interface=NAME)))
        try:
            while True:
                self._signalled(bus.receive())
        except ConnectionError as error:
            logger.debug("Notifications: the session bus has gone: %s", error)
        finally:
            with self._lock:
                self._bus, self._shown = None, 0
            bus.release()

    def _signalled(self, message: Message) -> None:
        """The user clicked on what is shown: `ActionInvoked` carries its id and the action."""
        fields = message.header.fields
        if fields.get(HeaderFields.member) != "ActionInvoked" or self._shown == 0:
            return
        if tuple(message.body) == (self._shown, "default") and self._click:
            open_url(self._click)

    def _answered(self, message: Message) -> None:
        if message.header.message_type == MessageType.error:
            self._shown = 0
            self._say(f"No desktop notifications: {message.body[0] if message.body else 'refused'}")
        else:
            self._shown = message.body[0]

    def _say(self, sentence: str) -> None:
        if not self._said:
            self._said = True
            logger.warning("%s", sentence)
