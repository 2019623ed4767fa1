"""`trayapp autostart`: with and without a trayapp that runs, and what that one shows of it."""

import json
import shutil
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import Running
from trayapp.cli.autostart import command_line

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it would change this account")

Trayapp = Callable[..., Running]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """XDG_CONFIG_HOME of what is started: the entry of this account stays what it is."""
    folder = tmp_path / "settings"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder


def said(trayapp: Trayapp, *words: str) -> str:
    """What `trayapp autostart …` prints, having ended well."""
    running = trayapp("autostart", *words, serve=False)
    assert running.process.wait(10) == 0
    running.stop()
    return running.output


def shown(running: Running, home: Path) -> Any:
    """What the one that runs shows of it."""
    token = json.loads((home / "instance.json").read_text())["token"]
    asked = urllib.request.Request(f"{running.url}/api/state", headers={"X-TrayApp-Token": token})
    with urllib.request.urlopen(asked, timeout=5) as answer:
        return json.load(answer)["autostart"]


def test_it_is_switched_on_and_off_without_a_trayapp_that_runs(
    run_trayapp: Trayapp, settings: Path, home: Path
) -> None:
    entry = settings / "autostart" / "trayapp.desktop"
    assert "does not start when you log in" in said(run_trayapp)
    assert not settings.exists()
    assert "starts when you log in" in said(run_trayapp, "on")
    assert f"TRAYAPP_HOME={home}" in entry.read_text()
    text = entry.read_text()
    assert "run --no-open" in said(run_trayapp, "on")
    assert entry.read_text() == text
    assert "does not start when you log in" in said(run_trayapp, "off")
    assert not entry.exists()


def test_the_one_that_runs_shows_it(
    run_trayapp: Trayapp, settings: Path, home: Path, tmp_path: Path
) -> None:
    running = run_trayapp(tmp_path)
    assert shown(running, home) is False
    said(run_trayapp, "on")
    assert shown(running, home) is True
    shutil.rmtree(settings / "autostart")  # by hand
    assert shown(running, home) is False


def test_a_place_that_cannot_be_written_is_told(run_trayapp: Trayapp, settings: Path) -> None:
    settings.write_text("no folder")
    running = run_trayapp("autostart", "on", serve=False)
    assert running.process.wait(10) == 1
    assert "Cannot change what starts at login" in running.output


def test_the_command_is_shown_as_it_is_typed() -> None:
    words = [r"C:\Users\Ada L\trayappw.exe", "run"]
    assert command_line(words, "win32") == r'"C:\Users\Ada L\trayappw.exe" run'
    assert command_line([r"C:\trayappw.exe"], "win32") == r"C:\trayappw.exe"
    assert command_line(["/opt/ada l/trayapp", "run"], "linux") == "'/opt/ada l/trayapp' run"
