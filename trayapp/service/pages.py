"""Pages: which are there, what each has shown last, and who is behind. Pure; times are Unix time.

A page answers every change that it is told of: with what it did, with `none`, or with `waiting`. A
page that comes has been loaded just now, so that nothing older is asked of it.
"""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, replace

from trayapp.state import PageState, PageStatus

MANY = 256
"""Pages remembered; the one that was silent for longest makes room."""

PATIENCE = 5.0
"""Seconds in which a page answers a change; then it is behind."""

SILENT = 3
"""Changes in a row without an answer, and a page is taken to be gone: its browser was killed, or
its computer sleeps. It is there again as soon as it answers."""

_REMEMBERED = 64
_AFTER = 0.05


@dataclass(frozen=True, slots=True)
class Told:
    """A change that pages were told of. `roots` are the labels under which it can be followed."""

    seq: int
    id: str
    time: float
    roots: frozenset[str]
    cause: str


@dataclass(slots=True)
class _Page:
    """`seen` is the seq up to which nothing is asked of it any more. `roots` None follows all."""

    view: PageState
    seen: int
    heard: float
    roots: frozenset[str] | None = None
    waiting: bool = False

    def awaits(self, change: Told) -> bool:
        """Whether it owes an answer to `change`."""
        followed = self.roots is None or not self.roots.isdisjoint(change.roots)
        return change.seq > self.seen and followed


class Pages:
    """The ledger. One thread at a time."""

    def __init__(self) -> None:
        self._pages: dict[str, _Page] = {}
        self._told: deque[Told] = deque(maxlen=_REMEMBERED)

    def __bool__(self) -> bool:
        return bool(self._pages)

    def knows(self, page: str) -> bool:
        """True for a page that is there: it keeps its name only when the script loads it."""
        return page in self._pages

    def told(self, change: Told) -> None:
        """Pages are told of `change` now."""
        self._told.append(change)

    def came(
        self, view: PageState, seen: int, now: float, roots: Collection[str] | None = None
    ) -> None:
        """A page has been loaded that shows all up to the seq `seen`. `roots` are the labels it
        follows, None all. One that loads itself comes under the name it had, perhaps only after
        its answer: what it has shown last stays known."""
        if known := self._pages.get(view.page):
            last = known.view
            view = replace(view, cause=last.cause, action=last.action, ms=last.ms, at=last.at)
        followed = None if roots is None else frozenset(roots)
        self._pages[view.page] = _Page(view, seen, now, followed)
        self._make_room()

    def applied(self, page: str, id: str, action: str, ms: float, now: float) -> None:
        """A page answers the change with this id, and so all that came before it; an empty id
        stands for all so far. Of a page that never came, nothing but that is known."""
        known = self._pages.setdefault(page, _Page(PageState(page), 0, now))
        change = next((one for one in self._told if one.id == id), None)
        newest = self._told[-1].seq if self._told and not id else 0
        known.seen = max(known.seen, change.seq if change else newest)
        known.heard = now
        known.waiting = action == "waiting"
        if action not in ("none", "waiting"):
            cause = change.cause if change else ""
            known.view = replace(known.view, cause=cause, action=action, ms=ms, at=now)
        self._make_room()

    def left(self, page: str) -> None:
        """A page is gone."""
        self._pages.pop(page, None)

    def views(self, now: float) -> tuple[PageState, ...]:
        """Those that are there, in the order they came."""
        overdue = {id(page): self._overdue(page, now) for page in self._pages.values()}
        return tuple(
            replace(page.view, status=_status(page, overdue[id(page)]))
            for page in self._pages.values()
            if page.waiting or overdue[id(page)] < SILENT
        )

    def due(self, now: float) -> float | None:
        """Seconds until a page falls behind by mere silence; None when none can."""
        pending = [one for one in self._told if one.time + PATIENCE >= now]
        awaited = [one for one in pending if any(p.awaits(one) for p in self._pages.values())]
        return awaited[0].time + PATIENCE - now + _AFTER if awaited else None

    def _overdue(self, page: _Page, now: float) -> int:
        late = (one for one in self._told if now - one.time > PATIENCE)
        return sum(page.awaits(one) for one in late)

    def _make_room(self) -> None:
        if len(self._pages) > MANY:
            del self._pages[min(self._pages, key=lambda page: self._pages[page].heard)]


def _status(page: _Page, overdue: int) -> PageStatus:
    if page.waiting:
        return "waiting"
    return "behind" if overdue or page.view.action == "failed" else "current"
