"""Many events to many pages, published and read by a process of C: the same for every server."""

from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.servers import Serving

PUBLISHERS = 16
"""Requests under way at a time, so that who can serve several at once is not kept from it."""


@dataclass(frozen=True, slots=True)
class Flood:
    """What became of it: how many events, seconds until the last answer and until the last page had
    the last event, the server's seconds of CPU meanwhile, and from the request to the page the
    median and the 99th percentile of all deliveries, in ms."""

    events: int
    acknowledged: float
    delivered: float
    cpu: float
    median: float
    p99: float


def flood(folder: Path, server: Serving, pages: int, seconds: float, rate: float = 0.0) -> Flood:
    """Publish for `seconds`, `rate` a second or as fast as the answers come. Every page gets every
    event, else it raises."""
    words = [server.port, server.path, pages, PUBLISHERS, seconds, rate]
    command = [processes.build("flood", folder), *map(str, words)]
    with processes.started(command) as process:
        if processes.line(process) != "open" or process.stdin is None:
            raise RuntimeError(f"Not all {pages} streams opened.")
        used = processes.cpu_at_rest(server.pids)
        process.stdin.write("\n")
        process.stdin.flush()
        events, acknowledged, delivered, median, p99, _ = map(int, processes.line(process).split())
        used = processes.cpu_seconds(server.pids) - used
    return Flood(events, acknowledged / 1e9, delivered / 1e9, used, median / 1e6, p99 / 1e6)
