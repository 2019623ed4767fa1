"""`trayapp sessions` and `trayapp allow`, against the real program."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Running, launched, wait_for
from trayapp.cli.sessions import session_lines

Start = Callable[..., Running]
Command = Callable[..., str]

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.fixture
def command(run_trayapp: Start) -> Command:
    """Run one command to its end and return what it printed."""

    def run(*words: str) -> str:
        process = run_trayapp(*words, serve=False)
        assert process.wait(20) == 0, process.output
        return process.output

    return run


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """What a stand-in for the browser was given."""
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{tmp_path}/n"\nmv "{tmp_path}/n" "$0.txt"\n')
    program.chmod(0o700)
    return tmp_path / "browser.txt"


def post(running: Running, path: str, body: object, token: str = "") -> dict[str, str]:
    headers = {"Content-Type": "application/json", "User-Agent": "X11; Linux Firefox/140"}
    headers |= {"X-TrayApp-Token": token} if token else {}
    data = json.dumps(body).encode()
    with urllib.request.urlopen(
        urllib.request.Request(f"{running.url}{path}", data, headers), timeout=5
    ) as answer:
        said: dict[str, str] = json.load(answer)
    return said


def test_sessions_are_listed_and_ended(
    run_trayapp: Start, site: Path, note: Path, command: Command
) -> None:
    running = run_trayapp(site, environ={"BROWSER": str(note.with_suffix(""))})
    assert "Open one: trayapp open" in command("sessions")
    for _ in range(2):
        note.unlink(missing_ok=True)
        assert command("open") == "The dashboard opens in the browser.\n"
        wait_for(note.exists)
        post(running, "/api/session", {"code": launched(note.read_text()).partition("#c=")[2]})
    listed = command("sessions", "list").splitlines()
    assert listed[0] == (
        "  2  Linux, Firefox  begun just now, last used just now, by a one-time code"
    )
    assert command("sessions", "end", "2").startswith("Session 2 has ended")
    assert command("sessions").splitlines() == listed[1:]
    assert command("sessions", "end", "--all").startswith("1 session has ended.")
    assert "Open one: trayapp open" in command("sessions")


def test_allow_says_yes_for_a_folder_of_a_dashboard(
    run_trayapp: Start, home: Path, site: Path, note: Path, command: Command, tmp_path: Path
) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('[[on_change]]\nrun = "touch made"\npaths = ["*.src"]\n')
    running = run_trayapp(site, environ={"BROWSER": str(note.with_suffix(""))})
    command("open")
    wait_for(note.exists)
    code = launched(note.read_text()).partition("#c=")[2]
    token = post(running, "/api/session", {"code": code})["token"]
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    post(running, "/api/roots", {"path": str(theirs)}, token)
    wait_for(lambda: f"{theirs}  events proven" in command("status"))
    (theirs / "a.src").write_text("1")
    wait_for(lambda: "waits for your yes: trayapp allow theirs" in command("status"))
    assert "its next change" in command("allow", "theirs")
    (theirs / "a.src").write_text("2")
    wait_for((theirs / "made").exists)
    log = (home / "trayapp.log").read_text()
    assert "dashboard 1 (Linux, Firefox, opened by a one-time code)" in log
    assert "/api/roots/allow root='theirs' (200)" in log
    assert token not in log


def test_a_session_is_a_line_for_people() -> None:
    session = {"session": 3, "browser": "", "opened": "a one-time code", "begun": 0, "used": 3600}
    assert list(session_lines([session], 7200)) == [
        "  3  an unknown browser  begun 2 hours ago, last used 1 hour ago, by a one-time code"
    ]
