"""Patterns that stand in files of nested folders: the deepest file that has one for a path decides.
Pure."""

from collections.abc import Iterator
from typing import TypeAlias

from trayapp.watch.ignoring.patterns import MAX_COST, Patterns

MAX_FILES = 64
"""So many files with patterns may count in one folder: its own, and those above."""

_Chain: TypeAlias = tuple[tuple[int, Patterns, int], ...]
"""What counts in a folder, the deepest first: with the length of the way to where it stands, and
the state in the folder."""

_Way: TypeAlias = tuple[tuple[str, _Chain], ...]
"""Each folder on the way to one, from the top, with what counts in it."""


class Nested:
    """Patterns by folder (relative, POSIX, "" is the top). Safe from any thread."""

    __slots__ = ("_at", "_last", "_version")

    def __init__(self) -> None:
        self._at: dict[str, Patterns] = {}
        self._version = object()
        self._last: tuple[object, _Way] = (None, ())
        # Of the folder asked about last: a walk asks for all files of one after another.

    def put(self, folder: str, patterns: Patterns) -> bool:
        """From now on `patterns` stand in `folder`, instead of what stood there. False when they
        are too many, with those above: then none stands there."""
        fits = not patterns or self._fits(folder, patterns)
        if patterns and fits:
            self._at[folder] = patterns
            self._version = object()
        elif self._at.pop(folder, None) is not None:
            self._version = object()
        return fits

    def _fits(self, folder: str, patterns: Patterns) -> bool:
        places = [place for place in _ways_to(folder) if place in self._at and place != folder]
        cost = sum(self._at[place].cost for place in places) + patterns.cost
        return len(places) < MAX_FILES and cost <= MAX_COST

    def verdict(self, path: str, is_dir: bool) -> bool | None:
        """Whether `path` is ignored; None when no pattern matches it."""
        if not self._at:
            return None
        folder, _, name = path.rpartition("/")
        for cut, patterns, state in self._chain(folder):
            verdict = patterns.verdict(name, path, cut, is_dir, state)
            if verdict is not None:
                return verdict
        return None

    def _chain(self, folder: str) -> _Chain:
        version = self._version  # read first: what is put from here on makes the answer outdated
        seen, way = self._last
        depth = folder.count("/") + 1 if folder else 0
        if seen is not version or depth >= len(way) or way[depth][0] != folder:
            way = tuple(self._way(folder, way if seen is version else ()))
            self._last = (version, way)
        return way[depth][1]

    def _way(self, folder: str, known: _Way) -> Iterator[tuple[str, _Chain]]:
        """Starts with what the way to `folder` shares with the `known` one."""
        chain: _Chain = ()
        above = ""
        for depth, place in enumerate(_ways_to(folder)):
            if depth < len(known) and known[depth][0] == place:
                chain = known[depth][1]
            else:
                known = ()
                chain = self._stepped(chain, above, place)
            above = place
            yield place, chain

    def _stepped(self, chain: _Chain, above: str, place: str) -> _Chain:
        name = place[len(above) :].lstrip("/")
        if place:
            chain = tuple((cut, it, it.enter(state, name)) for cut, it, state in chain)
        own = self._at.get(place)
        if own is None:
            return chain
        return ((len(place) + 1 if place else 0, own, own.start), *chain)


def _ways_to(folder: str) -> Iterator[str]:
    """Each folder on the way to `folder`, from the top: both of them as well."""
    yield ""
    slash = folder.find("/")
    while slash != -1:
        yield folder[:slash]
        slash = folder.find("/", slash + 1)
    if folder:
        yield folder
