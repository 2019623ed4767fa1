"""The program as its setup installs it in a Windows made of Wine, with somebody at the screen."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nsis
import prefix
import trial
import windesk
from prefix import Windows
from version import ROOT

sys.path.append(str(ROOT))  # last, for this folder is called like a package of PyPI

from tests.rig.panel import ON
from tests.rig.screen import HEIGHT, WIDTH, Screen, display_server

CONSOLE, SILENT = nsis.PROGRAMS
SITE = r"C:\site"
KEYS = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion"
UNINSTALL_KEY = rf"{KEYS}\Uninstall\trayapp"
RUN = rf"{KEYS}\Run"


@dataclass(frozen=True, slots=True)
class Installed:
    """Where it is, whether it is there yet or not. `browsed` is what its browser was told."""

    windows: Windows
    desk: windesk.Desk
    browsed: Path

    @property
    def program(self) -> Path:
        """The folder with its programs."""
        return self.windows.user / "AppData/Local/Programs/trayapp"

    @property
    def home(self) -> Path:
        """Where it keeps its files, settings among them."""
        return self.windows.user / "AppData/Local/trayapp"

    @property
    def link(self) -> Path:
        """Its shortcut."""
        menu = "AppData/Roaming/Microsoft/Windows/Start Menu/Programs"
        return self.windows.user / menu / "trayapp.lnk"

    @property
    def site(self) -> Path:
        """A folder to watch."""
        return self.windows.file(SITE)

    def says(self, *words: str, seconds: float = 60) -> str:
        """The answer to one of its commands."""
        return self.windows.output(self.program / CONSOLE, *words, seconds=seconds)

    def starts_from_the_menu(self) -> str:
        """Start it by its shortcut; see `serves`."""
        self.windows.output("start", self.link)
        return self.serves()

    def serves(self) -> str:
        """Once it does, and its icon is there: which address its browser was told."""
        said = trial.until(self.announced, "READY")
        self.desk.icon(ON)
        return self.told(said["port"])

    def announced(self) -> dict[str, Any] | None:
        """What its instance.json says; None when there is none."""
        try:
            said: dict[str, Any] = json.loads((self.home / "instance.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return said

    def told(self, port: int) -> str:
        """The address of the dashboard that a browser was told, without the code in it."""
        start = f"http://127.0.0.1:{port}/"

        def told() -> str | None:
            lines = self.browsed.read_text("utf-8").splitlines() if self.browsed.exists() else []
            return next((line for line in lines if line.startswith(start)), None)

        address = trial.until(told, "a browser")
        self.browsed.unlink()
        return address.partition("#")[0]


@contextmanager
def place(folder: Path) -> Iterator[Installed]:
    """A new Windows with a screen, below `folder`; nothing of it runs afterwards."""
    browser, browsed = folder / "browser", folder / "browsed"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >>"{browsed}"\n')
    browser.chmod(0o755)
    with (
        display_server(folder) as display,
        closing(Screen(display)) as screen,
        prefix.windows(folder / "prefix", folder / "home") as windows,
    ):
        windows.begin()
        furnish(windows, browser)
        windows.end()
        windows.begin(DISPLAY=display)
        # Without it the first program that shows something starts it, and it keeps open what that
        # prints into: a selftest could not delete its folder (Wine 8.0; on Windows it runs before).
        windows.start("explorer", f"/desktop={windesk.DESKTOP},{WIDTH}x{HEIGHT}")
        it = Installed(windows, windesk.Desk(screen), browsed)
        trial.until(it.desk.has_bar, "the desktop")
        it.site.mkdir()
        (it.site / "style.css").touch()
        yield it


def furnish(windows: Windows, browser: Path) -> None:
    """A desktop with a bar, a browser that only notes what it is told, and what every Windows has
    before a program is installed."""
    wine = r"HKCU\Software\Wine"
    windows.set_value(rf"{wine}\Explorer", "Desktop", windesk.DESKTOP)
    windows.set_value(rf"{wine}\Explorer\Desktops", windesk.DESKTOP, f"{WIDTH}x{HEIGHT}")
    windows.set_value(rf"{wine}\WineBrowser", "Browsers", str(browser))
    for name in ("Run", "Uninstall"):
        windows.output("reg", "add", rf"{KEYS}\{name}", "/f")
    (windows.user / "AppData/Local/Programs").mkdir(parents=True)
