"""Hard links in a watch root: files with several names, of which the system reports only the one
that was written through."""

import os
import stat
from collections.abc import Iterable

Inode = tuple[int, int]
"""Device and number."""


class Twins:
    """The names of the files that have several, as far as they lie below `root`."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._inodes: dict[str, Inode] = {}

    def note(self, path: str, several: bool) -> Inode | None:
        """Take in whether the file at `path` has other names. Returns its inode when it has, and
        that is news."""
        before = self._inodes.pop(path, None)
        inode = _several(self._status(path)) if several else None
        if inode is not None:
            self._inodes[path] = inode
        return inode if inode != before else None

    def find(self, inodes: set[Inode], paths: Iterable[str]) -> None:
        """Look for other names of `inodes` among `paths`."""
        for path in paths:
            inode = _several(self._status(path))
            if inode in inodes:
                self._inodes[path] = inode

    def of(self, paths: Iterable[str]) -> list[str]:
        """The other names of the files at `paths`."""
        asked = set(paths)
        inodes = {self._inodes[path] for path in asked & self._inodes.keys()}
        if not inodes:
            return []
        return [p for p, inode in self._inodes.items() if inode in inodes and p not in asked]

    def _status(self, path: str) -> os.stat_result | None:
        try:
            return os.lstat(f"{self._root}/{path}")
        except OSError:
            return None


def _several(status: os.stat_result | None) -> Inode | None:
    if status is None or status.st_nlink < 2 or not stat.S_ISREG(status.st_mode):
        return None
    return (status.st_dev, status.st_ino)
