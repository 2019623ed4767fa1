"""Watching a big project: ours beside other watchers, each in turn, in the same run.

A turn is a fresh process that watches the same folder: until it is ready, at rest, and while
packages are installed where nobody looks. Turns go round, as those of `fanout`.
"""

import os
import re
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bench import comparison, processes, watchers
from bench.comparison import Figure, Goal
from bench.fanout import turns
from bench.processes import GIVE_UP
from bench.project import Project, all_own, project
from bench.servers import OURS
from bench.watchers import WATCHDOG

READY = "ready, ms"
MEMORY = "memory added, MB"
IDLE = "at rest, wake-ups/s"
CHURN = "CPU while packages are installed, ms"
SAVES = "saves meanwhile, reported"

STILL = 0.3
"""Seconds in which a watcher that is at rest uses no tenth of a core. Long, for where others keep
the machine busy it may be kept waiting."""

CALM = 1.0
"""Seconds after a save until a watcher is at rest."""

PROBE = "probe.js"

SAVED = 20
LATE = 10.0
"""Seconds after the last save in which it may still be reported."""

GOALS = (
    Goal(READY, 0.5, WATCHDOG),
    Goal(MEMORY, 3.0),
    Goal(IDLE, 0),
    Goal(CHURN, 0.1, WATCHDOG),
    Goal(SAVES, SAVED, least=True),
)
WATCH = re.compile(r"^inotify wd:", re.MULTILINE)


@dataclass(slots=True)
class Samples:
    """Of one watcher on one folder: milliseconds, milliseconds of CPU, MB, numbers."""

    ready: list[float] = field(default_factory=list)
    rest: list[float] = field(default_factory=list)
    start_cpu: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    watches: list[float] = field(default_factory=list)
    save: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    churn: list[float] = field(default_factory=list)
    saves: list[float] = field(default_factory=list)


