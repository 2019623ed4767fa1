"""Commands that need no running trayapp: usage, bad input, and what importing costs."""

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tests.support import Running
from trayapp import __version__
from trayapp.cli import ask, boundary
from trayapp.cli.commands import main, trayapp
from trayapp.cli.signals import Signals
from trayapp.state import CommandState, LanState, State

Start = Callable[..., Running]


def invoke(*words: str | Path, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(trayapp, [str(word) for word in words], input=text)


def test_version() -> None:
    assert invoke("--version").output == f"trayapp {__version__}\n"


def test_importing_the_commands_imports_nothing_heavy() -> None:
    code = "import sys, trayapp.cli; print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    heavy = {"flask", "werkzeug", "watchdog", "pystray", "PIL", "jeepney", "psutil", "http.client"}
    assert not heavy & set(printed.decode().split())


def test_every_command_says_what_it_does() -> None:
    assert [name for name, command in trayapp.commands.items() if not command.help] == []


def test_an_unknown_command_gets_a_suggestion() -> None:
    result = invoke("statsu")
    assert result.exit_code == 2
    assert "No such command 'statsu'. Did you mean 'status'?" in result.output


@pytest.mark.parametrize(
    "command", ["status", "pause", "resume", "open", "stop", "send hello", "pipe", "listen"]
)
def test_nothing_running_is_said_with_the_remedy(home: Path, command: str) -> None:
    result = invoke(*command.split())
    assert result.exit_code == 1
    assert result.stderr == "Error: trayapp is not running.\nStart it: trayapp run\n"
    assert result.stdout == ""
    assert list(home.iterdir()) == []


def test_a_folder_that_does_not_exist(home: Path) -> None:
    result = invoke("run", home / "nope")
    assert result.exit_code == 1
    assert f"Error: The folder {home}/nope does not exist.\nCheck the spelling" in result.stderr


def test_a_file_instead_of_a_folder(home: Path) -> None:
    (home / "file").touch()
    result = invoke("run", home / "file")
    assert result.exit_code == 1
    assert f'file is a file, not a folder.\nWatch the folder it is in: trayapp run "{home}"' in (
        result.stderr
    )


def test_the_home_folder_needs_a_second_word() -> None:
    result = invoke("run", Path.home())
    assert result.exit_code == 1
    assert "trayapp run --wide" in result.stderr


def test_a_port_out_of_range(home: Path) -> None:
    result = invoke("run", "--port", "99999")
    assert result.exit_code == 1
    assert "--port must be a whole number from 0 to 65535, not 99999." in result.stderr


def test_a_wrong_variable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAYAPP_PORT", "many")
    result = invoke("run")
    assert result.exit_code == 1
    assert "TRAYAPP_PORT must be" in result.stderr
    assert "unset TRAYAPP_PORT" in result.stderr


def test_a_home_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TRAYAPP_HOME", str(tmp_path / "file"))
    result = invoke("run")
    assert result.exit_code == 1
    assert "Cannot keep files in" in result.stderr


@pytest.mark.parametrize(
    ("words", "text", "said"),
    [
        (["send", ""], None, "The text to send is empty"),
        (["send"], b"\xff\xfe", "is not UTF-8"),
        (["send", "-"], b"x" * 65537, "longer than 64 KiB"),
        (["send", "--topic", "a/b", "x"], None, "'a/b' is no topic"),
    ],
)
def test_what_cannot_be_sent(home: Path, words: list[str], text: bytes | None, said: str) -> None:
    result = invoke(*words, text=text)
    assert result.exit_code == 1
    assert said in result.stderr


def test_a_type_goes_with_no_notification(home: Path) -> None:
    for words in (["--title", "T", "--topic", "build"], []):
        result = invoke("send", "--type", "done", *words, "x")
        assert result.exit_code == 2
        assert "notification" in result.stderr


def test_an_unexpected_error_is_a_bug_whose_traceback_is_in_the_log(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("by accident")

    monkeypatch.setattr(ask, "show_status", fail)
    result = invoke("status")
    assert result.exit_code == 1
    assert "trayapp failed: ZeroDivisionError('by accident')." in result.stderr
    assert "Traceback" not in result.output
    log = (home / "trayapp.log").read_text()
    assert "Traceback" in log
    assert "by accident" in log


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    boundary.say("a\x1b]0;title\x07b")
    assert capsys.readouterr().out == "a\\x1b]0;title\\x07b\n"


def test_a_windowed_program_has_no_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    monkeypatch.setattr(sys, "argv", ["trayapp", "send"])
    boundary.say("nobody reads this")
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2


def test_a_reader_that_went_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Broken())
    boundary.say("nobody reads this")


NOT_SHARED = {"lan": asdict(LanState()), "devices": [], "from_disk": False, "disk_refused": 0.0}


def test_status_for_people() -> None:
    site = {"label": "site", "path": "/srv/site", "status": "error", "detail": "No room."}
    full = "The limit is reached. Run: sudo sysctl fs.inotify.max_user_watches=524288"
    roots = [
        site | {"files": 3},
        site | {"status": "watching", "detail": "", "files": 1},
        site | {"status": "scanning", "detail": "", "files": 12000},
        site | {"status": "polling", "detail": full, "files": 4},
        site | {"status": "gone", "detail": "The folder is gone.", "files": 4},
    ]
    state = {
        "version": "1",
        "status": "on",
        "url": "http://127.0.0.1:1",
        "pid": 7,
        "problem": "site: no room",
        "pages": 2,
        "notifications": False,
        "roots": roots,
        **NOT_SHARED,
    }
    assert list(ask.described(state)) == [
        "trayapp 1 is on at http://127.0.0.1:1 (pid 7)",
        "Problem: site: no room",
        "Pages connected: 2",
        "Desktop notifications: off",
        "Sharing is off.",
        "Watched folders:",
        "  site  /srv/site  error, 3 files",
        "      No room.",
        "  site  /srv/site  events proven, 1 file",
        "  site  /srv/site  scanning, 12,000 files so far",
        "  site  /srv/site  polling, 4 files",
        "      The limit is reached.",
        "      sudo sysctl fs.inotify.max_user_watches=524288",
        "  site  /srv/site  gone, waiting for it",
    ]
    assert "No folder is watched." in ask.described(state | {"roots": []})


def test_status_says_how_commands_did() -> None:
    commands = (
        CommandState("sass", "failed", 3, 1.25),
        CommandState("tsc", "running"),
        CommandState("make", "ok", 0, 0.04),
    )
    lines = ask.described(State("on", "1", "http://x", 1, commands=commands).as_json())
    assert [line for line in lines if line.startswith("Command")] == [
        "Command sass: failed after 1.2 s (exit code 3); pages stay as they were",
        "Command tsc: runs; pages are told when it has succeeded",
        "Command make: succeeded, 40 ms",
    ]


def test_status_says_what_pages_have_shown() -> None:
    state = {"version": "1", "status": "on", "url": "u", "pid": 7, "problem": "", "pages": 4}
    state |= NOT_SHARED
    shown = {"title": "Home", "url": "http://x/", "status": "current", "at": 5.0, "ms": 1234.0}
    views = [
        shown | {"cause": "css/a.css"},
        shown | {"cause": "", "title": "", "at": 0.0},
        shown | {"cause": "", "status": "behind"},
        shown | {"cause": "", "status": "waiting", "url": "", "title": ""},
    ]
    lines = list(ask.described(state | {"views": views, "roots": [], "notifications": True}))
    assert lines[2:6] == [
        "  Home  http://x/  css/a.css, 1.2 s",
        "  http://x/  http://x/  no update yet",
        "  Home  http://x/  did not apply the last change",
        "  a page    waits with an update",
    ]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_arrives_on_a_thread_while_the_main_thread_waits(name: str) -> None:
    number = signal.Signals[name]
    asked = threading.Event()
    names: list[str] = []

    def stop() -> None:
        names.append(threading.current_thread().name)
        asked.set()

    before = signal.getsignal(number)
    signals = Signals(stop, lambda: None)
    signals.start()
    assert not signals.received
    os.kill(os.getpid(), number)
    assert asked.wait(5)
    assert signals.received
    signals.stop()
    signals.stop()
    assert names == ["trayapp-signals"]
    assert signal.getsignal(number) is before
    assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.parametrize(("name", "arrives"), [("SIGINT", True), ("SIGHUP", False)])
def test_a_hangup_stays_ignored_under_nohup_an_interrupt_does_not(name: str, arrives: bool) -> None:
    number = signal.Signals[name]
    before = signal.signal(number, signal.SIG_IGN)
    signals = Signals(lambda: None, lambda: None)
    signals.start()
    taken = signal.getsignal(number) != signal.SIG_IGN
    signals.stop()
    assert signal.signal(number, before) == signal.SIG_IGN
    assert taken is arrives


def test_a_slow_stop_is_said_and_a_second_signal_ends_it() -> None:
    code = """
import sys, threading
from trayapp.cli import signals
signals.PATIENCE = 0.1
watch = signals.Signals(lambda: print("stopping", flush=True), lambda: print("slow", flush=True))
watch.start()
print("started", flush=True)
threading.Event().wait()
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as lines:
        assert lines.readline() == "started\n"
        process.send_signal(signal.SIGTERM)
        assert [lines.readline(), lines.readline()] == ["stopping\n", "slow\n"]
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 1


def test_click_has_no_option_without_help() -> None:
    for command in trayapp.commands.values():
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, option.name


def test_streams_of_the_terminal_take_any_name(run_trayapp: Start) -> None:
    process = run_trayapp(
        "run", "/nope/\udcff☕", serve=False, environ={"PYTHONIOENCODING": "ascii"}
    )
    assert process.wait() == 1
    assert "\\udcff" in process.output
