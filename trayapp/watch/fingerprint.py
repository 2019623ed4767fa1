"""The fingerprint of a watch root: one number for the state of all its files, and which of them
changed since it was last brought up to date.

It is the sum, modulo 2^64, of a hash over (path, size, mtime in ns) of each file: the order of the
files does not matter, and a change costs one subtraction and one addition. Equal numbers mean equal
files, also after a restart. One thread at a time.
"""

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from hashlib import blake2b

from trayapp.watch.change import PathChange
from trayapp.watch.ignore import Ignore
from trayapp.watch.tree import FileTree
from trayapp.watch.walk import walk

Enter = Callable[[str], None]
"""Called with each folder before it is listed, as in `walk`; may raise to give up."""


def _nothing(_folder: str) -> None:
    """Enter a folder without a word."""


class Fingerprint:
    """What is known of the files below `root`, an absolute path."""

    def __init__(self, root: str, ignore: Ignore) -> None:
        self._root = root
        self._ignore = ignore
        self._known = FileTree()
        self._sum = 0

    def __str__(self) -> str:
        """16 hexadecimal digits."""
        return f"{self._sum:016x}"

    @property
    def files(self) -> int:
        """How many files it covers."""
        return len(self._known)

    def scan(self, enter: Enter = _nothing) -> None:
        """Take in all files anew, forgetting what was known."""
        self._known, self._sum = FileTree(), 0
        for path, mark in self._marks_below("", enter):
            self._put(path, mark)

    def compare(self, enter: Enter = _nothing) -> list[str]:
        """The paths of which the disk says something else than we know. Takes nothing in."""
        known = dict(self._known.at(""))
        differing = [p for p, mark in self._marks_below("", enter) if known.pop(p, None) != mark]
        return differing + list(known)

    def update(self, paths: Iterable[str], doubted: Collection[str] = ()) -> tuple[PathChange, ...]:
        """Look at `paths` again; returns the files that differ from what was known.

        A folder among the paths is looked through; one that has gone counts as all its files.
        `doubted` are paths that changed while they were first taken in: they always count.
        """
        changes: dict[str, PathChange] = {}
        for path in paths:
            for change in self._look(path, path in doubted):
                changes[change.path] = change
        return tuple(changes.values())

    def _look(self, path: str, doubted: bool) -> Iterator[PathChange]:
        """What goes makes room for what comes: a file where a folder was, and the reverse."""
        before = dict(self._known.at(path))
        after = dict(self._marks_at(path))
        above = self._known.file_above(path) if after else None
        for gone in [*(before.keys() - after.keys()), *([above] if above else [])]:
            self._drop(gone)
            yield PathChange(gone, "deleted")
        for found, mark in after.items():
            self._put(found, mark)
            if found not in before:
                yield PathChange(found, "created")
            elif doubted or before[found] != mark:
                yield PathChange(found, "modified")
        if doubted and not before and not after:
            yield PathChange(path, "deleted")

    def _marks_at(self, path: str) -> Iterator[tuple[str, int]]:
        status = self._status(path)
        if status is None or self._behind_link(path):
            return
        if stat.S_ISDIR(status.st_mode):
            yield from self._marks_below(path, _nothing)
        elif _counts(status):
            yield path, _mark(path, status)

    def _marks_below(self, folder: str, enter: Enter) -> Iterator[tuple[str, int]]:
        for path in walk(self._root, self._ignore, start=folder, enter=enter):
            status = self._status(path)
            if status is not None and _counts(status):
                yield path, _mark(path, status)

    def _behind_link(self, path: str) -> bool:
        """Whether a link stands where a folder above `path` was when the path was reported."""
        above = path.rpartition("/")[0]
        while above:
            status = self._status(above)
            if status is None or stat.S_ISLNK(status.st_mode):
                return True
            above = above.rpartition("/")[0]
        return False

    def _status(self, path: str) -> os.stat_result | None:
        """None for what does not exist any more, or never could."""
        try:
            return os.lstat(f"{self._root}/{path}")
        except OSError:
            return None

    def _put(self, path: str, mark: int) -> None:
        old = self._known.put(path, mark) or 0
        self._sum = (self._sum + mark - old) % (1 << 64)

    def _drop(self, path: str) -> None:
        self._sum = (self._sum - self._known.drop(path)) % (1 << 64)


def _counts(status: os.stat_result) -> bool:
    """Files, and links for themselves; no pipes, sockets and devices."""
    return stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)


def _mark(path: str, status: os.stat_result) -> int:
    text = f"{path}\0{status.st_size}\0{status.st_mtime_ns}"
    return int.from_bytes(blake2b(os.fsencode(text), digest_size=8).digest(), "big")