class _Watcher:
    """A watcher under way, and what it has said."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.pid = process.pid
        self._process = process
        self._rest = b""
        self._said: set[str] = set()

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def wait(self, *lines: str) -> None:
        """Return once it has said all of `lines`. Raises: RuntimeError when it does not."""
        if self.said(lines, GIVE_UP) < len(lines):
            raise RuntimeError(f"{self._process.args!r} did not say {lines} in {GIVE_UP} s.")

    def said(self, lines: Sequence[str], seconds: float) -> int:
        """How many of `lines` it has said, once it is all, or `seconds` have passed."""
        deadline = time.monotonic() + seconds
        while not self._said.issuperset(lines) and self._read(deadline - time.monotonic()):
            pass
        return len(self._said.intersection(lines))

    def _read(self, seconds: float) -> bool:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        if seconds <= 0 or not select.select([pipe], [], [], seconds)[0]:
            return False
        piece = os.read(pipe, 65536)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        self._said.update(line.decode() for line in lines)
        return bool(piece)


def measure(
    against: Sequence[str],
    files: int,
    folders: int,
    rounds: int,
    operations: int,
    quiet: float = 5.0,
) -> Iterator[str]:
    """A table for a project of so many files and folders, and one where all are the user's own.

    `operations` are done where packages are installed; wake-ups are counted for `quiet` seconds.
    """
    reasons = {name: watchers.missing(name) for name in against}
    names = [OURS, *(name for name, reason in reasons.items() if not reason)]
    size = f"{files:,} files in {folders:,} folders"
    with _folder() as top:
        samples = _samples(names, project(top, files, folders), rounds, operations, quiet)
        title = f"Watching a project, {size}, most of them packages: {rounds} rounds, medians"
        yield comparison.report(title, [*_start(samples), *_churn(samples)], GOALS)
    with _folder() as top:
        samples = _samples(names, all_own(top, files, folders), rounds, 0, quiet)
        title = f"The same size, nothing of it ignored: {rounds} rounds, medians"
        yield comparison.report(title, _start(samples), GOALS[2:3])
    yield from filter(None, reasons.values())


@contextmanager
def _folder() -> Iterator[Path]:
    """In a folder of its own: who guards the way to a root wakes when something beside it goes."""
    with tempfile.TemporaryDirectory(prefix="trayapp-bench-") as name:
        yield Path(name).resolve() / "project"


def _samples(
    names: Sequence[str], on: Project, rounds: int, operations: int, quiet: float
) -> dict[str, Samples]:
    samples = {name: Samples() for name in names}
    marks = count()
    on.save(PROBE, "export const probe = -1;\n")
    for name in turns(names, rounds):
        command = watchers.command(name, on.top)
        with processes.started(command) as process:
            watcher = _Watcher(process)
            watcher.wait("LOADED")
            _begin(samples[name], watcher)
            samples[name].save.append(_save(watcher, on, next(marks)))
            samples[name].idle.append(_wake_ups(watcher, quiet))
            if operations:
                _install(samples[name], watcher, on, operations)
    return samples


def _begin(samples: Samples, watcher: _Watcher) -> None:
    pids = [watcher.pid]
    memory = processes.memory_kb(pids)
    used = processes.cpu_seconds(pids)
    begun = time.monotonic()
    watcher.go()
    watcher.wait("READY")
    samples.ready.append(1000 * (time.monotonic() - begun))
    samples.rest.append(1000 * (_rest(watcher.pid) - begun))
    samples.start_cpu.append(1000 * (processes.cpu_seconds(pids) - used))
    samples.memory.append((processes.memory_kb(pids) - memory) / 1024)
    samples.watches.append(_watches(watcher.pid))


def _rest(pid: int) -> float:
    """Return once it has done nothing for a while; when it last did, by the monotonic clock."""
    used, busy = processes.cpu_seconds([pid]), time.monotonic()
    deadline = busy + GIVE_UP
    while (now := time.monotonic()) < min(busy + STILL, deadline):
        time.sleep(0.01)
        before, used = used, processes.cpu_seconds([pid])
        if used - before > 0.1 * (time.monotonic() - now):
            busy = time.monotonic()
    return busy


def _save(watcher: _Watcher, on: Project, mark: int) -> float:
    """Milliseconds until a save is reported: who says READY has to watch."""
    begun = time.monotonic_ns()
    on.save(PROBE, f"export const probe = {mark};\n")
    watcher.wait(f"SAW {PROBE}")
    return (time.monotonic_ns() - begun) / 1e6


def _wake_ups(watcher: _Watcher, seconds: float) -> float:
    """Of all its threads, a second."""
    time.sleep(CALM)
    before = processes.switches(watcher.pid)
    time.sleep(seconds)
    return (processes.switches(watcher.pid) - before) / seconds


def _install(samples: Samples, watcher: _Watcher, on: Project, operations: int) -> None:
    pids = [watcher.pid]
    names = [f"probe-{watcher.pid}-{number}.js" for number in range(SAVED)]
    used = processes.cpu_seconds(pids)
    waiting = names[::-1]
    for done in on.install(operations):
        while waiting and done * (SAVED + 1) >= operations * (SAVED + 1 - len(waiting)):
            name = waiting.pop()
            on.save(name, f"export const name = '{name}';\n")
    samples.saves.append(watcher.said([f"SAW {name}" for name in names], LATE))
    _rest(watcher.pid)
    samples.churn.append(1000 * (processes.cpu_seconds(pids) - used))


def _watches(pid: int) -> int:
    """The folders and files that it asks the kernel about."""
    files = [path.name for path in Path(f"/proc/{pid}/fd").iterdir() if _is_inotify(path)]
    infos = [Path(f"/proc/{pid}/fdinfo/{name}").read_text() for name in files]
    return sum(len(WATCH.findall(info)) for info in infos)


def _is_inotify(descriptor: Path) -> bool:
    """Whether it is one. Others come and go."""
    try:
        return "inotify" in str(descriptor.readlink())
    except FileNotFoundError:
        return False


def _start(samples: dict[str, Samples]) -> list[Figure]:
    return [
        _figure(READY, samples, "ready"),
        _figure("at rest, ms", samples, "rest"),
        _figure("CPU until at rest, ms", samples, "start_cpu"),
        _figure(MEMORY, samples, "memory"),
        _figure("inotify watches", samples, "watches"),
        _figure("save of a file until it is reported, ms", samples, "save"),
        _figure(IDLE, samples, "idle"),
    ]


def _churn(samples: dict[str, Samples]) -> list[Figure]:
    return [_figure(CHURN, samples, "churn"), _figure(SAVES, samples, "saves")]


def _figure(name: str, samples: dict[str, Samples], pick: str) -> Figure:
    return Figure(name, {watcher: getattr(one, pick) for watcher, one in samples.items()})
