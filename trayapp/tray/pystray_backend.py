"""The tray on Windows and macOS, drawn by pystray from the same menu as on Linux.

Written from pystray 0.19.5's source, and tried on neither system so far but under Wine, where icon,
menu and clicks work. What it leans on there are the private methods that `_adapted` overrides; the
tests pin those names.
"""

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from trayapp.state import State
from trayapp.tray import notices
from trayapp.tray.actions import Actions, Service
from trayapp.tray.clicks import Clicks
from trayapp.tray.icon import Name, icon_name
from trayapp.tray.menu import Entry, entries, shorten, status_line

logger = logging.getLogger(__name__)

WM_RBUTTONUP = 0x0205

LONGEST_TITLE = 127
LONGEST_BUBBLE = 255
LONGEST_BUBBLE_TITLE = 63
"""Characters of the fields of Windows' NOTIFYICONDATAW; ctypes raises at one more."""

STOP_WITHIN = 2.0


def run(service: Service, log_file: Path, say: Callable[[str], None]) -> None:
    """Show the icon until the service is asked to stop; see `trayapp.tray.run`."""
    try:
        import pystray
    except Exception:  # pystray raises what its backend raises: without a display no ImportError
        logger.exception("pystray cannot be used here.")
        say(notices.no_tray(service.state().url))
        service.wait()
        return
    tray = PystrayTray(pystray, service, Actions(service, log_file), str(Path.home()))
    if sys.platform == "darwin":
        _run_on_main_thread(tray, service, say)
    else:
        _run_beside_main_thread(tray, service, say)


def _run_on_main_thread(tray: "PystrayTray", service: Service, say: Callable[[str], None]) -> None:
    """AppKit draws on the main thread only, so the wait for the end moves to another one."""

    def end() -> None:
        service.wait()
        tray.stop()

    waiting = threading.Thread(target=end, name="trayapp-tray", daemon=True)
    waiting.start()
    _show(tray, service, say)
    service.wait()
    waiting.join(STOP_WITHIN)


def _run_beside_main_thread(
    tray: "PystrayTray", service: Service, say: Callable[[str], None]
) -> None:
    """Windows binds a window to the thread that made it, whichever that is. The main thread waits
    for the service: it would take no signal while a message loop runs in it."""
    showing = threading.Thread(
        target=_show, args=(tray, service, say), name="trayapp-tray", daemon=True
    )
    showing.start()
    try:
        service.wait()
    finally:
        tray.stop()
        showing.join(STOP_WITHIN)


def _show(tray: "PystrayTray", service: Service, say: Callable[[str], None]) -> None:
    try:
        tray.run()
    except Exception:
        logger.exception("The tray icon failed.")
        say(notices.no_tray(service.state().url))


