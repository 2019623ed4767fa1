"""One publish to many open streams, beside a C epoll server that does nothing else.

The same readers (a C process each) and the same publisher ask both, in turns. Needs `cc`.
"""

import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bench import figures
from bench.program import Program, cpu_seconds

HERE = Path(__file__).parent
GOAL = 1.5
TEXT = "x" * 80
GIVE_UP = 30.0
UNMEASURED = 5  # rounds until caches, pools and branch predictors are warm


@dataclass(slots=True)
class Contender:
    """A server with its readers, and the samples of each round: ms, ms and µs."""

    pid: int
    port: int
    said: IO[str]
    until_last: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def measure(rounds: int, streams: int) -> str:
    """Publish `rounds` times to `streams` readers of each server."""
    if shutil.which("cc") is None:
        return "Fan-out: not measured, its floor needs a C compiler (Debian: apt-get install gcc)."
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trayapp-bench-")))
        floor = _floor(stack, folder, streams)
        product = _product(stack, folder, streams)
        for number in range(-UNMEASURED, rounds):
            for contender in (floor, product) if number % 2 else (product, floor):
                _round(contender, number + UNMEASURED, streams)
    return _report(rounds, streams, floor, product)


def _report(rounds: int, streams: int, floor: Contender, product: Contender) -> str:
    def pair(what: str, unit: str, pick: Callable[[Contender], list[float]]) -> list[figures.Row]:
        names = (f"{what}: C floor", floor), (f"{what}: trayapp", product)
        return [figures.Row(name, pick(one)[UNMEASURED:], unit) for name, one in names]

    last = pair("Publish to last reader", "ms", lambda one: one.until_last)
    spread = pair("First to last reader", "ms", lambda one: one.spread)
    cpu = pair("CPU per delivery", "µs", lambda one: one.cpu)
    ratios = [(rows[0], rows[1].median / rows[0].median) for rows in (last, spread, cpu)]
    return "\n".join(
        [
            figures.table(
                f"Fan-out to {streams} streams, {rounds} publishes", [*last, *spread, *cpu]
            ),
            *(
                figures.verdict(row.name.partition(":")[0], ratio, GOAL, "x the floor")
                for row, ratio in ratios
            ),
        ]
    )


def _floor(stack: ExitStack, folder: Path, streams: int) -> Contender:
    server = _start(stack, [_build("floor", folder)])
    port = int(_line(server.stdout))
    return _contender(stack, folder, server.pid, port, "/stream", streams)


def _product(stack: ExitStack, folder: Path, streams: int) -> Contender:
    watched = folder / "watched"
    watched.mkdir()
    program = stack.enter_context(Program(watched))
    return _contender(stack, folder, program.pid, program.port, "/stream?topic=bench", streams)


def _contender(
    stack: ExitStack, folder: Path, pid: int, port: int, path: str, streams: int
) -> Contender:
    readers = _start(stack, [_build("readers", folder), str(port), path, str(streams)])
    if _line(readers.stdout) != "open" or readers.stdout is None:
        raise RuntimeError(f"Not all {streams} streams of port {port} opened.")
    return Contender(pid, port, readers.stdout)


def _round(contender: Contender, number: int, streams: int) -> None:
    text = f"mark-{number} {TEXT}"
    request = (
        f"POST /bench HTTP/1.1\r\nHost: 127.0.0.1:{contender.port}\r\nConnection: close\r\n"
        f"Content-Length: {len(text)}\r\n\r\n{text}"
    )
    with socket.create_connection(("127.0.0.1", contender.port), 10) as connection:
        time.sleep(0.05)
        used = cpu_seconds(contender.pid)
        begun = time.monotonic_ns()
        connection.sendall(request.encode())
        mark, first, last = map(int, _line(contender.said).split())
        answer = connection.recv(4096)
    if mark != number or b" 200 " not in answer:
        raise RuntimeError(f"Readers saw mark {mark} instead of {number}: {answer!r}")
    time.sleep(0.02)  # what the server does after the last write is its work too
    contender.cpu.append((cpu_seconds(contender.pid) - used) / streams * 1e6)
    contender.until_last.append((last - begun) / 1e6)
    contender.spread.append((last - first) / 1e6)


def _build(name: str, folder: Path) -> str:
    built = folder / name
    if not built.exists():
        subprocess.run(["cc", "-O2", "-o", built, HERE / f"{name}.c"], check=True)
    return str(built)


def _start(stack: ExitStack, command: list[str]) -> "subprocess.Popen[str]":
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    stack.enter_context(process)
    stack.callback(process.kill)
    return process


def _line(said: IO[str] | None) -> str:
    ready = said is not None and select.select([said], [], [], GIVE_UP)[0]
    line = said.readline() if said is not None and ready else ""
    if not line:
        raise RuntimeError(f"A process of the measurement said nothing within {GIVE_UP} s.")
    return line.strip()
