"""One run of a command: its exit code, its output, and no process left behind."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support import wait_for
from trayapp.sources import Command, NotStarted, command
from trayapp.sources.tree import MARK, Tree


class Run:
    """A command that was started, and what it has printed."""

    def __init__(self, argv: str | list[str], **options: object) -> None:
        self.output = b""
        self.command = Command(argv, output=self._print, **options)  # type: ignore[arg-type]
        self.command.start()

    def _print(self, data: bytes) -> None:
        self.output += data

    def pid(self) -> int:
        """The number it prints, of a process."""
        return int(wait_for(lambda: self.output.strip(), what="a process id"))


@pytest.fixture
def run() -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(argv: str | list[str], **options: object) -> Run:
        runs.append(Run(argv, **options))
        return runs[-1]

    yield start
    for one in runs:
        one.command.stop()


def ends(pid: int) -> bool:
    """Whether the process ends within five seconds; a zombie has."""

    def gone() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return wait_for(gone, 5)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["true"], 0),
        ("exit 3", 3),
        ("kill -9 $$", 128 + 9),
        ("kill -TERM $$", 128 + 15),
        ("nothing-of-that-name", 127),
        ("exec >&- 2>&-; sleep 0.1; exit 4", 4),  # its output ends before it does
    ],
)
def test_the_exit_code_is_the_shells(run: Callable[..., Run], argv: list[str], code: int) -> None:
    assert run(argv).command.wait(5) == code


def test_output_is_complete_and_in_order(run: Callable[..., Run]) -> None:
    script = "printf '\\377\\000a'; echo b >&2; seq 1 20000; printf end"
    one = run(script)
    assert one.command.wait(5) == 0
    assert one.output == b"\xff\0ab\n" + b"".join(b"%d\n" % n for n in range(1, 20001)) + b"end"


def test_errors_can_come_apart(run: Callable[..., Run]) -> None:
    errors: list[bytes] = []
    one = run("echo out; echo err >&2", errors=errors.append)
    assert one.command.wait(5) == 0
    assert (one.output, b"".join(errors)) == (b"out\n", b"err\n")


def test_it_runs_in_its_folder_without_input(run: Callable[..., Run], tmp_path: Path) -> None:
    one = run("pwd; cat; printenv " + MARK, folder=tmp_path)
    assert one.command.wait(5) == 0
    folder, mark = one.output.decode().split()
    assert folder == str(tmp_path)
    assert len(mark) == 32


def test_how_long_it_took(run: Callable[..., Run]) -> None:
    assert Command(["true"], output=print).seconds == 0
    one = run(["sleep", "0.2"])
    assert one.command.wait(0) is None
    assert one.command.wait(5) == 0
    assert 0.2 <= one.command.seconds < 2
    assert one.command.seconds == one.command.seconds


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda here: ["no-such-program"], 127, "'no-such-program' was not found. Check"),
        (lambda here: [str(here / "none")], 127, "was not found"),
        (lambda here: [str(here / "plain")], 126, "Permission denied. Make it executable: chmod"),
        (lambda here: [str(here)], 126, "Permission denied. Name a program"),
        (lambda here: [str(here / "odd")], 126, "Exec format error. Its first line must name"),
        (lambda here: ["a\0b"], 126, "null byte"),
    ],
)
def test_what_cannot_be_started_is_named(
    tmp_path: Path, make: Callable[[Path], list[str]], code: int, words: str
) -> None:
    (tmp_path / "plain").write_text("echo")
    (tmp_path / "odd").write_text("echo")
    (tmp_path / "odd").chmod(0o755)
    it = Command(make(tmp_path), output=print)
    with pytest.raises(NotStarted) as refused:
        it.start()
    assert refused.value.exit == code
    assert words in str(refused.value)
    it.stop()


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("./plain", 126, "Make it executable: chmod +x ./plain"),
        ("./odd", 126, "Its first line must name what runs it"),
        ("odd", 127, "'odd' was not found. Check the spelling, or name it with its folder: ./name"),
    ],
)
def test_a_script_is_looked_for_where_the_command_runs(
    tmp_path: Path, name: str, code: int, words: str
) -> None:
    (tmp_path / "plain").write_text("echo")
    (tmp_path / "odd").write_text("#!/no/such/interpreter")
    (tmp_path / "odd").chmod(0o755)
    with pytest.raises(NotStarted) as refused:
        Command([name], folder=tmp_path, output=print).start()
    assert refused.value.exit == code
    assert words in str(refused.value)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match=r"The folder .*/gone to run 'true' in does not exist"):
        Command(["true"], folder=tmp_path / "gone", output=print).start()


@pytest.mark.parametrize(
    "left",
    [
        "sleep 60 & echo $!",
        "(setsid sh -c 'echo $$; exec sleep 60' &) </dev/null",  # a daemon, in a session of its own
        "env -i sleep 60 & echo $!",  # without the mark, in its session
    ],
)
def test_what_a_command_leaves_running_is_ended(run: Callable[..., Run], left: str) -> None:
    """And it holds the output open, so that no end of file comes by itself."""
    one = run(f"{left}; sleep 0.1; exit 5")
    assert one.command.wait(5) == 5
    assert ends(one.pid())


def test_an_attached_command_leaves_nothing_either(run: Callable[..., Run]) -> None:
    one = run("(setsid sh -c 'echo $$; exec sleep 60' &); sleep 0.1", attached=True)
    assert one.command.wait(5) == 0
    assert ends(one.pid())


def test_a_command_within_a_command_belongs_to_both(
    run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MARK, "outer")
    one = run("printenv " + MARK)
    assert one.command.wait(5) == 0
    assert one.output.startswith(b"outer:")
    tree = Tree(os.getpid(), "outer", session=False)
    other = run(["sleep", "60"])
    assert wait_for(lambda: [process.name() for process in tree.members()]) == ["sleep"]
    assert tree.end(2)
    assert other.command.wait(5) == 128 + signal.SIGTERM


def test_one_that_never_ends_is_stopped_with_its_children(run: Callable[..., Run]) -> None:
    one = run("sleep 60 & echo $!; wait")
    pid = one.pid()
    one.command.stop()
    assert one.command.wait(0) == 128 + signal.SIGTERM
    assert ends(pid)
    one.command.stop()


def test_one_that_ignores_sigterm_is_killed(
    run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "TERM_SECONDS", 0.3)
    one = run("trap '' TERM; echo $$; while :; do sleep 0.05; done")
    pid = one.pid()
    began = time.monotonic()
    one.command.stop()
    assert one.command.wait(0) == 128 + signal.SIGKILL
    assert 0.3 <= time.monotonic() - began < 3
    assert ends(pid)


def test_stopping_from_several_threads(run: Callable[..., Run]) -> None:
    one = run("sleep 60 | sleep 60")
    threads = [threading.Thread(target=one.command.stop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert one.command.wait(0) == 128 + signal.SIGTERM


def test_a_signal_reaches_the_command_alone(run: Callable[..., Run]) -> None:
    one = run("trap 'exit 9' USR1; echo $$; while :; do sleep 0.05; done")
    one.pid()
    one.command.send(signal.SIGUSR1)
    assert one.command.wait(5) == 9
    one.command.send(signal.SIGUSR1)  # too late: nobody gets it


def test_nobody_else_is_ended(run: Callable[..., Run]) -> None:
    other = run(["sleep", "60"])
    assert run("true").command.wait(5) == 0
    assert other.command.wait(0.1) is None
    assert os.getpid() in psutil.pids()


def test_a_reader_that_went_away_is_a_broken_pipe() -> None:
    def gone(data: bytes) -> None:
        raise BrokenPipeError

    it = Command(["yes"], output=gone)
    it.start()
    assert it.wait(5) == 128 + signal.SIGPIPE
