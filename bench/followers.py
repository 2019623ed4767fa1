"""Computers that follow a Redis, without pages: the bus itself, many in a process.

Run as `python -m bench.followers URL COUNT`: says "open"; after a line with a number it waits until
all of them together have got so many events, and says how many they have.
"""

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from trayapp.bus import redis

GIVE_UP = 5.0


def main() -> None:
    """Follow until a line comes."""
    url, count = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="trayapp-bench-") as folder, ExitStack() as stack:
        buses = [
            redis.RedisBus(redis.parse(url), Path(folder) / f"{number}.origin")
            for number in range(count)
        ]
        for bus in buses:
            bus.start()
            stack.callback(bus.stop)
        before = sum(bus.head for bus in buses)
        print("open", flush=True)
        wanted, deadline = int(sys.stdin.readline() or 0), time.monotonic() + GIVE_UP
        while (got := sum(bus.head for bus in buses) - before) < wanted:
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        print(got, flush=True)


if __name__ == "__main__":
    main()
