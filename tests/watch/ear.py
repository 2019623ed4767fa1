"""A sink that writes down what a feed tells, and feeds of a real observer for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trayapp.watch.feed import Feed, Kind, Observer
from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.walk import walk


class Ear:
    """`told` in order; `doubts` counts how often we were told to look again."""

    def __init__(self) -> None:
        self.told: list[tuple[Kind, str]] = []
        self.doubts = 0

    def heard(self, kind: Kind, *paths: str) -> None:
        self.told += [(kind, path) for path in paths]

    def unsure(self) -> None:
        self.doubts += 1

    def of(self, path: str) -> list[Kind]:
        return [kind for kind, told in self.told if told == path]


@contextmanager
def listening(observer: Observer, root: Path) -> Iterator[tuple[Feed, Ear]]:
    """A feed of `root` with all that counts in it armed."""
    ear = Ear()
    observer.start()
    try:
        feed = feed_of(observer, root, ear)
        yield feed, ear
        feed.close()
    finally:
        observer.stop(5.0)


def feed_of(observer: Observer, root: Path, ear: Ear) -> Feed:
    """One more feed of a started observer, armed."""
    ignore = Ignore()
    feed = observer.feed(str(root), ignore, ear)
    for _ in walk(str(root), ignore, enter=feed.arm):
        pass
    return feed


def wake_ups(thread_name: str) -> int:
    """How often a thread of this process has gone to sleep so far."""
    number = next(it.native_id for it in threading.enumerate() if it.name == thread_name)
    status = Path(f"/proc/self/task/{number}/status").read_text()
    return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
