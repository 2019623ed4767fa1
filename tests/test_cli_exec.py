"""`trayapp exec`: the command as if it stood alone, and its report to whoever listens."""

import ctypes
import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import click
import psutil
import pytest

from tests.conftest import need
from tests.support import Running, program_environ, wait_for
from trayapp import instance
from trayapp.cli import execution
from trayapp.instance import running as running_module
from trayapp.paths import locate
from trayapp.sources import output as output_module


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a trayapp that serves for all tests of this module."""
    home, site = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("site")
    words = ["run", str(site), "--no-tray", "--port", "0"]
    running = Running(words, program_environ(home), tmp_path_factory.mktemp("trayapp"))
    _ = running.url
    yield home
    assert running.stop() == 0, running.output


def run(*argv: str, topic: str = "output", name: str | None = None) -> int:
    """The exit code of `trayapp exec`, run in this process."""
    with pytest.raises(click.exceptions.Exit) as ended:
        execution.execute(argv, topic, name)
    return ended.value.exit_code


def events(topic: str) -> list[str]:
    """The data of the events of a topic, oldest first."""
    known = instance.require(locate(os.environ)).ask("GET", "/api/events")["events"]
    return [event["data"] for event in known if event["topic"] == topic]


def reports(name: str) -> list[dict[str, Any]]:
    said = [json.loads(data) for data in events("command") if data.startswith("{")]
    return [report for report in said if report["name"] == name]


def test_output_goes_its_way_and_to_the_topic(
    served: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRAYAPP_HOME", str(served))
    script = "printf 'no end'; sleep 0.1; echo err >&2; sleep 0.1; echo; echo last; exit 3"
    assert run("sh", "-c", script, topic="told", name="build") == 3
    assert capfd.readouterr() == ("no end\nlast\n", "err\n")
    assert "\n".join(events("told")).split("\n") == ["no enderr", "", "last"]
    begin, end = reports("build")
    assert (begin["running"], begin["command"]) == (True, shlex.join(["sh", "-c", script]))
    assert (end["ok"], end["exit"], end["output"]) == (False, 3, "no enderr\n\nlast")
    assert 0.2 <= end["seconds"] < 5
    assert begin["time"] < end["time"] <= time.time()


def test_its_begin_is_told_before_what_it_prints(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that takes: a page clears what it shows when a command begins."""
    monkeypatch.setenv("TRAYAPP_HOME", str(served))
    report = execution.Execution._report

    def late(self: execution.Execution, content: str) -> None:
        time.sleep(0.2)
        report(self, content)

    monkeypatch.setattr(execution.Execution, "_report", late)
    assert run("echo", "hi", topic="command", name="ordered") == 0
    begin, printed, end = events("command")[-3:]
    assert "running" in begin
    assert printed == "hi"
    assert "exit" in end


@pytest.mark.parametrize(
    ("argv", "code"),
    [(["true"], 0), (["sh", "-c", "kill -KILL $$"], 137), (["sh", "-c", "kill -INT $$"], 130)],
)
def test_the_exit_code_is_passed_through(
    served: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str], code: int
) -> None:
    monkeypatch.setenv("TRAYAPP_HOME", str(served))
    name = f"ends with {code}"
    assert run(*argv, name=name) == code
    assert [report.get("ok") for report in reports(name)] == [None, code == 0]
    assert reports(name)[-1]["exit"] == code
    assert events("output") == []


