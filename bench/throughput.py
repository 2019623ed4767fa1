"""How many events a second get published and to the last page: ours beside flask-sse, in one run.

A turn is a fresh server; events are published by POST, several at a time, as fast as the server
answers, and then a few a second, for the delay when nothing waits for its turn. Publishers and
readers are the same for all, and so is the Redis of those that use one. Needs `cc`.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import comparison, redisserver
from bench.comparison import Figure, Goal
from bench.fanout import turns
from bench.flood import flood
from bench.servers import FLASK_SSE, OURS, OURS_ON_REDIS, Serving, missing, serving

PAGES = (1, 100)
SECONDS = 1.5
CALM_SECONDS = 2.0
CALM = 20.0
"""Events a second, few enough for all."""

PUBLISHED = "published events per second"
PER_CPU = "server CPU per event, µs"


@dataclass(slots=True)
class Samples:
    """Of one server at one number of pages."""

    published: list[float] = field(default_factory=list)
    deliveries: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    median: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    busy_p99: list[float] = field(default_factory=list)


def measure(
    against: Sequence[str],
    pages: Sequence[int] = PAGES,
    rounds: int = 2,
    seconds: float = SECONDS,
    calm_seconds: float = CALM_SECONDS,
) -> Iterator[str]:
    """A table for each number of pages."""
    if shutil.which("cc") is None:
        yield "Throughput: not measured, it needs a C compiler (Debian: apt-get install gcc)."
        return
    reasons = {name: missing(name) for name in (OURS_ON_REDIS, *against)}
    names = [OURS, *(name for name, reason in reasons.items() if not reason)]
    with tempfile.TemporaryDirectory(prefix="trayapp-bench-") as place, ExitStack() as stack:
        folder = Path(place)
        store = stack.enter_context(redisserver.redis(folder)) if len(names) > 1 else None
        for count in pages:
            samples = {name: Samples() for name in names}
            for name in turns(names, rounds):
                with serving(name, folder, store) as server:
                    _turn(samples[name], folder, server, count, seconds, calm_seconds)
            yield _report(samples, count)
    yield from filter(None, reasons.values())


def _turn(
    samples: Samples, folder: Path, server: Serving, pages: int, seconds: float, calm: float
) -> None:
    busy = flood(folder, [server], pages, seconds)
    samples.published.append(busy.events / busy.delivered)
    samples.deliveries.append(busy.events * pages / busy.delivered)
    samples.cpu.append(busy.cpu[0] * 1e6 / busy.events)
    samples.busy_p99.append(busy.p99)
    quiet = flood(folder, [server], pages, calm, CALM)
    samples.median.append(quiet.median)
    samples.p99.append(quiet.p99)


def _report(samples: dict[str, Samples], pages: int) -> str:
    def figure(name: str, pick: str) -> Figure:
        return Figure(name, {server: getattr(one, pick) for server, one in samples.items()})

    lines = [
        figure(PUBLISHED, "published"),
        figure("deliveries per second", "deliveries"),
        figure("publish to page meanwhile, 99 %, ms", "busy_p99"),
        figure(PER_CPU, "cpu"),
        figure(f"at {CALM:g} events/s: publish to page, median, ms", "median"),
        figure(f"at {CALM:g} events/s: publish to page, 99 %, ms", "p99"),
    ]
    noun = "page" if pages == 1 else "pages"
    title = f"Publishing to {pages:,} {noun}, medians"
    return comparison.report(title, lines, GOALS)


GOALS = (
    Goal(PUBLISHED, 10.0, FLASK_SSE, least=True),
    Goal(PUBLISHED, 10.0, FLASK_SSE, least=True, ours=OURS_ON_REDIS),
)
