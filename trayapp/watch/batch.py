"""Which saves are finished, and which of them belong together. Pure: the time is an argument.

Theory of operation. A path that somebody is at, or that has just vanished, is *held* until a moment
(`timing` says how long); more news of the same path replace it. A path whose save is finished is
*done*. Done paths leave together after a *quiet*, a time without news, that grows with what goes
on: a lone save leaves nearly at once, a second one soon after waits a little for company, a series
of saves leaves once a second, a storm of files (a copy, a build, an archive) or a mass deletion
when it is over, and what a transaction (git checkout) does when that is over. A path that is held
again meanwhile leaves the done ones: what is being written is never told.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from trayapp.watch.feed import Kind
from trayapp.watch.timing import MASS, STORM, Timing

Look: TypeAlias = Callable[[str], tuple[int, int] | None]
"""Size in bytes and mtime in ns of a regular file; None for anything else, or nothing."""


Whole: TypeAlias = Callable[[str], bool]
"""True for a file with content that no program has open for writing."""

_Why = Literal["writing", "differs", "found", "gone", "empty"]
_OUTDATED = (-1, -1)
_MORE_OF_THE_SAME = frozenset({("written", "writing"), ("differs", "differs")})


@dataclass(frozen=True, slots=True)
class _Held:
    """`seen` is what the last look said, of `looks` so far; the next one comes `step` later. A new
    file is `fresh` until something more is heard of it."""

    until: float
    why: _Why
    since: float
    step: float = 0.0
    looks: int = 0
    seen: tuple[int, int] | None = None
    fresh: bool = False


def _never(_path: str) -> bool:
    return False


class Batch:
    """The paths of one root that wait to be told. Times are seconds of one monotonic clock.

    `began` is when the first was heard of the saves that wait, None when there is none.
    """

    def __init__(self, timing: Timing | None = None) -> None:
        self._timing = timing or Timing()
        self._held: dict[str, _Held] = {}
        self._alarms: list[tuple[float, str]] = []
        self._alarm_of: dict[str, float] = {}  # the first one of each path; later ones do not count
        self._done: dict[str, float] = {}
        self._born: set[str] = set()
        self._writers: dict[str, float] = {}  # in the order in which they began
        self._soon: set[str] = set()  # held for a short time only: the done ones wait for them
        self._vanished: set[str] = set()  # held or done, and gone
        self._last = 0.0
        self._saved = self._told = -math.inf
        self._chain = 0.0  # begin of the series of saves, of which each came soon after the other
        self._clear()

    def _clear(self) -> None:
        """Forget what is known of the batch that comes next, but for its paths."""
        self._first: float | None = None
        self._not_before = -math.inf
        self._storm = self._mass = self._moved = self._asked = False
        self._waited = False
        self._patience: float | None = None
        self._finishes: deque[float] = deque(maxlen=STORM)
        self._losses: deque[float] = deque(maxlen=MASS)
        self._busy: float | None = None
        self._recheck: float | None = None
        self.began: float | None = None

    def add(self, kind: Kind, path: str, now: float, *, folder: bool = False) -> None:
        """Take note that `kind` happened to `path` at `now`. `folder`: it is a whole folder that
        is gone."""
        if not self._held and not self._done:
            self._clear()
        held = self._held.get(path)
        self._note_news(kind, held, now)
        match kind:
            case "created" | "written":
                self._write(kind, path, held, now)
            case "differs":
                self._doubt(path, held, now)
            case "finished":
                self._finish(path, now, now)
            case "found":
                if path not in self._done and (held is None or held.why == "gone"):
                    self._hold(path, _Held(now + self._timing.found, "found", now), soon=True)
            case "gone":
                self._vanish(path, now, folder)

    def due(self) -> float | None:
        """When to call `take` next; None when nothing waits."""
        if not self._held and not self._done:
            return None
        if self._recheck is not None:
            return self._recheck
        self._drop_stale_alarms()
        due = self._alarms[0][0] if self._alarms else math.inf
        if self._done:
            due = min(due, self._leave_at())
        return (
            due if self._asked or self.began is None else min(due, self.began + self._timing.quiet)
        )

    def take(
        self,
        now: float,
        look: Look,
        busy: bool = False,
        *,
        crowded: bool = False,
        whole: Whole = _never,
    ) -> tuple[str, ...]:
        """The finished paths, if it is time; they wait no longer. `busy`: a transaction is under
        way, nothing may leave; only asked for when `due` has come, and soon after the first news,
        since it may be over when the batch could leave. `crowded`: somebody waits for a processor,
        so it may be who saves."""
        due = self.due()
        if due is None or now < due:
            return ()
        self._asked = True
        self._ripen(now, look, whole)
        if busy:
            self._busy, self._recheck = now, now + self._timing.recheck
            return ()
        self._recheck = None
        if not self._done or now < self._leave_at():
            return ()
        if (crowded or now - due > self._timing.late) and self._wait_more(now):
            return ()
        return self._leave(now, look)

    def leaves(self) -> bool:
        """Whether paths are finished, or will be soon: not those that somebody still writes to.
        From any thread."""
        return bool(self._done or self._soon)

    def pending(self) -> frozenset[str]:
        """Every path that waits, finished or not."""
        return frozenset(self._held) | frozenset(self._done)

    # When a batch leaves.

    def _leave_at(self) -> float:
        """When the done paths go out. Those held for a short time hold them back: a deletion may
        yet turn into a change, or be one half of a rename."""
        if self._soon:
            at = math.inf
        elif self._busy is not None:
            at = max(self._busy, self._last) + self._quiet()
        else:
            at = max(self._last + self._quiet(), self._not_before, self._writer_at())
        return min(at, self._end())

    def _quiet(self) -> float:
        timing, alone = self._timing, self._only_gone()
        if self._busy is not None:
            return timing.calm if len(self._done) > 2 else timing.burst
        if self._mass:
            return timing.away if alone else timing.back
        if self._storm or self._saved - self._chain >= timing.series:
            return timing.calm
        if len(self._done) > 2 or self._told >= self._chain:
            return timing.burst
        born = any(path in self._born for path in self._done)
        return timing.birth if born else timing.quiet

    def _end(self) -> float:
        """When the done paths leave at the latest."""
        if self._first is None or self._busy is not None:
            return math.inf
        timing = self._timing
        return self._first + (timing.longest if self._storm or self._mass else timing.max_wait)

    def _writer_at(self) -> float:
        """Until when to wait for who has begun to write last. Who began long ago, as with a log,
        delays nobody."""
        if not self._writers:
            return -math.inf
        return next(reversed(self._writers.values())) + self._timing.burst

    def _only_gone(self) -> bool:
        return len(self._held) + len(self._done) == len(self._vanished)

    def _wait_more(self, now: float) -> bool:
        """Whether to wait for the rest of a burst: once when it is one, else in small steps, for a
        lone save is likelier."""
        quiet, timing = self._quiet(), self._timing
        if self._busy is not None or quiet >= timing.calm or now >= self._end():
            return False
        if quiet < timing.burst:
            self._patience = self._patience or now + timing.more
            self._not_before = now + timing.step
            return now < self._patience
        self._not_before = now + timing.calm
        waited, self._waited = self._waited, True
        return not waited

    def _leave(self, now: float, look: Look) -> tuple[str, ...]:
        done, self._done = self._done, {}
        self._clear()
        batch = []
        for path, since in done.items():
            end = since + self._timing.fill
            if now < end and _is_empty(look(path)):
                self._hold(path, _Held(end, "empty", since))
            else:
                batch.append(path)
        if batch:
            self._told = now
            self._born.difference_update(batch)
            self._vanished.difference_update(batch)
        return tuple(batch)

    # What becomes of a path.

    def _note_news(self, kind: Kind, held: _Held | None, now: float) -> None:
        """More of the same write is no news: a busy log delays nobody."""
        if held is not None and (kind, held.why) in _MORE_OF_THE_SAME:
            return
        self._last = now
        if kind not in ("created", "written"):
            if now - self._saved >= self._timing.calm:
                self._chain = now
            self._saved = now
            self.began = now if self.began is None else self.began

    def _write(self, kind: Kind, path: str, held: _Held | None, now: float) -> None:
        until = now + self._timing.settle
        if held is not None and held.why == "writing":
            self._held[path] = _Held(until, "writing", held.since)
            return
        fresh = kind == "created" and held is None and path not in self._done
        if fresh:
            self._born.add(path)
            until = now + self._timing.glance
        self._hold(path, _Held(until, "writing", now, fresh=fresh))
        self._writers[path] = now

    def _doubt(self, path: str, held: _Held | None, now: float) -> None:
        """What was seen of a file says nothing any more once there is more news of it. Who has it
        open and will be told to have closed it is waited for as ever."""
        if held is None or held.why not in ("writing", "differs"):
            until = now + self._timing.glance
            self._hold(path, _Held(until, "differs", now, self._timing.still), soon=True)
        elif held.looks:
            self._held[path] = replace(held, seen=_OUTDATED)

    def _look_again(self, path: str, held: _Held, now: float, look: Look) -> None:
        """Finished when two looks agree; a file that grows does not hold up the others."""
        seen = look(path)
        if held.looks and seen == held.seen:
            self._finish(path, now, now)
            return
        grows = held.looks > 0
        step = min(2 * held.step, self._timing.stillest) if grows else held.step
        again = _Held(now + step, "differs", held.since, step, held.looks + 1, seen)
        self._hold(path, again, soon=not grows)

    def _vanish(self, path: str, now: float, folder: bool) -> None:
        if path in self._born:  # came and went unseen: a temporary file
            self._born.discard(path)
            self._forget(path)
            return
        self._hold(path, _Held(now + self._timing.hold, "gone", now), soon=True)
        self._vanished.add(path)
        self._losses.append(now)
        self._moved = self._moved or folder
        if len(self._vanished) >= MASS and now - self._losses[0] <= self._timing.mass:
            self._mass = True

    def _finish(self, path: str, since: float, now: float) -> None:
        self._forget(path)
        if self._first is None or (not self._done and self._first < self._chain):
            self._first = now  # the one before is being written again, and this is another matter
        self._done[path] = since
        self._finishes.append(now)
        if len(self._done) >= STORM and now - self._finishes[0] <= self._timing.storm:
            self._storm = True

    def _hold(self, path: str, held: _Held, soon: bool = False) -> None:
        self._forget(path)
        self._held[path] = held
        if soon:
            self._soon.add(path)
        if held.until < self._alarm_of.get(path, math.inf):
            self._alarm_of[path] = held.until
            heapq.heappush(self._alarms, (held.until, path))

    def _forget(self, path: str) -> None:
        self._held.pop(path, None)
        self._done.pop(path, None)
        self._writers.pop(path, None)
        self._soon.discard(path)
        self._vanished.discard(path)

    def _look_for_writer(self, path: str, held: _Held, now: float, whole: Whole) -> None:
        """A new file of which nothing more is heard: nobody will close one that was written without
        a name and then linked (O_TMPFILE). Any other has a writer that will."""
        if whole(path):
            self._finish(path, now, now)
        else:
            self._hold(path, _Held(held.since + self._timing.settle, "writing", held.since))
            self._writers[path] = held.since

    def _ripen(self, now: float, look: Look, whole: Whole) -> None:
        """What was held until now is done. An empty file keeps the time it was closed at, so that
        it is not held twice."""
        self._drop_stale_alarms()
        while self._alarms and self._alarms[0][0] <= now:
            path = heapq.heappop(self._alarms)[1]
            del self._alarm_of[path]
            held = self._held[path]
            if held.why == "differs":
                self._look_again(path, held, now, look)
            elif held.fresh:
                self._look_for_writer(path, held, now, whole)
            else:
                self._finish(path, held.since if held.why == "empty" else held.until, now)
            if held.why == "gone":
                self._vanished.add(path)
                self._mass = self._mass or (self._moved and self._only_gone())
            self._drop_stale_alarms()

    def _drop_stale_alarms(self) -> None:
        """Make the first alarm one that counts: its path is still held, and until just then. A path
        has one alarm, or a file that comes and goes without end would fill the memory."""
        while self._alarms:
            at, path = self._alarms[0]
            held = self._held.get(path)
            if self._alarm_of.get(path) != at:
                heapq.heappop(self._alarms)
            elif held is None:
                heapq.heappop(self._alarms)
                del self._alarm_of[path]
            elif held.until > at:
                self._alarm_of[path] = held.until
                heapq.heapreplace(self._alarms, (held.until, path))
            else:
                return


def _is_empty(seen: tuple[int, int] | None) -> bool:
    return seen is not None and seen[0] == 0
