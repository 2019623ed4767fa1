"""The servers that are measured beside each other: ours, the C floor, nchan, sse-starlette, and
those that use Redis: ours again, and flask-sse."""

import importlib.util
import os
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import processes, redisserver
from bench.nchan import INSTALL, is_there, nchan
from bench.program import Program
from bench.redisserver import Redis

OURS, FLOOR, NCHAN, STARLETTE = "trayapp", "floor", "nchan", "starlette"
OURS_ON_REDIS, FLASK_SSE = "trayapp+redis", "flask-sse"
RIVALS = (FLOOR, NCHAN, STARLETTE)
GUNICORN = str(Path(sys.executable).with_name("gunicorn"))


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server: its processes, its port, where its streams are, and where it takes one
    event, and many, a line each."""

    pids: list[int]
    port: int
    path: str = "/stream"
    one: str = "/bench"
    many: str = "/bench?lines=1"


def serving(name: str, folder: Path, redis: Redis | None = None) -> AbstractContextManager[Serving]:
    """The server called `name`, in processes of its own for the length of the `with` block. Those
    that use Redis use `redis`, and its process counts as one of theirs."""
    starts: dict[str, Callable[[Path], AbstractContextManager[Serving]]] = {
        OURS: _ours,
        FLOOR: _floor,
        NCHAN: _nchan,
        STARLETTE: _starlette,
    }
    with_redis: dict[str, Callable[[Path, Redis], AbstractContextManager[Serving]]] = {
        OURS_ON_REDIS: _ours_on_redis,
        FLASK_SSE: _flask_sse,
    }
    if redis is not None and name in with_redis:
        return with_redis[name](folder, redis)
    return starts[name](folder)


def missing(name: str) -> str:
    """Why the server called `name` cannot be measured here, or nothing."""
    if name == NCHAN and not is_there():
        return f"nchan is not installed (Debian: {INSTALL})."
    if name == STARLETTE and importlib.util.find_spec("sse_starlette") is None:
        return "sse-starlette is not installed (scripts/bench fanout --against all does it)."
    if name == FLASK_SSE and importlib.util.find_spec("flask_sse") is None:
        return "flask-sse is not installed (scripts/bench throughput --against all does it)."
    return redisserver.missing(name) if name in (OURS_ON_REDIS, FLASK_SSE) else ""


@contextmanager
def _ours(folder: Path) -> Iterator[Serving]:
    """The program as a user starts it, with an empty folder to watch."""
    with (
        tempfile.TemporaryDirectory(dir=folder) as watched,
        Program(Path(watched)) as program,
    ):
        yield Serving([program.pid], program.port, "/stream?topic=bench")


@contextmanager
def _ours_on_redis(folder: Path, redis: Redis) -> Iterator[Serving]:
    with (
        tempfile.TemporaryDirectory(dir=folder) as watched,
        Program(Path(watched), environ={"TRAYAPP_BUS": redis.url}) as program,
    ):
        yield Serving([program.pid, redis.pid], program.port, "/stream?topic=bench")


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


@contextmanager
def _flask_sse(folder: Path, redis: Redis) -> Iterator[Serving]:
    """Started as its documentation says: one worker of gunicorn, with gevent."""
    port = processes.free_port()
    options = f"--worker-class gevent --bind 127.0.0.1:{port} --graceful-timeout 1"
    command = [GUNICORN, "bench.flask_sse_server:app", *options.split()]
    environ = os.environ | {"REDIS_URL": redis.url}
    told = folder / "gunicorn.txt"  # a traceback for every page that has gone
    with processes.started([*command, "--log-file", str(told)], environ) as process:
        processes.wait_for_door(port)
        processes.wait_for(lambda: len(processes.family(process.pid)) > 1)
        pids = [*processes.family(process.pid), redis.pid]
        yield Serving(pids, port, many="/bench/lines")
