"""The way to a watch root: every folder and link that its path leads through.

When one of them is renamed, replaced or deleted, the path leads elsewhere, and nothing that happens
in the root itself would tell.
"""

import stat
from dataclasses import dataclass
from pathlib import Path

_MOST_LINKS = 40
"""As many as the kernel follows (path_resolution(7))."""


@dataclass(frozen=True, slots=True)
class Waypoint:
    """`path` is absolute, its parents free of links. `inode` tells it from what replaces it."""

    path: str
    is_link: bool
    inode: tuple[int, int]


def waypoints(path: str) -> tuple[Waypoint, ...]:
    """All of them in order, the folder that `path` (absolute) ends at included. Those after the
    first that is missing, or a file, are left out."""
    found: list[Waypoint] = []
    here, names = Path("/"), _names(path)
    links = 0
    while names:
        name = names.pop()
        if name == "..":
            here = here.parent
            continue
        step = _waypoint(here / name)
        target = _target(step) if step is not None else None
        if step is None or target is None or links > _MOST_LINKS:
            break
        if step not in found:
            found.append(step)
        if step.is_link:
            links += 1
            here = Path("/") if target.startswith("/") else here
            names += _names(target)
        else:
            here /= name
    return tuple(found)


def stands(root: str, folder: str, other: str) -> bool:
    """Whether `folder` (relative, "" is the root) is there, not by way of a link in the root, and
    the same as the folder `other`."""
    path = Path(root) / folder
    below = [path, *path.parents][: len(path.parts) - len(Path(root).parts)]
    try:
        return not any(map(Path.is_symlink, below)) and path.samefile(Path(root) / other)
    except OSError:
        return False


def rules_above(folder: str) -> tuple[str, ...]:
    """The `.gitignore` files of the folders above `folder` (absolute, free of links) that belong to
    the same repository. None without a repository, or when `folder` is its top."""
    found: list[str] = []
    for here in (Path(folder), *Path(folder).parents):
        if here != Path(folder) and (here / ".gitignore").is_file():
            found.append(str(here / ".gitignore"))
        if (here / ".git").exists():
            return tuple(found)
    return ()


def _waypoint(path: Path) -> Waypoint | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    is_link = stat.S_ISLNK(status.st_mode)
    if not is_link and not stat.S_ISDIR(status.st_mode):
        return None
    return Waypoint(str(path), is_link, (status.st_dev, status.st_ino))


def _target(step: Waypoint) -> str | None:
    """Where a link leads, "" for a folder; None for a link that is gone by now."""
    try:
        return str(Path(step.path).readlink()) if step.is_link else ""
    except OSError:
        return None


def _names(path: str) -> list[str]:
    """The parts of a path, the first one last."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]
