"""Patterns with a slash and wildcards, compared with a path name by name, all at once. Pure.

An integer holds how far each pattern has got: bit `i` stands for a place in a pattern, and is set
when the names so far lead there. One name moves all bits, whatever the depth of the path, so that
no pattern is ever tried anew; what holds for a folder is kept for all that lies in it.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from trayapp.watch.ignoring.expression import expression


class PathGlobs:
    """The patterns of one file, in its order."""

    __slots__ = (
        "_any",
        "_ends",
        "_file_ends",
        "_globs",
        "_literals",
        "_places",
        "_runs",
        "_stars",
        "start",
    )

    def __init__(self, patterns: Iterable[tuple[int, bool, Sequence[str]]]) -> None:
        """Of each pattern a number, whether it matches folders only, and its segments. The numbers
        never fall."""
        self.start = self._any = self._stars = self._ends = self._file_ends = 0
        self._literals: dict[str, int] = {}
        self._places: list[int] = []
        self._runs: list[int] = []
        globs: dict[str, int] = {}
        place = 0
        for run, folders_only, segments in patterns:
            self.start |= 1 << place
            for segment in _collapsed(segments):
                bit = 1 << place
                if segment == "**":
                    self._stars |= bit
                elif segment == "*":
                    self._any |= bit
                else:
                    masks = globs if is_glob(segment) else self._literals
                    masks[segment] = masks.get(segment, 0) | bit
                place += 1
            self._ends |= 1 << place
            self._file_ends |= 0 if folders_only else 1 << place
            self._places.append(place)
            self._runs.append(run)
            place += 1
        self.start |= (self.start & self._stars) << 1
        self._globs: list[tuple[Callable[[str], object], int]] = [
            (re.compile(expression(text)).fullmatch, mask) for text, mask in globs.items()
        ]

    def __bool__(self) -> bool:
        return bool(self._places)

    def enter(self, state: int, name: str) -> int:
        """The state in the folder `name`, of that in the folder it lies in."""
        if not state:
            return 0
        moved = self._moved(state, name) | (state & self._stars)
        return moved | ((moved & self._stars) << 1)

    def last(self, state: int, name: str, is_dir: bool) -> int:
        """The number of the last pattern that matches `name` in a folder; -1 when none does."""
        if not state:
            return -1
        reached = self._moved(state, name) & (self._ends if is_dir else self._file_ends)
        if not reached:
            return -1
        return self._runs[bisect_left(self._places, reached.bit_length() - 1)]

    def _moved(self, state: int, name: str) -> int:
        fitting = self._any | self._literals.get(name, 0)
        for fullmatch, mask in self._globs:
            if mask & state and fullmatch(name):
                fitting |= mask
        return (state & fitting) << 1


_GLOB = re.compile(r"[*?\[\\]")


def is_glob(segment: str, begin: int = 0) -> bool:
    """Whether there is a wildcard or a backslash in it from `begin` on."""
    return _GLOB.search(segment, begin) is not None


def _collapsed(segments: Sequence[str]) -> list[str]:
    """Neighbouring `**` are one. At the end, `**` is at least one name."""
    kept = [it for i, it in enumerate(segments) if it != "**" or segments[i - 1 : i] != ("**",)]
    return [*kept, "*"] if kept[-1] == "**" else kept
