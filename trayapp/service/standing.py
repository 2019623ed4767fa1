"""Standing: which watched file a page is, byte for byte, as far as that can be told.

A page that is a plain file needs an update for that file and for those it has fetched; a page that
a program has made may need one for any file. The address and the size of a page tell the two apart.
Where more than one file may be it, none is named: then the page is updated too often, never too
rarely.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from urllib.parse import unquote, urlsplit

from trayapp.sites.resolver import is_plain
from trayapp.state import RootState

SEGMENTS = 8
"""Names at the end of an address that are looked at."""

SUBFOLDERS = 64
"""Folders directly in a root that may be what a server serves, such as `public` or `dist`."""

LOOKS = 5000
"""Names looked for on the disk, for one page."""

_INDEXES = ("index.html", "index.htm")

Place = tuple[str, str]
"""The label of a root, and a path relative to it."""


def candidates(url: str) -> tuple[str, ...]:
    """The relative paths that the page at `url` may be, its whole path first. Servers leave out
    `index.html` and `.html`, and some hang a folder below a name of their own. Pure."""
    try:
        path = unquote(urlsplit(url).path, errors="strict")
    except ValueError:
        return ()
    names = [name for name in path.split("/") if name]
    if not all(map(is_plain, names)):
        return ()
    found: dict[str, None] = {}
    for start in range(max(0, len(names) - SEGMENTS), len(names) + 1):
        found |= dict.fromkeys(_forms("/".join(names[start:]), path.endswith("/")))
    return tuple(found)


def standing(
    url: str, size: int, roots: Sequence[RootState], knows: Callable[[str, str], bool]
) -> Place | None:
    """The one file of `size` bytes that may be the page at `url`; `knows` says of a label and a
    path whether pages would be told of a change."""
    names = candidates(url)
    if size <= 0 or not names:
        return None
    places: dict[str, Place] = {}
    looks = LOOKS
    for root in sorted(roots, key=lambda root: len(root.path)):
        bases = _bases(root.path)
        looks -= len(bases) * len(names)
        if len(bases) > SUBFOLDERS + 1 or looks < 0:
            return None
        for path in _of_size(root.path, _joined(bases, names), size):
            places[os.path.join(root.path, path)] = (root.label, path)  # noqa: PTH118 - innermost
    place = next(iter(places.values())) if len(places) == 1 else None
    return place if place is not None and knows(*place) else None


def _forms(path: str, is_folder: bool) -> Iterator[str]:
    if path and not is_folder:
        yield path
        yield f"{path}.html"
    yield from (f"{path}/{index}".lstrip("/") for index in _INDEXES)


def _joined(bases: Iterable[str], names: Sequence[str]) -> Iterator[str]:
    return (f"{base}/{name}".lstrip("/") for base in bases for name in names)


def _bases(folder: str) -> list[str]:
    """The root itself and the folders in it; one more than may be looked at when there are more."""
    try:
        with os.scandir(folder) as entries:
            inside = (one.name for one in entries if is_plain(one.name) and one.is_dir())
            return ["", *islice(inside, SUBFOLDERS + 1)]
    except OSError:
        return []


def _of_size(folder: str, paths: Iterable[str], size: int) -> Iterator[str]:
    for path in paths:
        try:
            status = os.stat(f"{folder}/{path}")  # noqa: PTH116 - thousands a page, Path is slow
        except (OSError, ValueError):
            continue
        if status.st_size == size and stat.S_ISREG(status.st_mode):
            yield path
