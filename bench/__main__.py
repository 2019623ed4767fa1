"""python -m bench: runs the measurements and prints their tables."""

import argparse
import resource
import sys
from collections.abc import Callable

from bench import fanout, idle, latency


def main() -> None:
    """Measure what was asked for, everything by default."""
    options = _options()
    if not sys.platform.startswith("linux"):
        sys.exit("The measurements need Linux: their floors are inotify, epoll and /proc.")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    measures: dict[str, Callable[[], str]] = {
        "latency": lambda: latency.measure(options.saves),
        "fanout": lambda: fanout.measure(options.publishes, options.streams),
        "idle": lambda: idle.measure(options.seconds),
    }
    for name, measure in measures.items():
        if options.what in ("all", name):
            print(measure(), end="\n\n", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench")
    choices = ["all", "latency", "fanout", "idle"]
    parser.add_argument("what", nargs="?", choices=choices, default="all")
    parser.add_argument("--saves", type=int, default=100)
    parser.add_argument("--publishes", type=int, default=100)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=12.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
