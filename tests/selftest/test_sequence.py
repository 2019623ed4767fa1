"""A selftest says what works, and FAILED of what does not."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import need
from tests.rig.fakedesk import FakeDesk
from tests.rig.sessionbus import session_bus
from trayapp.selftest import Outcome, around, run, saving, serving
from trayapp.selftest.sequence import CHECKS, Check
from trayapp.web import client

# Starts trayapp with one thing broken in it.
BREAK = "import sys; {}; from trayapp.cli import main; main()"

Try = Callable[..., dict[str, Outcome]]


@pytest.fixture
def outcomes(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Try:
    """Run the checks named on a trayapp in which something is broken; the outcomes by name."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    def go(
        broken: str, *functions: object, seconds: float = 20.0, notify: bool = False
    ) -> dict[str, Outcome]:
        words = [sys.executable, "-c", BREAK.format(broken)]
        checks: list[Check] = [one for one in CHECKS if one[1] in functions]
        outcomes = run(words, os.environ, notify=notify, checks=checks, seconds=seconds)
        found = {one.what: one for one in outcomes}
        assert list(tmp_path.glob("trayapp-selftest-*")) == []
        return found

    return go


def _marks(found: dict[str, Outcome]) -> list[str]:
    return [outcome.mark for outcome in found.values()]


def test_a_trayapp_that_does_not_start(outcomes: Try) -> None:
    found = outcomes("print('no luck'); sys.exit(3)", serving.stream)
    assert list(found.values()) == [
        Outcome("FAILED", "starts", "it ended with exit code 3: no luck")
    ]


def test_saves_that_are_told_wrongly(outcomes: Try) -> None:
    broken = (
        "from trayapp.service import changes as c; tell = c.data_of; "
        "c.data_of = lambda *a, **k: tell(*a, **k) | {'action': 'reload'}"
    )
    found = outcomes(broken, saving.watch, saving.in_place)
    wrong = Outcome("FAILED", "a save in place is told once", "the action is reload")
    assert [one for one in found.values() if one.mark != "ok"] == [wrong]


def test_a_server_whose_files_are_missing(outcomes: Try) -> None:
    broken = "from trayapp.web import client; client.EXTRAS.pop('doctor')"
    found = outcomes(broken, serving.script)
    outcome = found["script, modules and dashboard are served"]
    assert outcome.mark == "FAILED"
    assert outcome.figure == "/client/doctor.js: status 404"


def test_a_trayapp_that_does_not_end(outcomes: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(around, "STOP_SECONDS", 0.2)
    broken = "from trayapp.service import Service; Service.request_stop = lambda self: None"
    found = outcomes(broken)
    assert found["ends when asked"].mark == "FAILED"


def test_without_time_nothing_is_ok(outcomes: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(around, "STOP_SECONDS", 20.0)  # all there is, less what the start has taken
    found = outcomes("pass", serving.stream, serving.publish)
    assert _marks(found) == ["ok", "FAILED", "FAILED", "ok"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no session bus")
@pytest.mark.parametrize("notify", [False, True])
def test_a_desktop_takes_the_icon_and_a_notification_only_if_asked(
    outcomes: Try, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notify: bool
) -> None:
    need("dbus-daemon")
    with session_bus(tmp_path) as bus, FakeDesk(bus.address, "tray", "notifications") as desk:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        found = outcomes("pass", around.tray, around.notification, notify=notify)
        assert _marks(found) == ["ok"] * 4
        assert found["the tray"].figure == "it shows our icon"
        assert len(desk.all("notify")) == notify


def test_a_temporary_folder_that_cannot_be_made(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    found = list(run([sys.executable], os.environ))
    assert found == [Outcome("FAILED", "a temporary folder", "No such file or directory")]


def test_all_modules_of_the_page_script_are_asked_for() -> None:
    assert set(serving.MODULES) == set(client.EXTRAS)
