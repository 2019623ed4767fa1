"""From a save to the event's bytes at a page: ours, and others that reload pages, beside raw
inotify watching the same folder.

One process saves and then waits for both, so each sample has its floor in it. The servers take
turns, for they would wake at the same save and wait for each other. Linux only.
"""

import ctypes
import math
import os
import random
import select
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import devservers, figures
from bench.devservers import Telling
from bench.fanout import turns
from bench.servers import OURS

CLOSE_WRITE = 0x8  # IN_CLOSE_WRITE of <sys/inotify.h>
FLOOR_MS = 2.5
GIVE_UP = 5.0
GOALS = {devservers.VITE: 1.2, devservers.ESBUILD: 0.1}
"""Our median at most so many times theirs."""

Sample = tuple[float, float]
"""Milliseconds until inotify and until the server told of a save."""


def measure(saves: int, against: Sequence[str], rounds: int) -> str:
    """Save `saves` times for ours and each server of `against`, about two a second, in `rounds`
    turns each, and tell how long the events took."""
    reasons = {name: devservers.missing(name) for name in against}
    names = [OURS, *(name for name, reason in reasons.items() if not reason)]
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    for name in turns(names, rounds):
        samples[name] += _turn(name, math.ceil(saves / rounds))
    floors = [floor for floor, _ in samples[OURS]]
    rows = {
        name: figures.Row(f"{name}, event bytes", [told for _, told in samples[name]], "ms")
        for name in names
    }
    title = f"Save to event, {len(floors)} saves each"
    table = figures.table(title, [figures.Row("raw inotify (floor)", floors, "ms"), *rows.values()])
    left_out = [reason for reason in reasons.values() if reason]
    return "\n".join([table, *_verdicts(statistics.median(floors), rows), *left_out])


def _verdicts(floor: float, rows: Mapping[str, figures.Row]) -> list[str]:
    ours = rows[OURS].median
    return [
        figures.verdict("Median above the floor", ours - floor, FLOOR_MS, "ms"),
        *(
            figures.verdict("Median", ours / rows[name].median, goal, f"x {name}")
            for name, goal in GOALS.items()
            if name in rows
        ),
    ]


def _turn(name: str, saves: int) -> list[Sample]:
    with tempfile.TemporaryDirectory(prefix="trayapp-bench-") as made:
        folder = Path(made)
        (folder / "index.html").write_text(devservers.PAGE)
        saved = folder / devservers.SAVED
        saved.write_text("body { color: #ffffff }\n")
        with devservers.telling(name, folder) as page, _inotify(folder) as floor:
            _let_rest(page.connection)
            return [_save(saved, number, floor, page) for number in range(saves)]


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


def _let_rest(stream: socket.socket, seconds: float = 1.0) -> None:
    """Read what still comes of what was before, until it has been silent for `seconds`."""
    while select.select([stream], [], [], seconds)[0]:
        if not stream.recv(65536):
            raise RuntimeError("The server has ended the stream.")


def _save(path: Path, number: int, floor: int, page: Telling) -> Sample:
    """One save. Those before it are told by then: no server gathers for that long."""
    time.sleep(random.uniform(0.4, 0.6))  # noqa: S311 - no secret: saves should not fall in step
    _let_rest(page.connection, 0)
    content = f"body {{ color: #{number:06x} }}\n".encode()
    begun = time.perf_counter_ns()
    with path.open("wb") as file:
        file.write(content)
    return _wait_for_both(floor, page, begun)


def _wait_for_both(floor: int, page: Telling, begun: int) -> Sample:
    told: dict[int, float] = {}
    stream, seen = page.connection.fileno(), b""
    while len(told) < 2:
        waiting = [number for number in (floor, stream) if number not in told]
        ready = select.select(waiting, [], [], GIVE_UP)[0]
        if not ready:
            raise RuntimeError(f"No event within {GIVE_UP} s of a save.")
        for number in ready:
            passed = (time.perf_counter_ns() - begun) / 1e6
            if number == floor:
                os.read(floor, 4096)
                told[number] = passed
                continue
            seen += page.connection.recv(65536)
            if any(mark in seen for mark in page.marks):
                told[number] = passed
    return told[floor], told[stream]