def test_a_command_that_cannot_start_is_reported(
    served: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRAYAPP_HOME", str(served))
    assert run("make everything") == 127
    assert capfd.readouterr().err == (
        "Error: The command 'make everything' was not found.\n"
        "A line of the shell is run by: trayapp exec -- sh -c 'make everything'\n"
    )
    [end] = reports("'make everything'")
    assert (end["ok"], end["exit"]) == (False, 127)
    assert run("/etc/hostname") == 126


def test_without_trayapp_it_runs_all_the_same(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("sh", "-c", "seq 3; exit 4") == 4
    said = capfd.readouterr()
    assert said.out == "1\n2\n3\n"
    assert said.err == "trayapp exec: trayapp is not running. Nobody is told of this command.\n"


def test_a_trayapp_that_stalls_does_not_hold_it_up(
    run_trayapp: Callable[..., Running],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for module, name in (
        (running_module, "PROOF_SECONDS"),
        (execution, "ANSWER_SECONDS"),
        (output_module, "PATIENCE"),
    ):
        monkeypatch.setattr(module, name, 0.2)
    trayapp = run_trayapp(tmp_path)
    trayapp.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    try:
        assert run("sh", "-c", "yes | head -c 3000000") == 0
    finally:
        trayapp.process.send_signal(signal.SIGCONT)
    assert time.monotonic() - began < 5
    said = capfd.readouterr()
    assert len(said.out) == 3000000
    assert said.err.count("\n") == 1
    assert "does not answer" in said.err


def test_it_takes_little_memory_whatever_is_printed(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """10 MB in the suite; 100 MB were measured by hand."""
    monkeypatch.setenv("TRAYAPP_HOME", str(served))
    process = start("exec", "--", "sh", "-c", "yes 0123456789 | head -c 10000000", home=served)
    status, peak = Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        for match in re.finditer(r"VmHWM:\s+(\d+) kB", status.read_text()):
            peak = int(match[1])
        time.sleep(0.01)
    assert process.returncode == 0
    assert 10_000 < peak < 40_000


def test_a_signal_is_passed_on(home: Path, tmp_path: Path) -> None:
    script = "trap 'echo got it; exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    with (tmp_path / "out").open("wb") as out:
        process = start("exec", "--", "sh", "-c", script, home=home, stdout=out)
    wait_for(lambda: "ready" in (tmp_path / "out").read_text())
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 9
    assert "got it" in (tmp_path / "out").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else names the threads of others")
def test_a_signal_that_comes_when_the_main_thread_begins_to_wait_is_passed_on(
    home: Path, tmp_path: Path
) -> None:
    """That moment cannot be met by a test; what it does can: the main thread goes on waiting, as it
    does when the system hands the signal to another thread."""
    script = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    with (tmp_path / "out").open("wb") as out:
        process = start("exec", "--", "sh", "-c", script, home=home, stdout=out)
    wait_for(lambda: "ready" in (tmp_path / "out").read_text())
    threads = {int(task.name) for task in Path(f"/proc/{process.pid}/task").iterdir()}
    other = min(threads - {process.pid})
    assert ctypes.CDLL(None).tgkill(process.pid, other, signal.SIGTERM) == 0
    assert process.wait(15) == 9


def test_output_that_cannot_be_written_ends_it_with_a_sentence(home: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [sys.executable, "-m", "trayapp", "exec", "--", "yes"],
            env=program_environ(home),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=10,
            check=False,
        )
    assert process.returncode == 141  # as by SIGPIPE
    said = process.stderr.splitlines()
    assert "trayapp exec: The output cannot be written: No space left on device." in said
    assert all(line.startswith("trayapp exec: ") for line in said)


def test_a_reader_that_closes_ends_the_command(home: Path) -> None:
    reading, writing = os.pipe()
    process = start("exec", "--", "yes", home=home, stdout=writing)
    os.close(writing)
    assert os.read(reading, 10) == b"y\n" * 5
    os.close(reading)
    assert process.wait(15) == 128 + signal.SIGPIPE


def start(
    *words: str, home: Path, stdout: int | IO[bytes] = subprocess.DEVNULL
) -> "subprocess.Popen[bytes]":
    """`trayapp WORDS` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "trayapp", *words],
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env=program_environ(home),
    )


class Terminal:
    """An interactive bash on a terminal."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._end, theirs = pty.openpty()
        self._bash = subprocess.Popen(
            ["setsid", "--ctty", "bash", "--norc", "--noprofile", "-i"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environ,
        )
        os.close(theirs)
        self._shown = b""

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def until(self, text: str, seconds: float = 15.0) -> None:
        """Wait until `text` is shown, after all that was waited for before."""
        deadline = time.monotonic() + seconds
        while text.encode() not in self._shown:
            ready, _, _ = select.select([self._end], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{text!r} was not shown: {self._shown!r}"
            self._shown += os.read(self._end, 4096)
        self._shown = self._shown.partition(text.encode())[2]

    def below(self) -> "list[psutil.Process]":
        """What the shell has started."""
        return psutil.Process(self._bash.pid).children(recursive=True)

    def close(self) -> None:
        self._bash.kill()
        self._bash.wait()
        os.close(self._end)


@pytest.fixture
def terminal(home: Path) -> Iterator[Terminal]:
    need("bash", "setsid")
    it = Terminal(program_environ(home) | {"PS1": "§ ", "TERM": "dumb"})
    it.type(f'run() {{ {sys.executable} -m trayapp exec -- sh -c "$1" 2>/dev/null; }}\n')
    it.until("§ ")
    yield it
    it.close()


def test_the_terminal_belongs_to_the_command(terminal: Terminal) -> None:
    """What is shown is spelled in two halves where it is typed, for that is shown as well."""
    terminal.type('run \'trap "echo go""t; exit 7" INT; echo rea""dy; read x; read y\'\n')
    terminal.until("ready")
    terminal.type("\x03")
    terminal.until("got")
    terminal.until("§ ")
    terminal.type("echo code=$?\n")
    terminal.until("code=7")

    terminal.type("run 'echo rea\"\"dy; read x; echo $x$x'\n")
    terminal.until("ready")
    terminal.type("\x1a")
    terminal.until("Stopped")
    # All of it: else the read of the command takes what is typed for the shell.
    wait_for(lambda: all(it.status() == psutil.STATUS_STOPPED for it in terminal.below()))
    terminal.type("fg\n")
    terminal.until("trayapp exec")
    terminal.type("ab\n")
    terminal.until("abab")

    terminal.type('for i in 1 2 3; do run \'echo rea""dy; sleep 20\'; done; echo no""t so\n')
    terminal.until("ready")
    # A dash that is interrupted just before it starts something waits for the end of that.
    wait_for(lambda: "sleep" in [it.name() for it in terminal.below()])
    terminal.type("\x03")
    terminal.until("§ ")
    terminal.type("echo code=$?\n")
    terminal.until("code=130")
