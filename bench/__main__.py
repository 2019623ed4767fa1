"""python -m bench: runs the measurements and prints their tables."""

import argparse
import resource
import sys
from collections.abc import Callable, Iterable, Sequence

from bench import (
    devservers,
    fanout,
    health,
    idle,
    latency,
    looping,
    pages,
    pageservers,
    redisserver,
    servers,
    slow,
    throughput,
    watchers,
    watching,
)

SIZES = (100, 1000, 10_000)
RIVALS = tuple(
    dict.fromkeys(
        (
            *servers.RIVALS,
            servers.FLASK_SSE,
            *devservers.RIVALS,
            *watchers.RIVALS,
            *pageservers.RIVALS,
        )
    )
)
NEAR = (servers.FLOOR, watchers.WATCHDOG)
"""What is there to measure against without installing anything."""


def main() -> None:
    """Measure what was asked for, everything by default."""
    measures = _measures()
    options = _options(["all", *measures])
    if not sys.platform.startswith("linux"):
        sys.exit("The measurements need Linux: their floors are inotify, epoll and /proc.")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for name, measure in measures.items():
        if options.what in ("all", name):
            for said in measure(options):
                print(said, end="\n\n", flush=True)


def _measures() -> dict[str, Callable[[argparse.Namespace], Iterable[str]]]:
    return {
        "latency": lambda o: [latency.measure(o.saves, _against(o, devservers.RIVALS), o.rounds)],
        "pages": lambda o: [pages.measure(o.edits, _against(o, pageservers.RIVALS), o.rounds)],
        "fanout": _fanouts,
        "watching": lambda o: watching.measure(
            _against(o, watchers.RIVALS), o.files, o.folders, o.rounds, o.operations
        ),
        "idle": lambda o: [idle.measure(o.seconds)],
        "health": lambda o: [health.measure((o.streams or SIZES)[-1], o.asks)],
        "looping": lambda o: [looping.measure(o.seconds)],
        "throughput": lambda o: throughput.measure(
            _against(o, [servers.FLASK_SSE]), o.streams or throughput.PAGES, o.rounds
        ),
        "scale": _scale,
        "slow": lambda o: [slow.measure(o.stalled, o.megabytes)],
    }


def _fanouts(options: argparse.Namespace) -> Iterable[str]:
    rivals = _against(options, servers.RIVALS)
    for streams in options.streams or (SIZES if options.against == "all" else (1000,)):
        yield fanout.measure(rivals, streams, options.rounds, options.publishes)


def _scale(_: argparse.Namespace) -> Iterable[str]:
    if reason := redisserver.missing("Scale"):
        return [reason]
    from bench import scale  # its package is not among those that trayapp needs to run

    return scale.measure()


def _against(options: argparse.Namespace, rivals: Sequence[str]) -> Sequence[str]:
    """Which of `rivals` were asked for."""
    asked = {"all": RIVALS, "": NEAR}.get(options.against, [options.against])
    return [name for name in rivals if name in asked]


def _options(choices: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("what", nargs="?", choices=choices, default="all")
    parser.add_argument("--against", choices=["all", *RIVALS], default="")
    parser.add_argument("--streams", type=int, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--publishes", type=int, default=20)
    parser.add_argument("--saves", type=int, default=100)
    parser.add_argument("--edits", type=int, default=30)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--folders", type=int, default=8000)
    parser.add_argument("--operations", type=int, default=20_000)
    parser.add_argument("--asks", type=int, default=50)
    parser.add_argument("--stalled", type=int, default=50)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=12.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
