"""One publish to many open streams: ours beside other servers, each in turn, in the same run.

A turn is a fresh server, streams opened as fast as it lets them, and some publishes, with the same
readers and the same publisher for all. Turns go round, so a machine that is busier for a while is
so for all. Needs `cc`.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import comparison, processes
from bench.publish import publication
from bench.readers import Readers, reading
from bench.servers import OURS, Serving, missing, serving

TEXT = "x" * 80
WARM = 1
"""Streams opened and closed before anything is measured: what is loaded once is no stream's. Only
one, because the memory of those that were closed is used again: fifty hid half of what a hundred
take, for every server."""

UNMEASURED = 5
"""Publishes until caches, pools and branch predictors are warm."""


@dataclass(slots=True)
class Samples:
    """Of one server at one number of streams: milliseconds, µs of CPU, KB, streams per second."""

    until_last: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    cpu_alone: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    accepts: list[float] = field(default_factory=list)


def measure(against: Sequence[str], streams: int, rounds: int, publishes: int) -> str:
    """`rounds` turns of `publishes` publishes for ours and each server of `against`."""
    if shutil.which("cc") is None:
        return "Fan-out: not measured, its readers need a C compiler (Debian: apt-get install gcc)."
    reasons = {name: missing(name) for name in against}
    names = [OURS, *(name for name, reason in reasons.items() if not reason)]
    samples = {name: Samples() for name in names}
    with tempfile.TemporaryDirectory(prefix="trayapp-bench-") as folder:
        for name in turns(names, rounds):
            _turn(samples[name], name, Path(folder), streams, publishes)
    title = f"Fan-out to {streams:,} streams: {rounds} rounds of {publishes} publishes, medians"
    left_out = [reason for reason in reasons.values() if reason]
    return "\n".join([comparison.report(title, _figures(samples)), *left_out])


def turns(names: Sequence[str], rounds: int) -> Iterator[str]:
    """Every name once a round, each round begun by another."""
    for number in range(rounds):
        first = number % len(names)
        yield from (*names[first:], *names[:first])


def _turn(samples: Samples, name: str, folder: Path, streams: int, publishes: int) -> None:
    with serving(name, folder) as server:
        _warm_up(server, folder)
        for _ in range(publishes):
            samples.cpu_alone.append(_publish_alone(server) * 1e6 / streams)
        before = processes.memory_kb(server.pids)
        with reading(folder, server.port, server.path, streams) as readers:
            samples.accepts.append(streams / readers.seconds)
            for number in range(UNMEASURED + publishes):
                _publish(samples, server, readers, number, streams)
            for each in (samples.until_last, samples.spread, samples.cpu):
                del each[-publishes - UNMEASURED : -publishes]
            samples.memory.append((processes.memory_kb(server.pids) - before) / streams)


def _warm_up(server: Serving, folder: Path) -> None:
    with reading(folder, server.port, server.path, WARM) as readers:
        for number in range(UNMEASURED):
            with publication(server.port) as one:
                one.send("bench", f"mark-{number} {TEXT}")
                readers.wait(number)
                one.answer()
    time.sleep(0.5)  # until the server has seen the readers go
    for _ in range(UNMEASURED):
        _publish_alone(server)


def _publish_alone(server: Serving) -> float:
    """Seconds of CPU that a publish takes while there is no stream."""
    with publication(server.port) as one:
        used = processes.cpu_at_rest(server.pids)
        one.send("bench", f"mark-0 {TEXT}")
        one.answer()
        return processes.cpu_at_rest(server.pids) - used


def _publish(
    samples: Samples, server: Serving, readers: Readers, number: int, streams: int
) -> None:
    with publication(server.port) as one:
        used = processes.cpu_at_rest(server.pids)
        begun = one.send("bench", f"mark-{number} {TEXT}")
        first, last = readers.wait(number)
        one.answer()
        samples.cpu.append((processes.cpu_at_rest(server.pids) - used) * 1e6 / streams)
    samples.until_last.append((last - begun) / 1e6)
    samples.spread.append((last - first) / 1e6)


def _figures(samples: dict[str, Samples]) -> list[comparison.Figure]:
    def figure(name: str, pick: str) -> comparison.Figure:
        return comparison.Figure(
            name, {server: getattr(one, pick) for server, one in samples.items()}
        )

    return [
        figure(comparison.LAST, "until_last"),
        figure("first to last page, ms", "spread"),
        figure(comparison.CPU, "cpu"),
        figure("of it the publish itself, µs", "cpu_alone"),
        comparison.Figure("CPU without the publish, µs", _deliveries(samples)),
        figure(comparison.MEMORY, "memory"),
        figure(comparison.ACCEPTS, "accepts"),
    ]


def _deliveries(samples: dict[str, Samples]) -> dict[str, list[float]]:
    """CPU of a delivery less what the publish takes when nobody reads."""
    return {
        server: [used - statistics.median(one.cpu_alone) for used in one.cpu]
        for server, one in samples.items()
    }
