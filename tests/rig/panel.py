"""A whole desktop in a folder: display, session bus, a real panel with a tray, notifications."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rig.screen import Screen, display_server
from tests.rig.sessionbus import PanelView, Row, session_bus
from tests.support import wait_for

PROGRAMS = ("Xvfb", "dbus-daemon", "xfce4-panel", "dunst")

PANEL = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="true"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="26"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>
"""

SERVICES = Path("/usr/share/dbus-1/services")
STARTED_BY_THE_BUS = ("org.xfce.Xfconf.service", "org.knopwob.dunst.service")

PANEL_HEIGHT = 40
ON, PAUSED, ERROR = (0x1B, 0x8F, 0x52), (0x5F, 0x68, 0x73), (0xCF, 0x30, 0x27)
"""The colours of the icon's tile."""

SEPARATOR_HEIGHT = 9
"""Of the panel's menus, in px; rows share the rest evenly."""


@dataclass(frozen=True)
class Desktop:
    """A running desktop. `environ` is what a program needs to be on it."""

    environ: Mapping[str, str]
    screen: Screen
    view: PanelView

    def icon(self, colour: tuple[int, int, int]) -> tuple[int, int]:
        """Where on the panel the icon of this colour is, once it is."""
        return wait_for(lambda: self.screen.find(colour, PANEL_HEIGHT), 10, f"icon {colour}")

    def open_menu(self, colour: tuple[int, int, int] = ON) -> None:
        """Open the icon's menu with the pointer."""
        self.screen.click(*self.icon(colour), button=3)
        wait_for(self.screen.popups, 5, "the menu to open")

    def place(self, label: str) -> tuple[int, int]:
        """Where in the open menu the row with this label is."""
        left, top, _width, height = self.screen.popups()[0]
        rows = [row for row in self.view.root().children if row.visible]
        heights = _heights(rows, height - 2)
        index = next(index for index, row in enumerate(rows) if row.label == label)
        return left + 40, int(top + 1 + sum(heights[:index]) + heights[index] / 2)

    def click_row(self, label: str) -> None:
        """Point at a row of the open menu and click it; the menu closes."""
        x, y = self.place(label)
        self.screen.move(x, y - 2)
        self.screen.click(x, y)
        wait_for(lambda: not self.screen.popups(), 5, "the menu to close")


@contextmanager
def desktop(folder: Path) -> Iterator[Desktop]:
    """Run a desktop that keeps all its files in `folder`."""
    with ExitStack() as stack:
        name = stack.enter_context(display_server(folder))
        environ = _environ(folder, name)
        services = folder / "services"
        _install(folder, services)
        address = stack.enter_context(session_bus(folder, services, environ)).address
        environ["DBUS_SESSION_BUS_ADDRESS"] = address
        stack.enter_context(_running(["xfce4-panel", "--disable-wm-check"], folder, environ))
        screen = Screen(name)
        stack.callback(screen.close)
        view = stack.enter_context(PanelView(address))
        wait_for(view.has_tray, 20, "the panel's tray")
        yield Desktop(environ, screen, view)


def _environ(folder: Path, display: str) -> dict[str, str]:
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    folders = {
        f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "CACHE", "DATA")
    }
    return {
        **kept,
        **folders,
        "DISPLAY": display,
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_CURRENT_DESKTOP": "XFCE",
        "GDK_BACKEND": "x11",
        "NO_AT_BRIDGE": "1",
        "GTK_A11Y": "none",
        "GIO_USE_VFS": "local",
        "GSETTINGS_BACKEND": "memory",
    }


def _install(folder: Path, services: Path) -> None:
    channel = folder / "config" / "xfce4" / "xfconf" / "xfce-perchannel-xml"
    channel.mkdir(parents=True)
    (channel / "xfce4-panel.xml").write_text(PANEL)
    services.mkdir()
    for name in STARTED_BY_THE_BUS:
        (services / name).write_text((SERVICES / name).read_text())


@contextmanager
def _running(command: list[str], folder: Path, environ: Mapping[str, str]) -> Iterator[None]:
    with (folder / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(environ))
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def _heights(rows: list[Row], total: int) -> list[float]:
    separators = [row.properties.get("type") == "separator" for row in rows]
    left = total - SEPARATOR_HEIGHT * sum(separators)
    one = left / (len(rows) - sum(separators))
    return [SEPARATOR_HEIGHT if separator else one for separator in separators]
