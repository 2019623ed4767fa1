"""Many events to many pages, published and read by a process of C: the same for every server."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.servers import Serving

PUBLISHERS = 16
"""Requests under way at a time, so that who can serve several at once is not kept from it."""

PUBLISHERS_OF_MANY = 4
"""The same where each request has many events: all that is under way is waited for at the end."""


@dataclass(frozen=True, slots=True)
class Flood:
    """What became of it: how many events, seconds until the last answer and until the last page had
    the last event, the seconds of CPU of each server meanwhile, and from the request to the page
    the median and the 99th percentile of all deliveries, in ms."""

    events: int
    acknowledged: float
    delivered: float
    cpu: Sequence[float]
    median: float
    p99: float


def flood(
    folder: Path,
    servers: Sequence[Serving],
    pages: int,
    seconds: float,
    rate: float = 0.0,
    batch: int = 1,
) -> Flood:
    """Publish for `seconds`, `rate` events a second or as fast as the answers come, `batch` of them
    in each request, to the first of `servers`, among which the pages are shared out. Every page
    gets every event, once, in a frame of its own and in its publisher's order, else it raises."""
    ports = ",".join(str(server.port) for server in servers)
    first = servers[0]
    publishers = PUBLISHERS if batch == 1 else PUBLISHERS_OF_MANY
    target = first.one if batch == 1 else first.many
    words = [ports, first.path, target, pages, publishers, seconds, rate, batch]
    command = [processes.build("flood", folder), *map(str, words)]
    with processes.started(command) as process:
        if processes.line(process) != "open":
            raise RuntimeError(f"Not all {pages} streams opened.")
        processes.cpu_at_rest([pid for server in servers for pid in server.pids])
        before = [processes.cpu_seconds(server.pids) for server in servers]
        processes.say(process, "go")
        events, acknowledged, delivered, median, p99, _ = map(int, processes.line(process).split())
        after = [processes.cpu_seconds(server.pids) for server in servers]
    cpu = [later - used for used, later in zip(before, after, strict=True)]
    return Flood(events, acknowledged / 1e9, delivered / 1e9, cpu, median / 1e6, p99 / 1e6)
