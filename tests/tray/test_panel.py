"""The tray in a real panel, seen in pixels and clicked with a pointer."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import need
from tests.rig.panel import ON, PANEL_HEIGHT, PAUSED, PROGRAMS, Desktop, desktop
from tests.rig.standin import StandInService
from tests.support import wait_for
from tests.tray.conftest import Shown
from trayapp.state import LanState

pytestmark = [pytest.mark.panel, pytest.mark.timeout(60)]

Show = Callable[[StandInService], Shown]


@pytest.fixture(scope="module")
def desk() -> Iterator[Desktop]:
    """One desktop for all tests here; each takes its icon away again."""
    need(*PROGRAMS)
    folder = Path(tempfile.mkdtemp(prefix="trayapp-desktop-"))
    with desktop(folder) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def shown(
    desk: Desktop, service: StandInService, show: Show, monkeypatch: pytest.MonkeyPatch
) -> Shown:
    """The tray of `service`, on that desktop."""
    wait_for(lambda: not desk.view.items(), 5, "the last test's icon to go")
    for key in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY"):
        monkeypatch.setenv(key, desk.environ[key])
    running = show(service)
    wait_for(lambda: len(desk.view.items()) == 1)
    return running


def test_icon_is_seen_and_goes(desk: Desktop, shown: Shown) -> None:
    desk.icon(ON)
    shown.stop()
    wait_for(lambda: desk.screen.find(ON, PANEL_HEIGHT) is None)


def test_icon_turns_grey_when_paused(desk: Desktop, shown: Shown) -> None:
    desk.icon(ON)
    desk.open_menu()
    desk.click_row("Live reload")
    desk.icon(PAUSED)
    assert shown.service.calls == [("pause",)]


def test_plain_click_opens_the_dashboard(desk: Desktop, shown: Shown) -> None:
    desk.screen.click(*desk.icon(ON))
    wait_for(lambda: shown.service.calls == [("open_dashboard",)])


def test_keyboard_reaches_the_rows(desk: Desktop, shown: Shown) -> None:
    desk.open_menu()
    for key in ("Down", "Return"):
        desk.screen.key(key)
    wait_for(lambda: shown.service.calls == [("open_dashboard",)])


def test_what_the_dashboard_asks_is_allowed_by_a_click(desk: Desktop, shown: Shown) -> None:
    shown.service.become(lan=LanState(asked=True))
    desk.open_menu()
    desk.click_row("Allow sharing, as the dashboard asks")
    wait_for(lambda: shown.service.calls == [("set_lan", "True")])
    desk.open_menu()
    desk.click_row("Pair a phone…")
    wait_for(lambda: shown.service.calls[1:] == [("open_dashboard", "sharing")])


def test_clicks_arrive_while_the_text_changes_every_second(desk: Desktop, shown: Shown) -> None:
    stop = threading.Event()

    def tick() -> None:
        pages = 0
        while not stop.wait(1.0):
            pages += 1
            shown.service.become(pages=pages)

    ticking = threading.Thread(target=tick)
    ticking.start()
    try:
        for clicks in range(1, 7):
            desk.open_menu()
            time.sleep(1.3)  # a reader takes his time: the text changes while the menu is open
            assert desk.screen.popups(), "the menu closed by itself"
            desk.click_row("Notifications")
            wait_for(lambda count=clicks: len(shown.service.calls) == count, 2)  # type: ignore[misc]
    finally:
        stop.set()
        ticking.join()


def test_quit_row_ends_it(desk: Desktop, shown: Shown) -> None:
    desk.open_menu()
    desk.click_row("Quit trayapp")
    wait_for(lambda: not shown.is_running)
    assert shown.service.calls == [("request_stop",)]
