"""`trayapp selftest` as it is typed."""

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Running, wait_for
from trayapp import __version__

Run = Callable[..., Running]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Without a browser to be found, which would cost a second; temporary files in sight."""
    (tmp_path / "tmp").mkdir()
    return {"PATH": str(tmp_path), "TMPDIR": str(tmp_path / "tmp")}


def test_a_report_says_that_all_is_well_and_nothing_private(
    run_trayapp: Run, environ: dict[str, str], tmp_path: Path
) -> None:
    running = run_trayapp("selftest", "--json", serve=False, environ=environ)
    assert running.wait(20) == 0, running.output
    report = json.loads(running.output)
    assert (report["trayapp"], report["ok"]) == (__version__, True)
    marks = {one["what"]: one["mark"] for one in report["checks"]}
    assert len(marks) == 23
    assert {what for what, mark in marks.items() if mark != "ok"} == {
        "a browser follows a save",
        "the tray",
        "notifications",
    }
    assert str(Path.home()) not in running.output
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM ends a process at once there")
def test_who_is_ended_leaves_nothing(
    run_trayapp: Run, environ: dict[str, str], tmp_path: Path
) -> None:
    running = run_trayapp("selftest", serve=False, environ=environ)
    wait_for(lambda: "a stream greets" in running.output or "starts" in running.output)
    running.process.send_signal(signal.SIGTERM)
    assert running.wait(5) == 130
    assert list((tmp_path / "tmp").iterdir()) == []
    assert "Traceback" not in running.output
