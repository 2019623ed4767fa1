"""python -m bench: runs the measurements and prints their tables."""

import argparse
import resource
import sys
from collections.abc import Callable, Iterable
from functools import partial

from bench import fanout, health, idle, latency, looping, slow
from bench.servers import FLOOR, RIVALS

SIZES = (100, 1000, 10_000)


def main() -> None:
    """Measure what was asked for, everything by default."""
    options = _options()
    if not sys.platform.startswith("linux"):
        sys.exit("The measurements need Linux: their floors are inotify, epoll and /proc.")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for name, measures in _measures(options).items():
        if options.what in ("all", name):
            for measure in measures:
                print(measure(), end="\n\n", flush=True)


def _measures(options: argparse.Namespace) -> dict[str, Iterable[Callable[[], str]]]:
    return {
        "latency": [partial(latency.measure, options.saves)],
        "fanout": _fanouts(options),
        "idle": [partial(idle.measure, options.seconds)],
        "health": [partial(health.measure, (options.streams or SIZES)[-1], options.asks)],
        "looping": [partial(looping.measure, options.seconds)],
        "slow": [partial(slow.measure, options.stalled, options.megabytes)],
    }


def _fanouts(options: argparse.Namespace) -> list[Callable[[], str]]:
    sizes = options.streams or (SIZES if options.against == "all" else (1000,))
    rivals = RIVALS if options.against == "all" else (options.against,)
    return [
        partial(fanout.measure, rivals, streams, options.rounds, options.publishes)
        for streams in sizes
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench")
    choices = ["all", "latency", "fanout", "idle", "health", "looping", "slow"]
    parser.add_argument("what", nargs="?", choices=choices, default="all")
    parser.add_argument("--against", choices=["all", *RIVALS], default=FLOOR)
    parser.add_argument("--streams", type=int, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--publishes", type=int, default=20)
    parser.add_argument("--saves", type=int, default=100)
    parser.add_argument("--asks", type=int, default=50)
    parser.add_argument("--stalled", type=int, default=50)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=12.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