class PystrayTray:
    """One pystray icon that follows the service. `pystray` is the module: importing it already
    talks to the desktop, so only `run` above does."""

    def __init__(self, pystray: Any, service: Service, actions: Actions, home: str) -> None:
        self._pystray = pystray
        self._service = service
        self._actions = actions
        self._home = home
        self._state = service.state()
        self._clicks = Clicks(self._clicked)
        self._pictures: dict[Name, Any] = {}
        self._icon: Any = None
        self._ready = threading.Event()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Show the icon until `stop`; on the thread that is to draw it."""
        self._icon = _adapted(self._pystray)(
            "trayapp",
            self._picture(icon_name(self._state)),
            self._title(self._state),
            self._pystray.Menu(lambda: self._items(entries(self._state, self._home))),
        )
        unsubscribe = self._service.on_state(self.show)
        self._service.notifier.use(self._notify)
        self._clicks.start()
        try:
            self._icon.run(self._set_up)
        finally:
            unsubscribe()
            self._service.notifier.use(None)
            self._clicks.stop()

    def stop(self) -> None:
        """Take the icon away. Idempotent, from any thread; also before it is there."""
        self._stopping.set()
        if self._ready.is_set():
            self._icon.stop()

    def show(self, state: State) -> None:
        """Look like `state` from now on. Safe from any thread."""
        if not self._ready.is_set():
            return
        if sys.platform == "darwin":
            from PyObjCTools import AppHelper  # type: ignore[import-not-found]

            AppHelper.callAfter(self._show, state)
        else:
            self._show(state)

    def catch_up(self) -> None:
        """Look like the service does now."""
        if (state := self._service.state()) != self._state:
            self.show(state)

    def _set_up(self, icon: Any) -> None:
        """Called by pystray, on a thread of its own, once its loop runs."""
        icon.visible = True
        self._ready.set()
        if self._stopping.is_set():
            icon.stop()
        self.catch_up()

    def _show(self, state: State) -> None:
        before, self._state = self._state, state
        if icon_name(state) != icon_name(before):
            self._icon.icon = self._picture(icon_name(state))
        self._icon.title = self._title(state)
        if sys.platform == "darwin":  # Windows builds its menu when it is asked for: see _adapted
            self._icon.update_menu()

    def _title(self, state: State) -> str:
        return shorten(f"trayapp: {status_line(state, self._home)}", LONGEST_TITLE)

    def _clicked(self, key: str) -> None:
        try:
            self._actions.run(key)
        finally:
            self.catch_up()

    def _notify(self, title: str, message: str, click: str) -> None:
        """The sink for notifications; neither system's form of them can open a URL."""
        if self._ready.is_set():
            self._icon.notify(
                shorten(message, LONGEST_BUBBLE),
                shorten(title, LONGEST_BUBBLE_TITLE) or "trayapp",
            )

    def _picture(self, name: Name) -> Any:
        from trayapp.tray import artwork

        draw = artwork.template if sys.platform == "darwin" else artwork.tile
        size = 44 if sys.platform == "darwin" else 64
        if name not in self._pictures:
            self._pictures[name] = draw(name, size)
        return self._pictures[name]

    def _items(self, rows: Sequence[Entry]) -> list[Any]:
        return [self._item(row) for row in rows if row.visible]

    def _item(self, row: Entry) -> Any:
        if row.separator:
            return self._pystray.Menu.SEPARATOR
        text = row.label.replace("&", "&&") if sys.platform == "win32" else row.label
        if row.children:
            return self._pystray.MenuItem(text, self._pystray.Menu(*self._items(row.children)))

        def is_checked(item: Any) -> bool:
            return bool(row.checked)

        return self._pystray.MenuItem(
            text,
            lambda icon, item: self._clicks.put(row.key),
            checked=None if row.checked is None else is_checked,
            enabled=row.enabled,
            default=row.default,
        )


def _adapted(pystray: Any) -> Any:
    """pystray's icon, less four of its habits that a user would trip over."""

    class Icon(pystray.Icon):  # type: ignore[misc]
        def _on_notify(self, wparam: int, lparam: int) -> None:
            """Windows: rebuild the menu just before it opens. Doing so whenever a text changes
            destroys the menu that is open."""
            if lparam == WM_RBUTTONUP:
                self._update_menu()
            super()._on_notify(wparam, lparam)

        def _assert_image(self) -> None:
            """macOS: let the system colour the icon for a light or a dark menu bar."""
            super()._assert_image()
            self._icon_image.setTemplate_(True)

        def _run(self) -> None:
            """macOS: leave SIGINT to the command line. pystray's own handler ends the process
            (`terminate_`) without a stop of the service."""
            if sys.platform != "darwin":
                super()._run()
                return
            self._mark_ready()
            try:
                self._app.run()
            finally:
                self._status_bar.removeStatusItem_(self._status_item)

        def run(self, setup: Callable[[Any], None]) -> None:
            """End the thread that waits to set up, also when the loop fails before it is ready:
            pystray's own then keeps the process alive for ever."""
            self._decided = threading.Event()
            try:
                super().run(setup)
            finally:
                self._decided.set()
                self._setup_thread.join(STOP_WITHIN)

        def _start_setup(self, setup: Callable[[Any], None]) -> None:
            self._setup_thread = threading.Thread(
                target=self._set_up, args=(setup,), name="trayapp-tray-setup", daemon=True
            )
            self._setup_thread.start()

        def _set_up(self, setup: Callable[[Any], None]) -> None:
            self._decided.wait()
            if self._running:
                setup(self)

        def _mark_ready(self) -> None:
            super()._mark_ready()
            self._decided.set()

    return Icon
