"""The tray on Linux: an icon and its menu, offered on the session bus to whichever panel is there.

Not pystray: of its Linux backends one has no menu, and the others need PyGObject, which pip cannot
install everywhere, and rebuild the whole menu for each new text: an open menu vanishes, and with a
text that changes every second no click ever arrives. This works alike on X11 and Wayland.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from jeepney import DBusAddress, HeaderFields, Message, MessageType, Properties, new_method_call
from jeepney.bus_messages import MatchRule, message_bus
from jeepney.low_level import MessageFlag

from trayapp.desktop.sessionbus import SessionBus
from trayapp.errors import Unavailable
from trayapp.state import State
from trayapp.tray import notices
from trayapp.tray.actions import Actions, Service
from trayapp.tray.clicks import Clicks
from trayapp.tray.dbusmenu import DBusMenu
from trayapp.tray.exported import Signal, answer
from trayapp.tray.icon import icon_name
from trayapp.tray.item import PATH, Item, Look
from trayapp.tray.menu import DASHBOARD, entries, status_line

logger = logging.getLogger(__name__)

WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_ADDRESS = DBusAddress("/StatusNotifierWatcher", bus_name=WATCHER, interface=WATCHER)

STOP_WITHIN = 2.0
"""Seconds that `stop` waits for the bus."""


def run(service: Service, log_file: Path, say: Callable[[str], None]) -> None:
    """Show the icon until the service is asked to stop; see `trayapp.tray.run`."""
    tray = LinuxTray(service, Actions(service, log_file), say, str(Path.home()))
    tray.start()
    unsubscribe = service.on_state(tray.show)
    try:
        tray.catch_up()
        service.wait()
    finally:
        unsubscribe()
        tray.stop()


class LinuxTray:
    """Two threads: `trayapp-tray` answers the panel, `trayapp-click` carries out what was
    clicked. Both wait in the kernel when nothing happens."""

    def __init__(
        self, service: Service, actions: Actions, say: Callable[[str], None], home: str
    ) -> None:
        self._service = service
        self._actions = actions
        self._say = say
        self._home = home
        self._state = service.state()
        self._clicks = Clicks(self._clicked)
        self._menu = DBusMenu(entries(self._state, home), self._clicks.put)
        self._item = Item(self._look(self._state), lambda: self._clicks.put(DASHBOARD))
        self._updating = threading.Lock()
        self._bus: SessionBus | None = None
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._has_said = False

    def start(self) -> None:
        """Connect, and register with the panel; both in the background."""
        self._clicks.start()
        self._thread = threading.Thread(target=self._run, name="trayapp-tray", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take the icon away; bounded in time. Idempotent."""
        self._stopping = True
        if self._bus is not None:
            self._bus.close()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(STOP_WITHIN)
            if thread.is_alive():
                logger.warning("The session bus did not let go of the tray icon in time.")
        self._clicks.stop()

    def show(self, state: State) -> None:
        """Look like `state` from now on. Safe from any thread."""
        rows, look = entries(state, self._home), self._look(state)
        with self._updating:
            self._state = state
            signals = self._item.update(look) + self._menu.update(rows)
        self._send(signals)

    def catch_up(self) -> None:
        """Look like the service does now. Where another thread shows an older state at this very
        moment, the newer one wins."""
        while (state := self._service.state()) != self._state:
            self.show(state)

    def _look(self, state: State) -> Look:
        return Look(icon_name(state), status_line(state, self._home))

    def _clicked(self, key: str) -> None:
        try:
            self._actions.run(key)
        finally:
            self.catch_up()
            self._send(self._menu.renew(key))

    def _send(self, signals: list[Signal]) -> None:
        bus = self._bus
        if bus is not None:
            for signal in signals:
                bus.send(signal.message())

    def _run(self) -> None:
        try:
            bus = SessionBus.open()
        except Unavailable as error:
            logger.info("%s", error.message)
            self._say_once(notices.no_tray(self._service.state().url))
            return
        self._bus = bus
        if self._stopping:
            bus.close()
        try:
            self._serve(bus)
        except ConnectionError as error:
            if not self._stopping:
                logger.warning("The session bus has gone: %s", error)
                self._say(notices.tray_gone(self._service.state().url))
        finally:
            bus.release()

    def _serve(self, bus: SessionBus) -> None:
        """Answer the panel until the connection ends. Panels come and go: each new one is told."""
        rule = MatchRule(type="signal", sender=message_bus.bus_name, member="NameOwnerChanged")
        rule.add_arg_condition(0, WATCHER)
        bus.send(message_bus.AddMatch(rule))
        self._register(bus)
        while True:
            message = bus.receive()
            fields = message.header.fields
            if message.header.message_type == MessageType.method_call:
                reply = answer((self._item, self._menu), message)
                if not message.header.flags & MessageFlag.no_reply_expected:
                    bus.send(reply)
            elif fields.get(HeaderFields.member) == "NameOwnerChanged" and message.body[2]:
                self._register(bus)

    def _register(self, bus: SessionBus) -> None:
        def registered(reply: Message) -> None:
            if reply.header.message_type == MessageType.error:
                self._no_host(reply)
            else:
                question = Properties(WATCHER_ADDRESS).get("IsStatusNotifierHostRegistered")
                bus.send(question, on_reply=counted)

        def counted(reply: Message) -> None:
            """A watcher without a host keeps a list that nobody shows."""
            if reply.header.message_type == MessageType.error or reply.body[0][1]:
                logger.info("The tray shows our icon.")
            else:
                self._no_host(reply)

        call = new_method_call(WATCHER_ADDRESS, "RegisterStatusNotifierItem", "s", (PATH,))
        bus.send(call, on_reply=registered)

    def _no_host(self, reply: Message) -> None:
        logger.info("No tray takes our icon yet: %s", reply.body)
        self._say_once(notices.no_tray(self._service.state().url))

    def _say_once(self, sentence: str) -> None:
        if not self._has_said:
            self._has_said = True
            self._say(sentence)
