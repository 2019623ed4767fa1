"""Processes of a measurement: built, started and ended, and what they have used so far."""

import re
import select
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
GIVE_UP = 60.0
PSS = re.compile(r"^Pss_(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)


def build(name: str, folder: Path) -> str:
    """The program made of `bench/NAME.c`, in `folder`; needs `cc`."""
    built = folder / name
    if not built.exists():
        subprocess.run(["cc", "-O2", "-o", built, HERE / f"{name}.c"], check=True)
    return str(built)


@contextmanager
def started(
    command: Sequence[str], environ: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """A process whose lines can be read, and that reads ours; ended with the `with` block."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
    ) as process:
        try:
            yield process
        finally:
            _end(process)


def line(process: "subprocess.Popen[str]") -> str:
    """The next line the process prints. Raises: RuntimeError when none comes."""
    said = process.stdout
    ready = said is not None and select.select([said], [], [], GIVE_UP)[0]
    text = said.readline() if said is not None and ready else ""
    if not text:
        raise RuntimeError(f"{process.args!r} said nothing within {GIVE_UP} s.")
    return text.strip()


def say(process: "subprocess.Popen[str]", text: str) -> None:
    """Write a line to the process."""
    if process.stdin is None:
        raise RuntimeError(f"{process.args!r} does not listen.")
    process.stdin.write(text + "\n")
    process.stdin.flush()


def wait_for(there: Callable[[], bool]) -> None:
    """Return once `there` says so. Raises: RuntimeError when it does not."""
    deadline = time.monotonic() + 10
    while not there():
        if time.monotonic() > deadline:
            raise RuntimeError("What was waited for did not come.")
        time.sleep(0.02)


def wait_for_door(port: int) -> None:
    """Return once something listens on `port`. Raises: ConnectionRefusedError when nothing does."""
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def family(pid: int) -> list[int]:
    """A process and its children (nginx does its work in one)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of all threads so far, in ns resolution: ticks of 10 ms would be too
    coarse for one publish. The clock's number is that of clock_getcpuclockid(3)."""
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in pids)


def cpu_at_rest(pids: Sequence[int]) -> float:
    """`cpu_seconds`, once what the last publish left to do is done: a tenth of a core at most is
    in use, heartbeats and pings, or two seconds have passed."""
    used = cpu_seconds(pids)
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        time.sleep(0.02)
        before, used = used, cpu_seconds(pids)
        if used - before < 0.002:
            break
    return used


def memory_kb(pids: Sequence[int]) -> int:
    """Resident memory that is not a file's, shared pages divided among those who share them (PSS,
    proc(5)). A program file's pages are left out: they shrink whenever another process maps it."""
    rollups = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return sum(int(size) for rollup in rollups for size in PSS.findall(rollup))


def switches(pid: int) -> int:
    """Context switches of all threads so far: each wake-up is one."""
    return sum(
        int(number)
        for status in Path(f"/proc/{pid}/task").glob("*/status")
        for number in re.findall(r"ctxt_switches:\s+(\d+)", status.read_text())
    )


def free_port() -> int:
    """A port nobody listens on, for programs that cannot choose one and tell it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
