"""Walking a watch root: each file that counts. Ignored folders are never entered, and links only
when the caller says so."""

import os
from collections.abc import Callable, Iterator

from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.ignoring.rules import read_rules


def _nothing(_folder: str) -> None:
    """Enter a folder without a word."""


def _never(_link: str) -> bool:
    """Follow no link."""
    return False


def walk(
    root: str,
    ignore: Ignore,
    *,
    start: str = "",
    enter: Callable[[str], None] = _nothing,
    follows: Callable[[str], bool] = _never,
) -> Iterator[str]:
    """The paths, relative to `root`, of all files and links in the folder `start` and below.

    `enter` is called with each folder's relative path just before it is listed; it may raise to
    give up. `follows` says of a link whether it is entered as a folder. `ignore` learns the
    ignore files on the way. A folder that vanishes or cannot be read counts as empty.
    """
    folders = [start]
    while folders:
        folder = folders.pop()
        enter(folder)
        entries = _listing(f"{root}/{folder}")
        read_rules(root, folder, [entry.name for entry in entries], ignore)
        prefix = f"{folder}/" if folder else ""
        for entry in entries:
            path = prefix + entry.name
            try:
                is_dir, is_link = entry.is_dir(follow_symlinks=False), entry.is_symlink()
            except OSError:  # the system has to look at it, which is not allowed
                continue
            if ignore.leaf_ignored(path, is_dir):
                continue
            if is_dir or (is_link and follows(path)):
                folders.append(path)
            else:
                yield path


def _listing(folder: str) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
