"""Symbolic links in a watch root: where they lead, and under which other names a file is known."""

import os
from collections.abc import Iterable

from trayapp.watch.change import PathChange
from trayapp.watch.real import real_path


class Follower:
    """Decides in one walk which links are entered as if they were folders: those that lead out of
    the root, when that is allowed. Each place is entered once, and none that the root or another
    place lies in: there are no loops to get lost in."""

    def __init__(self, root: str, allowed: bool) -> None:
        self._root = root
        self._allowed = allowed
        self._covered = [real_path(root)] if allowed else []
        self.followed: set[str] = set()
        """The links entered so far, relative to the root."""

    def follows(self, path: str) -> bool:
        """Whether to walk into the link at `path`, relative to the root."""
        if not self._allowed:
            return False
        target = real_path(f"{self._root}/{path}")
        if not os.path.isdir(target):  # noqa: PTH112
            return False
        if any(_inside(target, place) or _inside(place, target) for place in self._covered):
            return False
        self._covered.append(target)
        self.followed.add(path)
        return True


def other_names(
    root: str, links: Iterable[str], changes: Iterable[PathChange]
) -> tuple[PathChange, ...]:
    """What `changes` are called through `links`, paths relative to `root`, that lead to a file or
    folder in it: a page may use either name."""
    real = real_path(root)
    found = []
    for link in links:
        target = real_path(f"{root}/{link}")
        if target == real or not _inside(target, real):
            continue
        name = target[len(real) + 1 :].replace(os.sep, "/")
        for change in changes:
            if change.path == name or change.path.startswith(f"{name}/"):
                found.append(PathChange(link + change.path[len(name) :], change.change))
    return tuple(found)


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
