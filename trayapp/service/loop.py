"""Reload loops: a file that changes because a page is loaded, so that the page is loaded again.

Theory of operation. A server writes a log or a database into the watched folder whenever a page
asks it for something: write, change, reload, request, write. Between two such changes a page has
loaded itself, and the file was written before it came or just after. A person's next save comes
later than that; and a load by the user or by a tool (a coding agent, a test runner) is no part of
a loop, for no change has caused it. More than MANY of them in a row within WITHIN seconds are a
loop, and the path is *held*: a write around the coming of a page is not published any more. A later
write is, because another program made it. A held path that pages come without writing to is free
again.

Pure. Times are Unix time in seconds, not monotonic, because that is how systems tell when a file
was written.
"""

import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from trayapp.state import Loop
from trayapp.watch.plan import wire_text

MANY = 5
"""Changes in a row that are told; the next is not."""

WITHIN = 15.0
"""Seconds. Ten would do for files that are closed. One that a server keeps open is finished when it
has been quiet for two seconds, so its loop is slower."""

NEAR = 0.5
"""Seconds after a page has come in which a loop's file is written: by what the page asks for when
it is there. An editor that saves by itself waits longer than this after the last key."""

ONE = 1.0
"""Seconds in which a path that is told again, with no page come between, counts as told once: a
page asks whether its server answers before it loads, and the server writes for that too."""

AROUND = 4.0
"""Seconds after a page has come in which nothing of a held path is told. Up to three seconds after
a load a page looks whether its server has started again."""

CALM = 3
"""So many pages that came without a write to a held path, APART seconds one from another, and it is
held no longer."""

APART = 5.0

Key = tuple[str, str]
"""The label of a root and a path in it."""


@dataclass(slots=True)
class _Held:
    loop: Loop
    calm: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of the paths of one change: which must not be told, and the loops among them that are new."""

    held: frozenset[str] = frozenset()
    found: tuple[Loop, ...] = ()


class Loops:
    """What was told when, and which paths are held. One thread at a time."""

    def __init__(self) -> None:
        self._told: dict[Key, tuple[float, ...]] = {}
        self._held: dict[Key, _Held] = {}
        self._allowed: set[Key] = set()
        self._came = self._caused = float("-inf")
        self._counted = float("-inf")

    @property
    def held(self) -> tuple[Loop, ...]:
        """The loops that are held, oldest first."""
        return tuple(held.loop for held in self._held.values())

    def came(self, now: float, *, caused: bool) -> bool:
        """A page came, at the end of its loading; a change may have `caused` that. True when a loop
        turned out to be over."""
        self._came = now
        if caused:
            self._caused = now
        if now - self._counted < APART:
            return False
        self._counted = now
        over = [key for key, held in self._held.items() if held.calm >= CALM]
        for key in over:
            del self._held[key]
        for held in self._held.values():
            held.calm += 1
        return bool(over)

    def suspects(self, label: str, paths: Iterable[str]) -> list[str]:
        """Those of `paths` of which `judge` has to know when they were written."""
        keys = ((label, path) for path in paths)
        return [key[1] for key in keys if key in self._held or self._follows_a_page(key)]

    def judge(
        self, label: str, paths: Collection[str], written: Mapping[str, float], now: float
    ) -> Verdict:
        """Whether to tell a change of `paths`. `written` says when the suspects among them were
        written, as far as that is known."""
        self._forget_old(now)
        held, found = set(), []
        for path in paths:
            key = (label, path)
            if key in self._allowed:
                continue
            if key in self._held:
                if self._is_near(AROUND, self._came, written.get(path), self._came - WITHIN, now):
                    self._held[key].calm = 0
                    held.add(path)
            elif loop := self._loop(key, written.get(path), now):
                held.add(path)
                found.append(loop)
        return Verdict(frozenset(held), tuple(found))

    def allow(self, label: str, path: str) -> str | None:
        """Never hold this path again, named as its loop names it. Returns its own name, which
        need not be text, or None when it is not held."""
        for key, held in self._held.items():
            if key[0] == label and path == held.loop.path:
                self._allowed.add(key)
                del self._held[key]
                return key[1]
        return None

    def forget(self, label: str, path: str = "") -> None:
        """Know nothing of `path` and what is below it; of the whole root when it is empty."""

        def stays(key: Key) -> bool:
            return key[0] != label or not _is_below(wire_text(key[1]), path)

        self._told = {key: told for key, told in self._told.items() if stays(key)}
        self._held = {key: held for key, held in self._held.items() if stays(key)}
        self._allowed = {key for key in self._allowed if stays(key)}

    def _loop(self, key: Key, written: float | None, now: float) -> Loop | None:
        """Take note that a path is told, unless this makes it a loop."""
        told = self._told.get(key, ())
        if told and self._caused < told[-1] >= now - ONE:
            self._told[key] = (*told[:-1], now)
        elif not (
            self._follows_a_page(key) and self._is_near(NEAR, self._caused, written, told[-1], now)
        ):
            self._told[key] = (now,)
        elif len(told) < MANY:
            self._told[key] = (*told, now)
        elif now - told[0] > WITHIN:
            self._told[key] = (*told[1:], now)
        else:
            del self._told[key]
            loop = Loop(key[0], wire_text(key[1]), now)
            self._held[key] = _Held(loop)
            return loop
        return None

    def _follows_a_page(self, key: Key) -> bool:
        """True when a page has loaded itself since the path was told last."""
        told = self._told.get(key)
        return told is not None and told[-1] <= self._caused

    def _is_near(
        self, seconds: float, came: float, written: float | None, since: float, now: float
    ) -> bool:
        """True when the file was written before a page `came`, or at most `seconds` after. A time
        before `since` is one that was copied along, one after `now` is of another clock."""
        at = written if written is not None and since <= written <= now else now
        return at <= came + seconds

    def _forget_old(self, now: float) -> None:
        for key in [key for key, told in self._told.items() if told[-1] < now - WITHIN]:
            del self._told[key]


def sentence(loops: Collection[Loop]) -> str:
    """What a user is told of loops, as a message and the remedy; empty when there are none."""
    if not loops:
        return ""
    first, more = next(iter(loops)), len(loops) - 1
    command = f"trayapp ignore {shlex.quote(f'{first.root}/{first.path}')}"
    if not more:
        return (
            f"{first.path} in {first.root} changes with each page load: its reloads are paused. "
            f"Ignore it: {command}"
        )
    files = "one more file" if more == 1 else f"{more} more files"
    return (
        f"{first.path} in {first.root} and {files} change with each page load: "
        f"their reloads are paused. Ignore the first: {command}"
    )


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")
