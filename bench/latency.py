"""From a save to the event's bytes at a reader, beside raw inotify watching the same folder.

One process saves and then waits for both, so each sample has its floor in it. Linux only.
"""

import ctypes
import os
import random
import select
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import figures
from bench.program import Program

CLOSE_WRITE = 0x8  # IN_CLOSE_WRITE of <sys/inotify.h>
GOAL_MS = 2.5
GIVE_UP = 5.0


def measure(rounds: int) -> str:
    """Save `rounds` times, about two a second, and tell how long each event took."""
    with tempfile.TemporaryDirectory(prefix="trayapp-bench-") as name:
        folder = Path(name)
        saved = folder / "style.css"
        saved.write_text("body { color: #000000 }\n")
        with Program(folder) as program, _inotify(folder) as floor, _stream(program.port) as stream:
            samples = [_save(saved, number, floor, stream) for number in range(rounds)]
    floors, events = zip(*samples, strict=True)
    rows = [
        figures.Row("raw inotify (floor)", floors, "ms"),
        figures.Row("trayapp, event bytes", events, "ms"),
    ]
    extra = rows[1].median - rows[0].median
    return "\n".join(
        [
            figures.table(f"Save to event, {rounds} saves", rows),
            figures.verdict("Median above the floor", extra, GOAL_MS, "ms"),
        ]
    )


@contextmanager
def _inotify(folder: Path) -> Iterator[int]:
    libc = ctypes.CDLL(None, use_errno=True)
    number = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if number < 0 or libc.inotify_add_watch(number, os.fsencode(folder), CLOSE_WRITE) < 0:
        raise OSError(ctypes.get_errno(), "inotify refused the folder", str(folder))
    try:
        yield number
    finally:
        os.close(number)


@contextmanager
def _stream(port: int) -> Iterator[socket.socket]:
    """An open stream that has said hello and whose watch root has been read."""
    with socket.create_connection(("127.0.0.1", port), 5) as stream:
        request = f"GET /stream?topic=change HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        stream.sendall(request.encode())
        seen = b""
        while b"event: hello" not in seen:
            seen += stream.recv(65536)
        _let_rest(stream)
        yield stream


def _let_rest(stream: socket.socket) -> None:
    """Read what still comes of the first look at the folder, until 1 s has been silent."""
    while select.select([stream], [], [], 1.0)[0]:
        stream.recv(65536)


def _save(path: Path, number: int, floor: int, stream: socket.socket) -> tuple[float, float]:
    """One save: milliseconds until inotify and until the stream told of it."""
    time.sleep(random.uniform(0.4, 0.6))  # noqa: S311 - no secret: saves should not fall in step
    content = f"body {{ color: #{number:06x} }}\n".encode()
    begun = time.perf_counter_ns()
    with path.open("wb") as file:
        file.write(content)
    return _wait_for_both(floor, stream, begun)


def _wait_for_both(floor: int, stream: socket.socket, begun: int) -> tuple[float, float]:
    told: dict[int, float] = {}
    while len(told) < 2:
        waiting = [number for number in (floor, stream.fileno()) if number not in told]
        ready = select.select(waiting, [], [], GIVE_UP)[0]
        if not ready:
            raise RuntimeError(f"No event within {GIVE_UP} s of a save.")
        for number in ready:
            passed = (time.perf_counter_ns() - begun) / 1e6
            if number == floor:
                os.read(floor, 4096)
                told[number] = passed
            elif b"event: change" in stream.recv(65536):
                told[number] = passed
    return told[floor], told[stream.fileno()]
