"""python -m bench: runs the measurements and prints their tables."""

import argparse
import resource
import sys

from bench import fanout, latency


def main() -> None:
    """Measure what was asked for, everything by default."""
    options = _options()
    if not sys.platform.startswith("linux"):
        sys.exit("The measurements need Linux: their floors are inotify, epoll and /proc.")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if options.what in ("all", "latency"):
        print(latency.measure(options.saves), flush=True)
    if options.what == "all":
        print()
    if options.what in ("all", "fanout"):
        print(fanout.measure(options.publishes, options.streams), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("what", nargs="?", choices=["all", "latency", "fanout"], default="all")
    parser.add_argument("--saves", type=int, default=100)
    parser.add_argument("--publishes", type=int, default=100)
    parser.add_argument("--streams", type=int, default=1000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
