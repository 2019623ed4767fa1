"""What a click on a row of the menu does to the service."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from trayapp.desktop import Notifier, open_path
from trayapp.errors import TrayAppError
from trayapp.state import State
from trayapp.tray.menu import (
    ADD,
    ALLOW,
    AUTOSTART,
    DASHBOARD,
    FROM_DISK,
    LOG,
    MORE,
    MORE_DEVICES,
    NOTIFICATIONS,
    PAIR,
    QUIT,
    RELOAD,
    SHARE,
    commands_label,
    device_of,
    folder_label,
)

logger = logging.getLogger(__name__)

SHARING = "sharing"
"""The part of the dashboard where phones are paired."""


class Picture(Protocol):
    """What the tray looks at. `on_state` calls back from one thread, at most twice a second, and
    returns what ends it."""

    def state(self) -> State: ...
    def on_state(self, callback: Callable[[State], None]) -> Callable[[], None]: ...


class Switches(Protocol):
    """What the rows of the menu switch. Safe from any thread; may raise TrayAppError."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def remove_root(self, label: str) -> None: ...
    def allow_commands(self, label: str) -> None: ...
    def set_notifications(self, on: bool) -> None: ...


class Sharing(Protocol):
    """Who else may come in. Safe from any thread; may raise TrayAppError. A click in the menu is
    the yes of somebody at this computer."""

    def set_lan(self, on: bool) -> None: ...
    def allow_from_disk(self, on: bool) -> None: ...
    def forget_device(self, device: str) -> None: ...


class Desk(Protocol):
    """The user's desktop, as the service uses it."""

    @property
    def notifier(self) -> Notifier: ...
    def open_dashboard(self, view: str = "") -> str: ...
    def set_autostart(self, on: bool) -> None: ...


class Life(Protocol):
    """How the tray waits for the end, and asks for it."""

    def wait(self) -> None: ...
    def request_stop(self) -> None: ...


class Service(Picture, Switches, Sharing, Desk, Life, Protocol):
    """The service as the tray sees it."""


class Actions:
    """Carries out what was clicked. Calls may take their time: not for the thread that draws."""

    def __init__(self, service: Service, log_file: Path) -> None:
        self._service = service
        self._log_file = log_file

    def run(self, key: str) -> None:
        """Do what the row with this key says; a known failure is shown as a notification."""
        try:
            self._do(key)
        except TrayAppError as error:
            logger.warning("The menu's %s failed: %s", key, error)
            self._service.notifier.show("trayapp", str(error))

    def _do(self, key: str) -> None:
        service = self._service
        label = folder_label(key)
        if label is not None:
            service.remove_root(label)
        elif (allowed := commands_label(key)) is not None:
            service.allow_commands(allowed)
        elif key in (DASHBOARD, ADD, MORE):
            self._open()
        elif key == RELOAD:
            self._toggle_reload()
        elif key == NOTIFICATIONS:
            service.set_notifications(not service.state().notifications)
        elif key == AUTOSTART:
            service.set_autostart(not service.state().autostart)
        elif key == LOG:
            open_path(self._log_file)
        elif key == QUIT:
            service.request_stop()
        else:
            self._share(key)

    def _share(self, key: str) -> None:
        service, state = self._service, self._service.state()
        device = device_of(key)
        if device is not None:
            service.forget_device(device)
        elif key in (PAIR, MORE_DEVICES):
            self._open(SHARING)
        elif key == SHARE:
            service.set_lan(not state.lan.on)
        elif key == ALLOW:
            service.set_lan(True)
        elif key == FROM_DISK:
            service.allow_from_disk(not state.from_disk)

    def _open(self, view: str = "") -> None:
        """The address that the error may name holds a secret. It is for a terminal: a desktop may
        show notifications by a program, with the text as an argument."""
        try:
            self._service.open_dashboard(view)
        except TrayAppError as error:
            raise TrayAppError(error.message, "Run in a terminal: trayapp open") from error

    def _toggle_reload(self) -> None:
        if self._service.state().status == "paused":
            self._service.resume()
        else:
            self._service.pause()
