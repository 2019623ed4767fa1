"""The way of a change from the watcher to the bus: straight on, or held while paused."""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from trayapp.bus import Bus
from trayapp.event import CHANGE
from trayapp.service.held import merge
from trayapp.service.loop import Loops
from trayapp.state import Loop
from trayapp.watch import PathChange, RootChange, action_of, change_data

Written = Callable[[str, Sequence[str]], Mapping[str, float]]
"""When paths of the root with a label were written, in Unix time; those that are not there miss."""


class Changes:
    """Publishes changes in order, knows what pages were told last, holds them while paused, and
    what a reload loop writes while the loop lasts.

    Safe from any thread, `take` from one. Its lock is held while publishing: that alone keeps the
    fingerprints in order, and the bus only wakes its readers, it never calls back. `on_told` gets
    each change that was published, with the lock held: it must return at once. `on_loops` is
    called without it when the loops are others, with those that are new.
    """

    def __init__(
        self,
        bus: Bus,
        *,
        written: Written = lambda _label, _paths: {},
        on_loops: Callable[[tuple[Loop, ...]], None] = lambda _found: None,
        on_told: Callable[[RootChange], None] = lambda _change: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bus = bus
        self._written = written
        self._on_loops = on_loops
        self._on_told = on_told
        self._clock = clock
        self._lock = threading.Lock()
        self._paused = False
        self._held: dict[str, RootChange] = {}
        self._told: dict[str, str] = {}
        self._asked = False
        self._loops = Loops()
        self._looped: dict[str, RootChange] = {}

    @property
    def paused(self) -> bool:
        """Whether changes are held."""
        return self._paused

    @property
    def loops(self) -> tuple[Loop, ...]:
        """The reload loops that are stopped."""
        with self._lock:
            return self._loops.held

    def take(self, change: RootChange) -> None:
        """Publish `change`, now or on `resume`."""
        written = self._times(change)
        found: tuple[Loop, ...] = ()
        with self._lock:
            if not change.paths and not self._told.get(change.label):
                self._introduce(change)
            elif self._paused:
                self._hold(change)
            else:
                found = self._forward(change, written)
        if found:
            self._on_loops(found)

    def page_came(self, caused: bool) -> None:
        """A page has been loaded, as far as its stream; `caused` by a change, not by the user."""
        with self._lock:
            over = self._loops.came(self._clock(), caused=caused)
        if over:
            self._on_loops(())

    def pause(self) -> None:
        """Hold changes from now on. Idempotent."""
        with self._lock:
            self._paused = True

    def resume(self) -> None:
        """Publish what was held, one change per root. Idempotent."""
        with self._lock:
            self._paused = False
            held, self._held = self._held, {}
            for change in held.values():
                self._publish(change)

    def allow(self, label: str, path: str) -> bool:
        """Tell the changes of a path although they loop, until the end. False when it is not one
        of `loops`."""
        with self._lock:
            name = self._loops.allow(label, path)
            looped = self._looped.get(label)
            if name is not None and looped is not None:
                back = tuple(one for one in looped.paths if one.path == name)
                self._tell(replace(looped, paths=back))
        return name is not None

    def fingerprints(self, labels: list[str]) -> dict[str, str]:
        """What a page that comes now has to know: the state the other pages were told of.

        An empty one is not known yet; a change without paths will tell it.
        """
        with self._lock:
            self._asked = True
            return {label: self._told.get(label, "") for label in labels}

    def forget(self, label: str, path: str = "") -> None:
        """The root is gone for good, or `path` in it is ignored from now on."""
        with self._lock:
            self._loops.forget(label, path)
            if not path:
                self._held.pop(label, None)
                self._told.pop(label, None)
                self._looped.pop(label, None)

    def _times(self, change: RootChange) -> Mapping[str, float]:
        """Asked before the lock is taken: a disk may be slow."""
        with self._lock:
            suspects = self._loops.suspects(change.label, _wanting(change.paths))
        return self._written(change.label, suspects) if suspects else {}

    def _introduce(self, change: RootChange) -> None:
        """A root's first fingerprint: news only when a page has come before it was known."""
        if self._asked:
            self._publish(change)
        else:
            self._told[change.label] = change.fingerprint

    def _hold(self, change: RootChange) -> None:
        earlier = self._held.get(change.label)
        self._held[change.label] = merge(earlier, change) if earlier else change

    def _tell(self, change: RootChange) -> None:
        if not change.paths:
            return
        if self._paused:
            self._hold(change)
        else:
            self._publish(change)

    def _forward(self, change: RootChange, written: Mapping[str, float]) -> tuple[Loop, ...]:
        """Publish but what a loop wrote. Pages go on comparing with the fingerprint they know:
        the new one would make them reload, and comes with the next change that is told."""
        wanting = _wanting(change.paths)
        verdict = self._loops.judge(change.label, wanting, written, self._clock())
        rest = tuple(one for one in change.paths if one.path not in verdict.held)
        if verdict.held and action_of(rest) == "none":
            earlier = self._looped.get(change.label)
            self._looped[change.label] = merge(earlier, change) if earlier else change
        else:
            self._publish(replace(change, paths=rest))
        return verdict.found

    def _publish(self, change: RootChange) -> None:
        """Nothing but a fingerprint that pages know already, or need not, is no news."""
        label, looped = change.label, self._looped.get(change.label)
        known = (self._told.get(label), looped.fingerprint if looped else None)
        if not change.paths and change.fingerprint in known:
            return
        self._looped.pop(label, None)
        self._told[label] = change.fingerprint
        data = json.dumps(data_of(change), ensure_ascii=False)
        self._bus.publish(CHANGE, data, type=CHANGE, root=label, within=change.within, local=True)
        self._on_told(change)


def data_of(change: RootChange) -> dict[str, Any]:
    """The data of a change event; `within` only when the root lies in another."""
    return change_data(change) | ({"within": list(change.within)} if change.within else {})


def _wanting(paths: Sequence[PathChange]) -> list[str]:
    """Those that a page has to do something about: only they can make it reload."""
    return [one.path for one in paths if action_of([one]) != "none"]
