"""How soon the routes for machines answer while as many streams are open as the program takes:
at rest, and in the moment an event begins to go out to all of them."""

import shutil
import socket
import tempfile
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from bench import figures
from bench.processes import GIVE_UP
from bench.publish import publication
from bench.readers import Readers, reading
from bench.servers import OURS, serving

PATHS = ("/health", "/metrics")
GOAL_MS = 100


class _Missing(Exception):
    """The program has no such route."""


def measure(streams: int, rounds: int, paths: Sequence[str] = PATHS) -> str:
    """Ask each route `rounds` times at rest and as often while `streams` streams get an event."""
    if shutil.which("cc") is None:
        return "Health: not measured, its readers need a C compiler (Debian: apt-get install gcc)."
    try:
        return _measure(streams, rounds, paths)
    except _Missing as missing:
        return f"Health: not measured, this program does not answer {missing}."


def _measure(streams: int, rounds: int, paths: Sequence[str]) -> str:
    rows: list[figures.Row] = []
    with (
        tempfile.TemporaryDirectory(prefix="trayapp-bench-") as folder,
        serving(OURS, Path(folder)) as server,
        reading(Path(folder), server.port, server.path, streams) as readers,
    ):
        marks = count()
        for path in paths:
            quiet = [_ask(server.port, path) for _ in range(rounds)]
            busy = [_ask_busy(server.port, path, readers, next(marks)) for _ in range(rounds)]
            rows += [
                figures.Row(f"{path}, at rest", quiet, "ms"),
                figures.Row(f"{path}, while an event goes out", busy, "ms"),
            ]
    verdicts = [
        figures.verdict(f"{row.name}, the worst of {rounds}", max(row.samples), GOAL_MS, "ms")
        for row in rows
    ]
    return "\n".join([figures.table(f"Answers with {streams:,} streams open", rows), *verdicts])


def _ask_busy(port: int, path: str, readers: Readers, number: int) -> float:
    with publication(port) as one:
        one.send("bench", f"mark-{number} ")
        passed = _ask(port, path)
        readers.wait(number)
        one.answer()
    return passed


def _ask(port: int, path: str) -> float:
    """Milliseconds from the connect to the end of the answer."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    begun = time.perf_counter_ns()
    with socket.create_connection(("127.0.0.1", port), GIVE_UP) as connection:
        connection.sendall(request.encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    passed = (time.perf_counter_ns() - begun) / 1e6
    if answer.startswith(b"HTTP/1.1 404 "):
        raise _Missing(path)
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"GET {path} answered {answer[:80]!r}")
    return passed
