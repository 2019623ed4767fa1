"""Patterns that stand in files of nested folders: the deepest file that has one for a path decides.
Pure."""

from trayapp.watch.ignoring.patterns import Patterns

_Chain = tuple[tuple[int, Patterns], ...]
"""What counts in a folder, the deepest first, with the length of the way to where it stands."""


class Nested:
    """Patterns by folder (relative, POSIX, "" is the top). Safe from any thread."""

    __slots__ = ("_at", "_last", "_version")

    def __init__(self) -> None:
        self._at: dict[str, Patterns] = {}
        self._version = object()
        self._last: tuple[object, str, _Chain] = (None, "", ())
        # Of the folder asked about last: a walk asks for all files of one after another.

    def put(self, folder: str, patterns: Patterns) -> None:
        """From now on `patterns` stand in `folder`, instead of what stood there."""
        if patterns:
            self._at[folder] = patterns
        elif self._at.pop(folder, None) is None:
            return
        self._version = object()

    def verdict(self, path: str, is_dir: bool) -> bool | None:
        """Whether `path` is ignored; None when no pattern matches it."""
        if not self._at:
            return None
        folder, _, name = path.rpartition("/")
        for cut, patterns in self._chain(folder):
            verdict = patterns.verdict(name, path, cut, is_dir)
            if verdict is not None:
                return verdict
        return None

    def _chain(self, folder: str) -> _Chain:
        version = self._version  # read first: what is put from here on makes the answer outdated
        seen, place, chain = self._last
        if seen is not version or place != folder:
            chain = tuple(self._found(folder))
            self._last = (version, folder, chain)
        return chain

    def _found(self, folder: str) -> list[tuple[int, Patterns]]:
        found, place = [], folder
        while True:
            patterns = self._at.get(place)
            if patterns is not None:
                found.append((len(place) + 1 if place else 0, patterns))
            if not place:
                return found
            place = place.rpartition("/")[0]
