"""The tray on a session bus, seen with a panel's eyes: no screen, but the real protocol."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.rig.fakedesk import FakeDesk
from tests.rig.sessionbus import PanelView, session_bus
from tests.rig.standin import SITE, StandInService
from tests.support import wait_for
from tests.tray.conftest import Shown
from trayapp.state import CommandState, DeviceState, LanState, RootState

Show = Callable[[StandInService], Shown]

MENU = "com.canonical.dbusmenu"
ITEM = "org.kde.StatusNotifierItem"


def test_panel_sees_every_row(shown: Shown, view: PanelView) -> None:
    rows = [
        (
            row.label or row.properties["type"],
            [child.label for child in row.children if child.visible],
        )
        for row in view.root().children
        if row.visible
    ]
    assert rows == [
        ("Open dashboard", []),
        ("Serving /home/ada/site, 2 pages", []),
        ("separator", []),
        ("Live reload", []),
        ("Folders", ["/home/ada/site", "", "Add folder…"]),
        ("Notifications", []),
        ("Share on this network", []),
        ("separator", []),
        ("Start at login", []),
        ("Quit trayapp", []),
    ]


def test_panel_sees_ticks_and_the_disabled_row(shown: Shown, view: PanelView) -> None:
    rows = view.rows()
    assert rows["Live reload"].properties["toggle-type"] == "checkmark"
    assert rows["Live reload"].ticked
    assert not rows["Serving /home/ada/site, 2 pages"].properties["enabled"]


@pytest.mark.parametrize(
    ("label", "call"),
    [
        ("Open dashboard", ("open_dashboard",)),
        ("Live reload", ("pause",)),
        ("/home/ada/site", ("remove_root", "site")),
        ("Add folder…", ("open_dashboard",)),
        ("Notifications", ("set_notifications", "False")),
        ("Share on this network", ("set_lan", "True")),
        ("Start at login", ("set_autostart", "True")),
        ("Quit trayapp", ("request_stop",)),
    ],
)
def test_click_reaches_the_service(
    shown: Shown, view: PanelView, label: str, call: tuple[str, ...]
) -> None:
    view.click(label)
    wait_for(lambda: shown.service.calls == [call])


PHONE = DeviceState("d1", "Pixel, Chrome", 1.0)


@pytest.mark.parametrize(
    ("changes", "label", "call"),
    [
        ({"lan": LanState(on=True)}, "Share on this network", ("set_lan", "False")),
        ({"lan": LanState(asked=True)}, "Share on this network", ("set_lan", "True")),
        (
            {"lan": LanState(asked=True)},
            "Allow sharing, as the dashboard asks",
            ("set_lan", "True"),
        ),
        ({"lan": LanState(on=True)}, "Pair a phone…", ("open_dashboard", "sharing")),
        ({"disk_refused": 1.0}, "Allow pages opened from disk", ("allow_from_disk", "True")),
        ({"from_disk": True}, "Allow pages opened from disk", ("allow_from_disk", "False")),
        (
            {"commands": (CommandState("build", "waiting", root="site"),)},
            "In /home/ada/site",
            ("allow_commands", "site"),
        ),
        ({"devices": (PHONE,)}, "Forget Pixel, Chrome", ("forget_device", "d1")),
        (
            {"devices": tuple(replace(PHONE, device=f"d{number}") for number in range(9))},
            "1 more in the dashboard…",
            ("open_dashboard", "sharing"),
        ),
    ],
)
def test_click_on_a_row_of_sharing(
    shown: Shown, view: PanelView, changes: dict[str, object], label: str, call: tuple[str, ...]
) -> None:
    shown.service.become(**changes)
    wait_for(lambda: label in view.rows())
    view.click(label)
    wait_for(lambda: shown.service.calls == [call])


def test_rows_that_come_to_be_seen_keep_the_layout(shown: Shown, view: PanelView) -> None:
    view.listen(MENU)
    shown.service.become(lan=LanState(asked=True))
    shown.service.become(lan=LanState(on=True), disk_refused=1.0)
    assert {member for member, _body in view.signals(0.3)} == {"ItemsPropertiesUpdated"}


def test_click_on_the_icon_opens_the_dashboard(shown: Shown, view: PanelView) -> None:
    view.call(view.item(), "Activate", "ii", (1, 1))
    wait_for(lambda: shown.service.calls == [("open_dashboard",)])


def test_click_on_the_status_line_does_nothing(shown: Shown, view: PanelView) -> None:
    view.click(view.status_line())
    view.click("Live reload")
    wait_for(lambda: shown.service.calls == [("pause",)])


def test_untick_pauses_and_tick_resumes(shown: Shown, view: PanelView) -> None:
    on = view.properties(view.item())["IconPixmap"]
    view.click("Live reload")
    wait_for(lambda: view.status_line() == "Paused" and not view.rows()["Live reload"].ticked)
    assert view.properties(view.item())["IconPixmap"] != on
    assert view.properties(view.item())["ToolTip"][3] == "Paused"
    view.click("Live reload")
    wait_for(lambda: view.rows()["Live reload"].ticked)
    assert view.properties(view.item())["IconPixmap"] == on


def test_text_that_changes_leaves_the_layout_alone(shown: Shown, view: PanelView) -> None:
    view.listen(MENU)
    for pages in range(3, 6):
        shown.service.become(pages=pages)
    signals = [(member, body) for member, body in view.signals(0.3)]
    assert [member for member, _body in signals] == ["ItemsPropertiesUpdated"] * 3
    rows, _removed = signals[-1][1]
    assert rows == [(2, {"label": ("s", "Serving /home/ada/site, 5 pages")})]


def test_state_that_looks_the_same_sends_nothing(shown: Shown, view: PanelView) -> None:
    view.listen(MENU)
    view.listen(ITEM)
    shown.service.become(started=4.0)
    assert list(view.signals(0.3)) == []


def test_folder_that_comes_changes_the_layout_and_keeps_the_ids(
    shown: Shown, view: PanelView
) -> None:
    before = {row.label: row.id for row in view.rows().values()}
    view.listen(MENU)
    other = RootState("other", "/home/ada/other", "watching")
    shown.service.become(roots=(other, SITE))
    assert "LayoutUpdated" in [member for member, _body in view.signals(0.3)]
    after = {row.label: row.id for row in view.rows().values()}
    del before["Serving /home/ada/site, 2 pages"]
    assert before.items() <= after.items()
    assert after["/home/ada/other"] not in before.values()


def test_slow_click_does_not_freeze_the_menu(shown: Shown, view: PanelView) -> None:
    go_on = threading.Event()

    def open_slowly(view: str = "") -> str:
        return str(go_on.wait(5))

    shown.service.open_dashboard = open_slowly  # type: ignore[method-assign]
    view.click("Open dashboard")
    view.click("Live reload")
    started = time.monotonic()
    shown.service.become(pages=7)
    wait_for(lambda: view.status_line().endswith("7 pages"))
    assert time.monotonic() - started < 1
    assert shown.service.calls == []
    go_on.set()
    wait_for(lambda: shown.service.calls == [("pause",)])


def test_clicks_keep_their_order(shown: Shown, view: PanelView) -> None:
    for _ in range(10):
        view.click("Live reload")
        view.click("Notifications")
    wait_for(lambda: len(shown.service.calls) == 20)
    assert [call[0] for call in shown.service.calls[::2]] == ["pause", "resume"] * 5
    assert {call[0] for call in shown.service.calls[1::2]} == {"set_notifications"}


def test_click_that_fails_is_told_and_the_tick_put_right(shown: Shown, view: PanelView) -> None:
    shown.service.failing.add("pause")
    view.listen(MENU)
    view.click("Live reload")
    wait_for(lambda: shown.service.shown == [("trayapp", "pause failed. Try again.", "")])
    ((member, (rows, _removed)),) = view.signals(0.3)
    assert member == "ItemsPropertiesUpdated"
    assert rows[0][1]["toggle-state"] == ("i", 1)


def test_click_that_hits_a_bug_leaves_the_menu_working(
    shown: Shown, view: PanelView, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    shown.service.pause = fail  # type: ignore[method-assign]
    view.click("Live reload")
    view.click("Notifications")
    wait_for(lambda: shown.service.calls)
    assert "ZeroDivisionError" in caplog.text


def test_error_shows_its_icon_and_the_way_to_the_log(shown: Shown, view: PanelView) -> None:
    on = view.properties(view.item())["IconPixmap"]
    assert "Open log" not in view.rows()
    shown.service.become(status="error", problem="Port 8765 in use.")
    wait_for(lambda: view.status_line() == "Problem: Port 8765 in use")
    assert "Open log" in view.rows()
    assert view.properties(view.item())["IconPixmap"] != on


def test_stop_takes_the_icon_away(shown: Shown, desk: FakeDesk) -> None:
    shown.stop()
    desk.wait("gone")


def test_panel_that_starts_later_gets_the_icon(
    bus_address: str, show: Show, service: StandInService, view: PanelView
) -> None:
    shown = show(service)
    wait_for(lambda: shown.said)
    with FakeDesk(bus_address, "tray") as desk:
        desk.wait("registered")
        assert view.status_line() == "Serving /home/ada/site, 2 pages"
    with FakeDesk(bus_address, "tray") as desk:
        desk.wait("registered")
    assert len(shown.said) == 1


NO_TRAY = (
    "No system tray found, so trayapp runs without an icon. Dashboard: http://127.0.0.1:8765 "
    '(GNOME: install the "AppIndicator" extension.) Stop it with Ctrl-C or: trayapp stop'
)


def test_no_panel_is_said_once(bus_address: str, show: Show, service: StandInService) -> None:
    shown = show(service)
    wait_for(lambda: shown.said == [NO_TRAY])
    assert shown.is_running


def test_watcher_without_a_panel_is_said_once(
    bus_address: str, show: Show, service: StandInService
) -> None:
    with FakeDesk(bus_address, "tray", "no-host"):
        shown = show(service)
        wait_for(lambda: shown.said == [NO_TRAY])


@pytest.mark.parametrize("address", ["", "unix:path=/nonexistent/bus", "autolaunch:", "nonsense"])
def test_no_session_bus_is_said_once(
    monkeypatch: pytest.MonkeyPatch, show: Show, service: StandInService, address: str
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    shown = show(service)
    wait_for(lambda: shown.said == [NO_TRAY])
    assert shown.is_running


def test_bus_that_goes_away_is_said_and_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, show: Show, service: StandInService
) -> None:
    with session_bus(tmp_path) as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        with FakeDesk(bus.address, "tray") as desk:
            shown = show(service)
            desk.wait("registered")
    wait_for(lambda: any("The desktop session has ended" in said for said in shown.said))
    service.become(pages=9)
    assert shown.is_running


def test_bus_that_hangs_does_not_hold_up_the_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    with session_bus(tmp_path) as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        service = StandInService()
        with FakeDesk(bus.address, "tray") as desk:
            shown = Shown(service)
            desk.wait("registered")
            os.kill(bus.pid, signal.SIGSTOP)
            started = time.monotonic()
            shown.stop()
            assert time.monotonic() - started < 3
            os.kill(bus.pid, signal.SIGCONT)


def test_odd_names_reach_the_panel(shown: Shown, view: PanelView) -> None:
    odd = RootState("odd", "/tmp/a_b\0\udcff\n\tc", "watching")
    shown.service.become(roots=(odd,))
    assert "/tmp/a_b\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} c" in view.rows()


def test_idle_tray_never_wakes_up(shown: Shown, view: PanelView) -> None:
    view.status_line()
    threads = {
        thread.native_id: thread.name
        for thread in threading.enumerate()
        if thread.name in ("trayapp-tray", "trayapp-click")
    }
    assert len(threads) == 2

    def switches() -> dict[int, str]:
        return {
            id: next(
                line
                for line in Path(f"/proc/self/task/{id}/status").read_text().splitlines()
                if line.startswith("voluntary_ctxt_switches")
            )
            for id in threads
            if id is not None
        }

    time.sleep(0.2)  # let the last answer settle: what is measured is that nothing happens
    before = switches()
    time.sleep(1.5)
    assert switches() == before


def test_pillow_and_pystray_stay_out_of_a_linux_tray(home: Path) -> None:
    code = (
        "import sys; from trayapp.tray import linux, icon; icon.pixmaps('on');"
        "print([name for name in ('PIL', 'pystray') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
