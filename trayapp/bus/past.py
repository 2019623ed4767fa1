"""The past: what earlier runs published and the log kept. Pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from trayapp.bus.cursor import make
from trayapp.event import Event

Key = tuple[int, int]
"""The order of kept events: the number of their run, the number within it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as the log keeps it."""

    run: int
    number: int
    time: float
    topic: str
    type: str
    data: str

    @property
    def key(self) -> Key:
        return self.run, self.number


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier runs left: the keys of kept events, oldest first, and the `runs` by epoch.

    `lost` is the key up to which events may be missing: an older cursor cannot be honoured.
    """

    keys: Sequence[Key] = ()
    runs: Mapping[str, int] = field(default_factory=dict)
    lost: Key = (0, 0)

    def seq_of(self, epoch: str, number: int) -> int | None:
        """The seq after which a reader goes on whose cursor is this; None: it must reset.

        The number may be that of a change, which no log keeps: the reader goes on behind it.
        """
        run = self.runs.get(epoch)
        if run is None or (run, number) < self.lost:
            return None
        return bisect_right(self.keys, (run, number))

    def id_at(self, seq: int) -> str:
        """The id that a reader goes on from after `seq`, which is less than the number of keys."""
        run, number = self.keys[seq]
        return make(next(epoch for epoch, each in self.runs.items() if each == run), number - 1)


@dataclass(frozen=True, slots=True)
class Contents:
    """What the file of the log holds: kept events, oldest first, and as in `Past`."""

    kept: Sequence[Kept] = ()
    runs: Mapping[str, int] = field(default_factory=dict)
    lost: Key = (0, 0)

    def tail(self, bounds: tuple[int, int], since: float) -> "Contents":
        """The newest events within `bounds` (how many, characters of data), none older than
        `since` (Unix time)."""
        count, size = bounds
        start = len(self.kept)
        while start > 0 and count > 0 and self.kept[start - 1].time >= since:
            size -= len(self.kept[start - 1].data)
            if size < 0:
                break
            start, count = start - 1, count - 1
        lost = self.kept[start - 1].key if start > 0 else self.lost
        return replace(self, kept=self.kept[start:], lost=lost)

    def past(self) -> Past:
        """What a bus has to remember of it besides the events."""
        return Past([it.key for it in self.kept], self.runs, self.lost)

    def events(self) -> list[Event]:
        """The kept events under the ids they had, with seqs from 1."""
        epochs = {run: epoch for epoch, run in self.runs.items()}
        return [
            Event(make(epochs[it.run], it.number), seq, it.time, it.topic, it.type, it.data)
            for seq, it in enumerate(self.kept, 1)
        ]
