"""Visitors: what pages say of themselves, put together with what they were told."""

import json
import threading
import time
from collections.abc import Callable, Sequence

from trayapp.bus import Bus
from trayapp.event import CHANGE, Event
from trayapp.service.pages import Pages, Told
from trayapp.service.standing import Place, standing
from trayapp.state import PageState, RootState
from trayapp.web import Answer, Visit


class Visitors:
    """Implements the seam of the web room. Safe from any thread.

    `roots` and `knows` are those of the watcher. `on_page` is called for each page that has been
    loaded or fetched anew, with True when its script did that, `on_change` when the picture is
    another. Both without the lock, and the latter also from threads that publish: it must return
    at once.
    """

    def __init__(
        self,
        bus: Bus,
        roots: Callable[[], Sequence[RootState]],
        knows: Callable[[str, str], bool],
        *,
        on_page: Callable[[bool], None],
        on_change: Callable[[], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bus = bus
        self._roots = roots
        self._knows = knows
        self._on_page = on_page
        self._on_change = on_change
        self._clock = clock
        self._lock = threading.Lock()
        self._pages = Pages()
        self._seq = 0

    def watch(self) -> Callable[[], None]:
        """Begin with what is published next. Returns what ends it."""
        self._seq = self._bus.after(None).head
        return self._bus.watch(self._follow)

    def came(self, visit: Visit) -> Place | None:
        """See the seam. A page that shares another's stream opens none: this is how it is known."""
        now = self._clock()
        view = PageState(visit.page, visit.url, visit.title)
        with self._lock:
            reloaded = self._pages.knows(visit.page)
            self._pages.came(view, self._bus.after(None).head, now, visit.roots)
        self._on_page(reloaded)
        self._on_change()
        return standing(visit.url, visit.size, self._roots(), self._knows)

    def applied(self, answer: Answer) -> None:
        """See the seam."""
        self._follow()  # the answer may be quicker than the word to us
        with self._lock:
            self._pages.applied(answer.page, answer.id, answer.action, answer.ms, self._clock())
        if answer.action == "morph":
            self._on_page(
                True
            )  # it has fetched itself: a server that writes then would do so for ever
        self._on_change()

    def left(self, page: str) -> None:
        """See the seam."""
        with self._lock:
            self._pages.left(page)
        self._on_change()

    def views(self) -> tuple[PageState, ...]:
        """The pages that are there."""
        with self._lock:
            return self._pages.views(self._clock())

    def due(self) -> float | None:
        """Seconds until the picture changes by itself; None when it does not."""
        with self._lock:
            return self._pages.due(self._clock())

    def _follow(self) -> None:
        with self._lock:
            replay = self._bus.after(self._seq)
            self._seq = replay.head
            for event in replay.events:
                if event.topic == CHANGE:
                    self._note(event)
            awaited = bool(self._pages) and bool(replay.events)
        if awaited:
            self._on_change()

    def _note(self, event: Event) -> None:
        """A change that asks nothing of pages is not answered by them."""
        change = json.loads(event.data)
        if change["action"] != "none":
            roots = frozenset({event.root, *event.within})
            self._pages.told(Told(event.seq, event.id, event.time, roots, change["cause"]))
