"""The fingerprint of a watch root: one number for the content of all its files, and which of them
changed since it was last brought up to date.

It is the sum, modulo 2^64, of the content numbers (`mark`) of all files: their order does not
matter, and a change costs one subtraction and one addition. Equal numbers mean equal files, also
after a restart. One thread at a time.
"""

import os
import stat
from collections.abc import Collection, Iterable, Iterator

from trayapp.watch.change import PathChange
from trayapp.watch.content.mark import content_of, has_names, is_link, look_in, read_mark
from trayapp.watch.content.tree import FileTree
from trayapp.watch.content.twins import Inode, Twins
from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.walk import walk


class Fingerprint:
    """What is known of the files below `root`, an absolute path."""

    def __init__(self, root: str, ignore: Ignore) -> None:
        self._root = root
        self._ignore = ignore
        self._followed: Collection[str] = ()
        self._known = FileTree()
        self._twins = Twins(root)
        self._sum = 0
        self.links: set[str] = set()
        """The paths that are links."""

    def __str__(self) -> str:
        """16 hexadecimal digits."""
        return f"{self._sum:016x}"

    @property
    def files(self) -> int:
        """How many files it covers."""
        return len(self._known)

    def obey(self, ignore: Ignore, followed: Collection[str]) -> None:
        """From now on `ignore` says what counts, and the links `followed` are walked through."""
        self._ignore = ignore
        self._followed = followed

    def counts(self, path: str) -> bool:
        """Whether a file at `path` would not be ignored."""
        return not self._ignore.ignored(path, False)

    def learn(self, path: str, mark: int) -> Inode | None:
        """Take `mark` for what is known of the file at `path`. Returns its inode when it is news
        that it has other names."""
        old = self._known.put(path, mark) or 0
        self._add(content_of(mark) - content_of(old))
        if is_link(mark):
            self.links.add(path)
        elif old and is_link(old):
            self.links.remove(path)
        return self._twins.note(path, has_names(mark))

    def forget(self, path: str) -> None:
        """Know nothing of the file at `path` any more. Raises: KeyError when nothing is known."""
        mark = self._known.drop(path)
        self._add(-content_of(mark))
        if is_link(mark):
            self.links.remove(path)
        self._twins.note(path, False)

    def look(self, path: str) -> int | None:
        """How the file at `path` looked when it was read; None for one that is not known."""
        mark = self._known.get(path)
        return None if mark is None else look_in(mark)

    def below(self, folder: str) -> list[str]:
        """The known files in `folder` and below it; "" is the root."""
        return [path for path, _mark in self._known.at(folder)]

    def is_folder(self, path: str) -> bool:
        """Whether files are known in a folder `path`."""
        return next((at for at, _mark in self._known.at(path)), path) != path

    def differing(self, paths: Iterable[str]) -> list[str]:
        """Those of `paths` whose content is not what is known. Takes in how the others look."""
        found = []
        for path in paths:
            known, mark = self._known.get(path), read_mark(self._root, path)
            if known is None or mark is None or content_of(known) != content_of(mark):
                found.append(path)
            else:
                self.learn(path, mark)
        return found

    def update(self, paths: Iterable[str], doubted: Collection[str] = ()) -> tuple[PathChange, ...]:
        """Look at `paths` again; returns the files whose content is not what was known.

        A folder among the paths is looked through; one that has gone counts as all its files.
        `doubted` are paths that changed while they were first taken in: they always count.
        """
        changes: dict[str, PathChange] = {}
        twins: set[Inode] = set()
        for path in paths:
            for change in self._look_again(path, path in doubted, twins):
                changes[change.path] = change
        if twins:
            self._twins.find(twins, self.below(""))
        for path in self._twins.of(changes):
            for change in self._look_again(path, False, twins):
                changes[change.path] = change
        return tuple(changes.values())

    def _look_again(self, path: str, doubted: bool, twins: set[Inode]) -> Iterator[PathChange]:
        """What goes makes room for what comes: a file where a folder was, and the reverse."""
        before = dict(self._known.at(path))
        after = dict(self._marks_at(path))
        above = self._known.file_above(path) if after else None
        for gone in [*(before.keys() - after.keys()), *([above] if above else [])]:
            self.forget(gone)
            if self.counts(gone):
                yield PathChange(gone, "deleted")
        for found, mark in after.items():
            inode = self.learn(found, mark)
            if inode is not None:
                twins.add(inode)
            if found in before:
                if doubted or content_of(before[found]) != content_of(mark):
                    yield PathChange(found, "modified")
            else:
                yield PathChange(found, "modified" if doubted else "created")
        if doubted and not before and not after:
            yield PathChange(path, "deleted")

    def _marks_at(self, path: str) -> Iterator[tuple[str, int]]:
        try:
            mode = os.lstat(f"{self._root}/{path}").st_mode
        except OSError:
            return
        is_dir = stat.S_ISDIR(mode) or path in self._followed
        if self._ignore.ignored(path, is_dir) or self._behind_link(path):
            return
        for file in walk(self._root, self._ignore, start=path) if is_dir else (path,):
            mark = read_mark(self._root, file)
            if mark is not None:
                yield file, mark

    def _behind_link(self, path: str) -> bool:
        """Whether a link that is not followed stands where a folder above `path` was when the path
        was reported."""
        above = path.rpartition("/")[0]
        while above:
            full = f"{self._root}/{above}"
            if above not in self._followed and (
                os.path.islink(full) or not os.path.isdir(full)  # noqa: PTH112, PTH114
            ):
                return True
            above = above.rpartition("/")[0]
        return False

    def _add(self, difference: int) -> None:
        self._sum = (self._sum + difference) % (1 << 64)
