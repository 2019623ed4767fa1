"""The backend for Windows and macOS, as far as a machine with neither can show: pystray's own
menu and icon classes, with a loop of the test's instead of the system's."""

import importlib.util
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rig.standin import StandInService
from tests.support import wait_for
from trayapp.tray import pystray_backend
from trayapp.tray.actions import Actions
from trayapp.tray.pystray_backend import PystrayTray


@pytest.fixture(scope="module")
def pystray() -> Any:
    """pystray with its backend for nothing, whose icon only has the base class' parts."""
    before = os.environ.get("PYSTRAY_BACKEND")
    os.environ["PYSTRAY_BACKEND"] = "dummy"
    try:
        import pystray
    finally:
        os.environ.pop("PYSTRAY_BACKEND")
        if before is not None:
            os.environ["PYSTRAY_BACKEND"] = before
    return pystray


class System:
    """What a system's backend would be told to show."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.pictures = 0
        self.bubbles: list[tuple[str, str]] = []
        self.icon: Any = None
        self.broken = False


@pytest.fixture
def system(pystray: Any, monkeypatch: pytest.MonkeyPatch) -> System:
    """A system whose loop waits for the stop."""
    system = System()

    class Icon(pystray.Icon):  # type: ignore[misc]
        def _run(self) -> None:
            if system.broken:
                raise OSError("no notification area")
            system.icon = self
            self._over = threading.Event()
            self._mark_ready()
            self._over.wait()

        def _stop(self) -> None:
            self._over.set()

        def _show(self) -> None:
            pass

        def _hide(self) -> None:
            pass

        def _update_menu(self) -> None:
            pass

        def _update_icon(self) -> None:
            system.pictures += 1
            self._icon_valid = True

        def _update_title(self) -> None:
            system.titles.append(self.title)

        def _notify(self, message: str, title: str | None = None) -> None:
            system.bubbles.append((title or "", message))

    monkeypatch.setattr(pystray, "Icon", Icon)
    return system


class Shown:
    """The backend, run by a thread that plays the main thread."""

    def __init__(self, service: StandInService) -> None:
        self.said: list[str] = []
        self.service = service
        self.main = threading.Thread(
            target=pystray_backend.run, args=(service, Path("trayapp.log"), self.said.append)
        )
        self.main.start()

    def stop(self) -> None:
        """Stop the service, and see the tray end."""
        self.service.request_stop()
        self.main.join(5)
        assert not self.main.is_alive()


@pytest.fixture(params=["linux", "darwin"])
def loop_thread(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to share the main thread."""
    if request.param == "darwin":
        monkeypatch.setattr(
            pystray_backend, "_run_beside_main_thread", pystray_backend._run_on_main_thread
        )
    return str(request.param)


@pytest.fixture
def shown(system: System, service: StandInService, loop_thread: str) -> Iterator[Shown]:
    """The icon of `service`, visible."""
    service.notifier.start()
    running = Shown(service)
    wait_for(lambda: system.icon is not None and system.icon.visible)
    yield running
    running.stop()
    service.notifier.stop()


def rows(icon: Any) -> list[tuple[str, object]]:
    """Text and tick of each row of pystray's menu."""
    return [(item.text, item.checked) for item in icon.menu]


def item(icon: Any, text: str) -> Any:
    """The row with this text, also in the submenu."""
    every = [*icon.menu, *(below for each in icon.menu for below in each.submenu or ())]
    return next(each for each in every if each.text == text)


def test_menu_has_the_same_rows_as_on_linux(shown: Shown, system: System) -> None:
    separator = ("- - - -", None)
    assert rows(system.icon) == [
        ("Open dashboard", None),
        ("Serving /home/ada/site, 2 pages", None),
        separator,
        ("Live reload", True),
        ("Folders", None),
        ("Notifications", True),
        ("Share on this network", False),
        separator,
        ("Start at login", False),
        ("Quit trayapp", None),
    ]
    assert [each.text for each in item(system.icon, "Folders").submenu] == [
        "/home/ada/site",
        "- - - -",
        "Add folder…",
    ]
    assert not item(system.icon, "Serving /home/ada/site, 2 pages").enabled


def test_clicks_reach_the_service(shown: Shown, system: System) -> None:
    system.icon()
    item(system.icon, "Live reload")(system.icon)
    item(system.icon, "/home/ada/site")(system.icon)
    wait_for(
        lambda: shown.service.calls == [("open_dashboard",), ("pause",), ("remove_root", "site")]
    )


def test_pause_changes_icon_title_and_tick(shown: Shown, system: System) -> None:
    pictures = system.pictures
    item(system.icon, "Live reload")(system.icon)
    wait_for(lambda: system.titles and system.titles[-1] == "trayapp: Paused")
    assert system.pictures == pictures + 1
    assert ("Live reload", False) in rows(system.icon)


def test_notifications_go_through_the_icon_and_fit(shown: Shown, system: System) -> None:
    shown.service.notifier.show("t" * 300, "m" * 300)
    shown.service.notifier.show("", "untitled")
    wait_for(lambda: system.bubbles)
    title, message = system.bubbles[0]
    assert len(title) <= 63
    assert len(message) <= 255
    assert title


def test_quit_row_ends_it(shown: Shown, system: System) -> None:
    item(system.icon, "Quit trayapp")(system.icon)
    shown.main.join(5)
    assert not shown.main.is_alive()


def test_loop_that_fails_is_said_and_survived(
    system: System, service: StandInService, loop_thread: str
) -> None:
    system.broken = True
    shown = Shown(service)
    wait_for(lambda: shown.said)
    assert "runs without an icon" in shown.said[0]
    assert shown.main.is_alive()
    shown.stop()


def test_pystray_that_cannot_be_imported_is_said_and_survived(
    service: StandInService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pystray", None)
    shown = Shown(service)
    wait_for(lambda: shown.said)
    shown.stop()


def test_ampersand_is_doubled_on_windows_only(
    pystray: Any, service: StandInService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trayapp.tray.menu import Entry

    tray = PystrayTray(pystray, service, Actions(service, Path("x")), "/home/ada")
    monkeypatch.setattr(sys, "platform", "win32")
    assert tray._item(Entry("x", "R&D")).text == "R&&D"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert tray._item(Entry("x", "R&D")).text == "R&D"


def test_private_names_we_override_are_there() -> None:
    found = importlib.util.find_spec("pystray")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent

    def defined(module: str) -> set[str]:
        return set(re.findall(r"^    def (\w+)\(", (folder / module).read_text(), re.MULTILINE))

    assert {"_on_notify", "_update_menu", "_run"} <= defined("_win32.py")
    assert {"_assert_image", "_run"} <= defined("_darwin.py")
    assert {"_start_setup", "_mark_ready", "stop"} <= defined("_base.py")
    darwin = (folder / "_darwin.py").read_text()
    for name in ("self._app.run()", "self._icon_image", "removeStatusItem_(self._status_item)"):
        assert name in darwin
