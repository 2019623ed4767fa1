"""A tree of files, each with a mark: knows at once what lies below a folder. Pure."""

from collections.abc import Iterator


class _Folder:
    __slots__ = ("files", "folders")

    def __init__(self) -> None:
        self.files: dict[str, int] = {}
        self.folders: dict[str, _Folder] = {}


class FileTree:
    """Marks by relative POSIX path; "" is the top. Folders without files do not exist in it."""

    def __init__(self) -> None:
        self._top = _Folder()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def at(self, path: str) -> Iterator[tuple[str, int]]:
        """The file `path`, or every file below the folder `path`, or nothing. The tree must not
        change meanwhile."""
        *parents, name = path.split("/")
        folder: _Folder | None = self._top
        for parent in parents:
            folder = folder.folders.get(parent) if folder else None
        if folder is None:
            return
        if name in folder.files:
            yield path, folder.files[name]
        below = folder if not path else folder.folders.get(name)
        if below is not None:
            yield from _below(path, below)

    def get(self, path: str) -> int | None:
        """The mark of the file `path`."""
        *parents, name = path.split("/")
        folder: _Folder | None = self._top
        for parent in parents:
            folder = folder.folders.get(parent) if folder else None
        return folder.files.get(name) if folder else None

    def file_above(self, path: str) -> str | None:
        """The file that stands where a folder above `path` would be."""
        folder = self._top
        *parents, _name = path.split("/")
        for depth, parent in enumerate(parents, 1):
            if parent in folder.files:
                return "/".join(parents[:depth])
            below = folder.folders.get(parent)
            if below is None:
                return None
            folder = below
        return None

    def put(self, path: str, mark: int) -> int | None:
        """Set the mark of a file; returns the one it had."""
        *parents, name = path.split("/")
        folder = self._top
        for parent in parents:
            folder = folder.folders.setdefault(parent, _Folder())
        old = folder.files.get(name)
        folder.files[name] = mark
        self._count += old is None
        return old

    def drop(self, path: str) -> int:
        """Remove a file and the folders it leaves empty; returns its mark. Raises: KeyError."""
        *parents, name = path.split("/")
        chain = [self._top]
        for parent in parents:
            chain.append(chain[-1].folders[parent])
        mark = chain[-1].files.pop(name)
        self._count -= 1
        while parents and not (chain[-1].files or chain[-1].folders):
            chain.pop()
            del chain[-1].folders[parents.pop()]
        return mark


def _below(prefix: str, folder: _Folder) -> Iterator[tuple[str, int]]:
    """Without recursion: folders may lie two thousand deep (PATH_MAX), more than Python calls."""
    folders = [(prefix, folder)]
    while folders:
        place, folder = folders.pop()
        way = f"{place}/" if place else ""
        for name, mark in folder.files.items():
            yield way + name, mark
        folders += [(way + name, below) for name, below in folder.folders.items()]
