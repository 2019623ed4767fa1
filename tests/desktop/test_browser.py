"""Pages and files are opened by the user's own programs, and nobody waits for them."""

import sys
import time
from pathlib import Path

import pytest

from tests.support import wait_for
from trayapp.desktop import browser, open_path, open_url
from trayapp.desktop.browser import browser_commands, program_environ

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have one way only")

URL = "http://127.0.0.1:8765/#c=a%20b"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it but what the test puts there; no display, no browser."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for key in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(key, raising=False)
    return folder


def program(folder: Path, name: str, then: str = "") -> Path:
    """Make a program that writes its arguments to the returned file, one per line."""
    written = folder / f"{name}.txt"
    (folder / name).write_text(
        f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {written}.new\n"
        f"/bin/mv {written}.new {written}\n{then}\n"
    )
    (folder / name).chmod(0o755)
    return written


def test_display_opens_with_xdg_open(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":9")
    written = program(programs, "xdg-open")
    assert open_url(URL)
    wait_for(written.exists)
    assert written.read_text() == f"{URL}\n"


def test_browser_variable_comes_first(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":9")
    program(programs, "xdg-open")
    written = program(programs, "fancy")
    monkeypatch.setenv("BROWSER", "missing:fancy --tab=%s 'a b'")
    assert open_url(URL)
    wait_for(written.exists)
    assert written.read_text() == f"--tab={URL}\na b\n"


def test_without_display_or_browser_nothing_opens(programs: Path) -> None:
    program(programs, "xdg-open")
    assert not open_url(URL)
    assert not open_path(programs)


def test_without_any_program_nothing_opens(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setenv("BROWSER", "missing:")
    assert not open_url(URL)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:alert(1)", "-x", "", "ftp://x"])
def test_only_web_pages_are_opened(
    programs: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DISPLAY", ":9")
    program(programs, "xdg-open")
    assert not open_url(url)


def test_browser_that_stays_is_not_waited_for(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER", "slow")
    written = program(programs, "slow", "exec /bin/sleep 3")
    started = time.monotonic()
    assert open_url(URL)
    assert time.monotonic() - started < 1
    wait_for(written.exists)


def test_file_opens_without_the_browser(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.setenv("BROWSER", "fancy")
    written = program(programs, "xdg-open")
    assert open_path(Path("/some/file; rm"))
    wait_for(written.exists)
    assert written.read_text() == "/some/file; rm\n"


def test_program_gets_its_own_libraries_back() -> None:
    frozen = {"LD_LIBRARY_PATH": "/opt/ours", "LD_LIBRARY_PATH_ORIG": "/theirs", "A": "b"}
    assert program_environ(frozen, frozen=True) == {"LD_LIBRARY_PATH": "/theirs", "A": "b"}
    assert program_environ({"LD_LIBRARY_PATH": "/opt/ours"}, frozen=True) == {}
    assert program_environ(frozen, frozen=False) == frozen


def test_broken_browser_variable_is_no_crash(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER", "it's broken")
    assert not open_url(URL)


def test_url_is_added_where_the_command_does_not_place_it() -> None:
    assert list(browser_commands({"BROWSER": "w3m:firefox -P x &"}, URL)) == [
        ["w3m", URL],
        ["firefox", "-P", "x", URL],
    ]
    assert browser.OPENERS[0] == ("xdg-open",)
