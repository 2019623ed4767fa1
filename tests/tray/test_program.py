"""The whole program on a real desktop: `trayapp run` with its tray, clicked with a pointer."""

import json
import re
import shutil
import socket
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import support
from tests.conftest import need
from tests.rig.panel import ON, PANEL_HEIGHT, PAUSED, PROGRAMS, Desktop, desktop
from tests.support import wait_for

pytestmark = [pytest.mark.panel, pytest.mark.timeout(60)]

MEMORY_LIMIT = 45.0
"""MB that the program may keep in memory with its tray."""


@pytest.fixture(scope="module")
def desk() -> Iterator[Desktop]:
    """One desktop for all tests here."""
    need(*PROGRAMS)
    folder = Path(tempfile.mkdtemp(prefix="trayapp-desktop-"))
    with desktop(folder) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a page."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<h1>Hello</h1>")
    return folder


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """The file in which a stand-in for the user's browser notes the address it was given."""
    note, program = tmp_path / "opened.txt", tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{note}.new"\nmv "{note}.new" "{note}"\n')
    program.chmod(0o700)
    return note


@pytest.fixture
def program(
    desk: Desktop, site: Path, home: Path, tmp_path: Path, opened: Path
) -> Iterator[support.Running]:
    """`trayapp run SITE` on that desktop, serving and with its icon in the panel."""
    wait_for(lambda: not desk.view.items(), 5, "the last test's icon to go")
    environ = support.program_environ(home) | dict(desk.environ)
    environ["BROWSER"] = str(tmp_path / "browser")
    running = support.Running(["run", str(site), "--port", "0"], environ, tmp_path)
    try:
        _ = running.url
        wait_for(lambda: len(desk.view.items()) == 1, 10, "the icon")
        yield running
    finally:
        running.stop()


def test_untick_pauses_and_quit_frees_the_port(
    desk: Desktop, program: support.Running, site: Path
) -> None:
    wait_for(lambda: desk.view.status_line().startswith("Serving"))
    desk.open_menu(ON)
    desk.click_row("Live reload")
    desk.icon(PAUSED)
    wait_for(lambda: desk.view.status_line() == "Paused")
    desk.open_menu(PAUSED)
    desk.click_row("Live reload")
    desk.icon(ON)
    desk.open_menu(ON)
    desk.click_row("Quit trayapp")
    assert program.wait() == 0
    wait_for(lambda: desk.screen.find(ON, PANEL_HEIGHT) is None, 5, "the icon to go")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", program.port), 1)


def test_pages_get_nothing_while_paused_and_one_change_on_resume(
    desk: Desktop, program: support.Running, site: Path
) -> None:
    with urllib.request.urlopen(f"{program.url}/stream?topic=change", timeout=10) as stream:
        wait_for(lambda: "1 page" in desk.view.status_line())
        desk.view.click("Live reload")
        wait_for(lambda: desk.view.status_line() == "Paused")
        for text in ("<h1>One</h1>", "<h1>Two</h1>"):
            (site / "index.html").write_text(text)
        (site / "more.html").write_text("<h1>More</h1>")
        desk.view.click("Live reload")
        change = _next_change(stream)
        assert {path["path"] for path in change["paths"]} == {"index.html", "more.html"}
        (site / "index.html").write_text("<h1>Three</h1>")
        assert [path["path"] for path in _next_change(stream)["paths"]] == ["index.html"]


def test_sharing_is_a_tick_and_what_the_dashboard_asks_is_a_click(
    desk: Desktop, program: support.Running, opened: Path
) -> None:
    wait_for(lambda: desk.view.status_line().startswith("Serving"))
    desk.open_menu(ON)
    desk.click_row("Share on this network")
    wait_for(lambda: desk.view.rows()["Share on this network"].ticked)
    desk.open_menu(ON)
    desk.click_row("Pair a phone…")
    wait_for(opened.exists, 5, "the dashboard to be opened")
    address = re.fullmatch(
        rf"{program.dashboard}([\w-]+)&view=sharing", support.launched(opened.read_text())
    )
    assert address is not None
    desk.view.click("Share on this network")
    wait_for(lambda: "Pair a phone…" not in desk.view.rows())

    token = _post(program, "session", {"code": address[1]})["token"]
    answer = _post(program, "lan", {"on": True}, {"X-TrayApp-Token": token})

    assert answer == {"on": False, "asked": True}
    left, top, width, height = wait_for(desk.screen.popups, 5, "the bubble")[0]
    desk.screen.click(left + width // 2, top + height // 2)
    wait_for(lambda: not desk.screen.popups(), 5, "the bubble to go")
    wait_for(lambda: "Allow sharing, as the dashboard asks" in desk.view.rows())
    desk.open_menu(ON)
    desk.click_row("Allow sharing, as the dashboard asks")
    wait_for(lambda: desk.view.rows()["Share on this network"].ticked)
    assert "Allow sharing, as the dashboard asks" not in desk.view.rows()


def test_notification_reaches_the_desktop(desk: Desktop, program: support.Running) -> None:
    desk.screen.move(500, 550)
    assert desk.screen.popups() == []
    request = urllib.request.Request(f"{program.url}/notify", b"tests passed", method="POST")
    urllib.request.urlopen(request, timeout=5).close()
    wait_for(desk.screen.popups, 5, "the bubble")


def test_memory_stays_small(desk: Desktop, program: support.Running) -> None:
    desk.open_menu(ON)
    desk.screen.key("Escape")
    status = Path(f"/proc/{program.pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    assert int(resident.split()[1]) / 1000 <= MEMORY_LIMIT


def _post(
    program: support.Running, name: str, body: object, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", **(headers or {})}
    url = f"{program.url}/api/{name}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        said: dict[str, Any] = json.load(answer)
    return said


def _next_change(stream: Iterable[bytes]) -> dict[str, Any]:
    for line in stream:
        text = line.decode().rstrip("\r\n")
        if text.startswith("data:") and '"paths"' in text:
            change: dict[str, Any] = json.loads(text.removeprefix("data:"))
            return change
    raise AssertionError("the stream has ended")
