"""Does docs/scale.md compute right? Costs are measured at two small sizes, a larger one is
predicted from them, and then measured too: readers of a Redis without pages, and pages on several
trayapps.

Compared is CPU time, which hardly depends on what else the machine does. Needs `cc` and Redis.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import processes, redisrates, redisserver
from bench.flood import flood
from bench.model import Computer, Line, Store, through
from bench.redisserver import Redis
from bench.servers import OURS_ON_REDIS, Serving, serving

READERS = (10, 80, 160)
"""Processes that follow a Redis: two sizes to learn from, one to predict."""

IN_ONE = 40
"""Of them in one process; Redis sees connections only."""

PAGES = ((2, 200), (2, 2000), (4, 6000))
"""Trayapps and all their pages, likewise."""

RATE = 25.0
SECONDS = 3.0


def measure(
    readers: tuple[int, int, int] = READERS,
    pages: Sequence[tuple[int, int]] = PAGES,
    seconds: float = SECONDS,
) -> Iterator[str]:
    """What one Redis takes, then two tables: predicted beside measured."""
    if shutil.which("cc") is None:
        yield "Scale: not measured, it needs a C compiler (Debian: apt-get install gcc)."
        return
    with tempfile.TemporaryDirectory(prefix="trayapp-bench-") as place:
        folder = Path(place)
        with redisserver.redis(folder) as store:
            yield redisrates.measure(store, int(1000 * seconds))
            yield _of_readers(store, readers, seconds)
        with redisserver.redis(folder) as store:
            yield _of_pages(folder, store, pages, seconds)


def _of_readers(store: Redis, sizes: tuple[int, int, int], seconds: float) -> str:
    samples = [_followed(store, count, seconds) for count in sizes]
    few, many, most = zip(sizes, samples, strict=True)
    rest = through((few[0], few[1][0]), (many[0], many[1][0]))
    event = through((few[0], few[1][1]), (many[0], many[1][1]))
    model, count = Store(event, rest), most[0]
    rows = [
        ("CPU per event, µs", event.at(count) * 1e6, most[1][1] * 1e6),
        ("CPU a second at rest, ms", rest.at(count) * 1e3, most[1][0] * 1e3),
        (
            f"CPU a second at {RATE:g} events/s, ms",
            model.load(count, RATE) * 1e3,
            (most[1][0] + RATE * most[1][1]) * 1e3,
        ),
    ]
    learnt = (
        f"Redis: an event {_us(event)} a reader; at rest, each second, {_us(rest)} a reader"
        f" (from {sizes[0]} and {sizes[1]} readers)"
    )
    return _table(f"One Redis, {count} readers", learnt, rows)


def _of_pages(folder: Path, store: Redis, sizes: Sequence[tuple[int, int]], seconds: float) -> str:
    """All trayapps run all the time; each time so many of them have pages."""
    with ExitStack() as stack:
        running = [
            _alone(stack.enter_context(serving(OURS_ON_REDIS, folder, store)), store)
            for _ in range(max(servers for servers, _ in sizes))
        ]
        few, many, most = (
            _paged(folder, running[:servers], pages, seconds) for servers, pages in sizes
        )
    each = [pages / servers for servers, pages in sizes]
    publish = through((each[0], few[0]), (each[1], many[0]))
    follow = through((each[0], few[1]), (each[1], many[1]))
    model = Computer(publish, follow)
    rows = [
        ("CPU per event of who takes it, µs", model.publish.at(each[2]) * 1e6, most[0] * 1e6),
        ("CPU per event of each other, µs", model.follow.at(each[2]) * 1e6, most[1] * 1e6),
    ]
    learnt = (
        f"trayapp: an event it takes {_us(publish)} a page, one of another {_us(follow)} a page"
        f" (from {sizes[0][1]} and {sizes[1][1]} pages on {sizes[0][0]})"
    )
    title = f"{sizes[2][0]} trayapps on one Redis, {sizes[2][1]:,} pages, {RATE:g} events/s"
    return _table(title, learnt, rows)


def _followed(store: Redis, count: int, seconds: float) -> tuple[float, float]:
    """Redis' seconds of CPU: a second at rest, and for an event besides."""
    with following(store, count) as readers:
        rest = _used([store.pid], seconds) / seconds
        with redisrates.publishing(store) as publisher:
            before, begun, sent = processes.cpu_seconds([store.pid]), time.monotonic(), 0
            while (now := time.monotonic() - begun) < seconds:
                publisher.publish("bench", redisrates.EVENT)
                sent += 1
                time.sleep(max(0.0, sent / RATE - now))
            took = time.monotonic() - begun
            used = processes.cpu_seconds([store.pid]) - before
        for size, reader in readers:
            processes.say(reader, str(sent * size))
        got = sum(int(processes.line(reader)) for _, reader in readers)
    if got != sent * count:
        raise RuntimeError(f"{got} of {sent * count} events came.")
    return rest, (used - rest * took) / sent


@contextmanager
def following(store: Redis, count: int) -> "Iterator[list[tuple[int, subprocess.Popen[str]]]]":
    """`count` readers: processes, each with the number of readers in it."""
    command = [sys.executable, "-m", "bench.followers", store.url]
    sizes = [min(IN_ONE, count - begun) for begun in range(0, count, IN_ONE)]
    with ExitStack() as stack:
        readers = [
            (size, stack.enter_context(processes.started([*command, str(size)]))) for size in sizes
        ]
        for _, reader in readers:
            processes.line(reader)
        yield readers


def _paged(
    folder: Path, running: Sequence[Serving], pages: int, seconds: float
) -> tuple[float, float]:
    """Seconds of CPU for an event: of the trayapp that takes it, of each other one."""
    done = flood(folder, running, pages, seconds, RATE)
    first, *others = (used / done.events for used in done.cpu)
    return first, sum(others) / len(others)


def _alone(server: Serving, store: Redis) -> Serving:
    """Without the Redis, which is everybody's."""
    return Serving([pid for pid in server.pids if pid != store.pid], server.port, server.path)


def _used(pids: Sequence[int], seconds: float) -> float:
    before = processes.cpu_seconds(pids)
    time.sleep(seconds)
    return processes.cpu_seconds(pids) - before


def _us(line: Line) -> str:
    return f"{line.fixed * 1e6:.0f} µs + {line.each * 1e6:.2f}"


def _table(title: str, learnt: str, rows: Sequence[tuple[str, float, float]]) -> str:
    width = max(len(name) for name, *_ in rows)
    head = f"{'':{width}} {'predicted':>10} {'measured':>10} {'measured ÷':>11}"
    lines = [
        f"{name:{width}} {predicted:10.1f} {measured:10.1f} {measured / predicted:11.2f}"
        for name, predicted, measured in rows
    ]
    return "\n".join([title, learnt, head, *lines])
