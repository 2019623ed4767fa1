"""Walking a watch root: each file that counts. Ignored folders and links are never entered."""

import os
from collections.abc import Callable, Iterator

from trayapp.watch.ignore import Ignore


def walk(
    root: str,
    ignore: Ignore,
    *,
    start: str = "",
    enter: Callable[[str], None] = lambda _folder: None,
) -> Iterator[str]:
    """The paths, relative to `root`, of all files in the folder `start` and below.

    `enter` is called with each folder's relative path just before it is listed. A folder that
    vanishes or cannot be read counts as empty.
    """
    folders = [start]
    while folders:
        folder = folders.pop()
        enter(folder)
        for path, is_dir in _listing(root, folder):
            if ignore.leaf_ignored(path, is_dir):
                continue
            if is_dir:
                folders.append(path)
            else:
                yield path


def _listing(root: str, folder: str) -> list[tuple[str, bool]]:
    prefix = f"{folder}/" if folder else ""
    try:
        with os.scandir(f"{root}/{folder}") as entries:
            return [(prefix + entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    except OSError:
        return []
