"""Which saves are finished, and which of them belong together. Pure: the time is an argument.

Theory of operation. A path that somebody is at, or that has just vanished, is *held* until a moment
(`Timing` says how long); more news of the same path replace it. A path whose save is finished is
*done*. Done paths go out together as soon as nothing has happened for a short while, and after
`max_wait` after the first of them at the latest. A path that is held again meanwhile leaves the
done ones: what is being written is never told.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from trayapp.watch.feed import Kind


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait, all in seconds.

    `settle`: until a file counts as finished that is written but not closed. It has to outlast the
    writer's pauses where closes are reported, since only writers that never close need it; where
    they are not reported every save waits for it.
    """

    quiet: float = 0.001
    """After a lone save of a file that was there before."""
    birth: float = 0.02
    """After a new file: many a program writes a new one and renames it over the old."""
    burst: float = 0.05
    """When more than two paths are done, or the first was done less than `calm` after the last
    batch went out."""
    calm: float = 0.25
    max_wait: float = 2.0
    settle: float = 2.0
    found: float = 0.3
    """A file found in a new folder: long enough to hear from a writer that is still at it."""
    hold: float = 0.05
    """A deletion: long enough for the file to come back, as with editors that keep a backup."""
    fill: float = 0.1
    """An empty file: long enough for the content, as with truncate first, write then."""


_Why = Literal["writing", "found", "gone", "empty"]


@dataclass(frozen=True, slots=True)
class _Held:
    until: float
    why: _Why
    since: float


class Batch:
    """The paths of one root that wait to be told. Times are seconds of one monotonic clock."""

    def __init__(self, timing: Timing | None = None) -> None:
        self._timing = timing or Timing()
        self._held: dict[str, _Held] = {}
        self._alarms: list[tuple[float, str]] = []
        self._done: dict[str, float] = {}
        self._born: set[str] = set()
        self._gone: set[str] = set()
        self._gone_until = 0.0
        self._first: float | None = None
        self._last = 0.0
        self._told = float("-inf")

    def add(self, kind: Kind, path: str, now: float) -> None:
        """Take note that `kind` happened to `path` at `now`."""
        if not self._held and not self._done:
            self._first = None
        held = self._held.get(path)
        if kind != "written" or held is None or held.why != "writing":
            self._last = now  # more of the same write is no news: a busy log delays nobody
        match kind:
            case "created":
                if held is None and path not in self._done:
                    self._born.add(path)
                self._hold(path, "writing", now, now + self._timing.settle)
            case "written":
                self._hold(path, "writing", now, now + self._timing.settle)
            case "finished":
                self._finish(path, now, now)
            case "found":
                if path not in self._done and (held is None or held.why == "gone"):
                    self._hold(path, "found", now, now + self._timing.found)
            case "gone":
                self._vanish(path, now)

    def due(self) -> float | None:
        """When to call `take` next; None when nothing waits."""
        self._drop_stale_alarms()
        alarm = self._alarms[0][0] if self._alarms else None
        if not self._done:
            return alarm
        leave = self._leave_at()
        return leave if alarm is None else min(alarm, leave)

    def take(self, now: float, is_empty: Callable[[str], bool]) -> tuple[str, ...]:
        """The finished paths, if it is time; they wait no longer. `is_empty` says whether a path is
        a file without content, False for one that does not exist."""
        self._ripen(now)
        if not self._done or now < self._leave_at():
            return ()
        done, self._done = self._done, {}
        self._first = None
        batch = []
        for path, since in done.items():
            if now < since + self._timing.fill and is_empty(path):
                self._hold(path, "empty", since, since + self._timing.fill)
            else:
                batch.append(path)
        if batch:
            self._told = now
            self._born.difference_update(batch)
        return tuple(batch)

    def pending(self) -> frozenset[str]:
        """Every path that waits, finished or not."""
        return frozenset(self._held) | frozenset(self._done)

    def _leave_at(self) -> float:
        """When the done paths go out. A deletion that may yet turn into a change, or be one half of
        a rename, holds the others back."""
        at = self._last + self._quiet()
        if self._gone:
            at = max(at, self._gone_until)
        return at if self._first is None else min(at, self._first + self._timing.max_wait)

    def _quiet(self) -> float:
        hasty = self._first is not None and self._first - self._told < self._timing.calm
        if len(self._done) > 2 or hasty:
            return self._timing.burst
        born = any(path in self._born for path in self._done)
        return self._timing.birth if born else self._timing.quiet

    def _hold(self, path: str, why: _Why, since: float, until: float) -> None:
        old = self._held.get(path)
        self._forget(path)
        self._held[path] = _Held(until, why, since)
        if old is None or old.until > until:  # else the alarm set before moves on when it rings
            heapq.heappush(self._alarms, (until, path))

    def _finish(self, path: str, since: float, now: float) -> None:
        self._forget(path)
        if self._first is None:
            self._first = now
        self._done[path] = since

    def _vanish(self, path: str, now: float) -> None:
        if path in self._born:  # came and went unseen: a temporary file
            self._born.discard(path)
            self._forget(path)
            return
        self._gone_until = now + self._timing.hold
        self._hold(path, "gone", now, self._gone_until)
        self._gone.add(path)

    def _forget(self, path: str) -> None:
        self._held.pop(path, None)
        self._done.pop(path, None)
        self._gone.discard(path)

    def _ripen(self, now: float) -> None:
        """What was held until now is done. An empty file keeps the time it was closed at, so that
        it is not held twice."""
        self._drop_stale_alarms()
        while self._alarms and self._alarms[0][0] <= now:
            path = heapq.heappop(self._alarms)[1]
            held = self._held[path]
            self._finish(path, held.since if held.why == "empty" else held.until, now)
            self._drop_stale_alarms()

    def _drop_stale_alarms(self) -> None:
        """Make the first alarm one that counts: its path is still held, and until just then."""
        while self._alarms:
            at, path = self._alarms[0]
            held = self._held.get(path)
            if held is None:
                heapq.heappop(self._alarms)
            elif held.until > at:
                heapq.heapreplace(self._alarms, (held.until, path))
            else:
                return
