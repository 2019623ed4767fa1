"""What the hub counts: integers that only its own thread writes, so that counting needs no lock
and costs one addition per lane and event, none per delivery."""

from bisect import bisect_left
from collections.abc import Iterable

from trayapp.event import Event
from trayapp.state import LATENCIES, Figures


class Tally:
    """Counts since the program began. Any thread may read: each number is right by itself."""

    def __init__(self) -> None:
        self.delivered = 0
        self.cut = 0
        self.refused = 0
        self._published = 0
        self._seconds = 0.0
        self._buckets = [0] * (len(LATENCIES) + 1)

    def written(self, events: Iterable[Event], now: float) -> None:
        """The last current stream has been written to; `now` is Unix time."""
        for event in events:
            latency = max(0.0, now - event.time)  # the clock of the system may be set back
            self._published += 1
            self._seconds += latency
            self._buckets[bisect_left(LATENCIES, latency)] += 1

    def figures(self, *, streams: int, limit: int, behind: int, backlog: int) -> Figures:
        """All of it, with the numbers of now."""
        return Figures(
            streams=streams,
            limit=limit,
            behind=behind,
            backlog=backlog,
            published=self._published,
            delivered=self.delivered,
            cut=self.cut,
            refused=self.refused,
            latencies=tuple(self._buckets),
            seconds=self._seconds,
        )
