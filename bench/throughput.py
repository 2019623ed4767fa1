"""How many events a second get published and to the last page: ours beside flask-sse, in one run.

A turn is a fresh server; events are published by POST, several requests at a time, as fast as the
server answers, one event in each and then many; and then a few a second, for the delay when nothing
waits for its turn. Publishers and readers are the same for all, and so is the Redis of those that
use one. Needs `cc`.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import comparison, redisserver
from bench.comparison import Figure, Goal
from bench.fanout import turns
from bench.flood import Flood, flood
from bench.servers import FLASK_SSE, OURS, OURS_ON_REDIS, Serving, missing, serving

PAGES = (1, 100)
SECONDS = 0.9
CALM_SECONDS = 0.8
CALM = 20.0
"""Events a second, few enough for all."""

MANY = 64
"""Events in a request, where there are many."""

PUBLISHED = "published per second"
BY_ONE, BY_MANY = f"by 1: {PUBLISHED}", f"by {MANY}: {PUBLISHED}"
MIXED = f"by {MANY} beside theirs by 1: {PUBLISHED}"


@dataclass(slots=True)
class Busy:
    """Of one server that is published to as fast as it answers."""

    published: list[float] = field(default_factory=list)
    deliveries: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, done: Flood, pages: int) -> None:
        """Another sample of each."""
        self.published.append(done.events / done.delivered)
        self.deliveries.append(done.events * pages / done.delivered)
        self.p99.append(done.p99)
        self.cpu.append(done.cpu[0] * 1e6 / done.events)


@dataclass(slots=True)
class Samples:
    """Of one server at one number of pages."""

    by_one: Busy = field(default_factory=Busy)
    by_many: Busy = field(default_factory=Busy)
    median: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)


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
    samples.by_one.add(flood(folder, [server], pages, seconds), pages)
    samples.by_many.add(flood(folder, [server], pages, seconds, batch=MANY), pages)
    quiet = flood(folder, [server], pages, calm, CALM)
    samples.median.append(quiet.median)
    samples.p99.append(quiet.p99)


def _report(samples: dict[str, Samples], pages: int) -> str:
    calm = f"at {CALM:g} events/s: publish to page"
    lines = [
        *_figures("by 1", {name: one.by_one for name, one in samples.items()}),
        *_figures(f"by {MANY}", {name: one.by_many for name, one in samples.items()}),
        Figure(f"{calm}, median, ms", {name: one.median for name, one in samples.items()}),
        Figure(f"{calm}, 99 %, ms", {name: one.p99 for name, one in samples.items()}),
    ]
    if FLASK_SSE in samples:
        lines.append(Figure(MIXED, {name: _mixed(name, one) for name, one in samples.items()}))
    noun = "page" if pages == 1 else "pages"
    title = f"Publishing to {pages:,} {noun}, by 1 and by {MANY} events a request, medians"
    return comparison.report(title, lines, GOALS if FLASK_SSE in samples else [])


def _figures(way: str, samples: Mapping[str, Busy]) -> Iterator[Figure]:
    def figure(name: str, pick: str) -> Figure:
        return Figure(
            f"{way}: {name}", {server: getattr(one, pick) for server, one in samples.items()}
        )

    yield figure(PUBLISHED, "published")
    yield figure("deliveries per second", "deliveries")
    yield figure("publish to page, 99 %, ms", "p99")
    yield figure("server CPU per event, µs", "cpu")


def _mixed(name: str, samples: Samples) -> Sequence[float]:
    """Ours as it takes many, theirs as its documentation publishes."""
    return (samples.by_one if name == FLASK_SSE else samples.by_many).published


GOALS = [
    Goal(figure, 10.0, FLASK_SSE, least=True, ours=ours)
    for figure in (BY_ONE, BY_MANY, MIXED)
    for ours in (OURS, OURS_ON_REDIS)
]
