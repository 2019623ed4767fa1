"""The servers that are measured beside each other: ours, the C floor, nchan, sse-starlette."""

import importlib.util
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.nchan import INSTALL, is_there, nchan
from bench.program import Program

OURS, FLOOR, NCHAN, STARLETTE = "trayapp", "floor", "nchan", "starlette"
RIVALS = (FLOOR, NCHAN, STARLETTE)


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server: its processes, its port, and where its streams are. It takes publishes
    at `/bench`."""

    pids: list[int]
    port: int
    path: str = "/stream"


def serving(name: str, folder: Path) -> AbstractContextManager[Serving]:
    """The server called `name`, in processes of its own for the length of the `with` block."""
    starts: dict[str, Callable[[Path], AbstractContextManager[Serving]]] = {
        OURS: _ours,
        FLOOR: _floor,
        NCHAN: _nchan,
        STARLETTE: _starlette,
    }
    return starts[name](folder)


def missing(name: str) -> str:
    """Why the server called `name` cannot be measured here, or nothing."""
    if name == NCHAN and not is_there():
        return f"nchan is not installed (Debian: {INSTALL})."
    if name == STARLETTE and importlib.util.find_spec("sse_starlette") is None:
        return "sse-starlette is not installed (scripts/bench fanout --against all does it)."
    return ""


@contextmanager
def _ours(folder: Path) -> Iterator[Serving]:
    """The program as a user starts it, with an empty folder to watch."""
    with (
        tempfile.TemporaryDirectory(dir=folder) as watched,
        Program(Path(watched)) as program,
    ):
        yield Serving([program.pid], program.port, "/stream?topic=bench")


@contextmanager
def _floor(folder: Path) -> Iterator[Serving]:
    with processes.started([processes.build("floor", folder)]) as process:
        port = int(processes.line(process))
        processes.wait_for_door(port)
        yield Serving([process.pid], port)


@contextmanager
def _nchan(folder: Path) -> Iterator[Serving]:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with (
        tempfile.TemporaryDirectory(dir=folder) as own,
        nchan(Path(own), files) as (pid, port),
    ):
        yield Serving(processes.family(pid), port)


@contextmanager
def _starlette(_: Path) -> Iterator[Serving]:
    with processes.started([sys.executable, "-m", "bench.starlette_server"]) as process:
        port = int(processes.line(process))
        processes.wait_for_door(port)
        yield Serving([process.pid], port)
