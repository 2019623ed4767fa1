"""Reading the files that say what is ignored: those in a folder of a watch root, and the
`.gitignore` files above the root."""

import logging
import os
import stat
from collections.abc import Collection

from trayapp.regularfile import read_regular
from trayapp.watch.ignoring.ignore import GITIGNORE, RULE_FILES, TOOL_MARKS, Ignore
from trayapp.watch.real import real_path

logger = logging.getLogger(__name__)

MAX_BYTES = 256 * 1024
"""So much of a file is read. The largest collections of patterns have 40 KiB."""


def read_rules(root: str, folder: str, names: Collection[str], ignore: Ignore) -> None:
    """Let `ignore` learn what `folder` (relative to `root`, "" is the root), which holds `names`,
    says. To be called before anything in the folder is judged."""
    place = f"{root}/{folder}" if folder else root
    for name in RULE_FILES:
        there = name in names and ignore.obeys(name)
        ignore.learn(folder, name, _text(f"{place}/{name}") if there else None)
    for name in TOOL_MARKS:
        there = name in names and _is_file(f"{place}/{name}")
        ignore.learn(folder, name, "" if there else None)


def read_rules_above(root: str, ignore: Ignore) -> None:
    """Let `ignore` learn the `.gitignore` files above `root` up to the top of its repository, if it
    lies in one."""
    if not ignore.obeys(GITIGNORE):
        return
    found: list[tuple[str, str]] = []
    place, way = real_path(root), ""
    while not os.path.lexists(f"{place}/.git"):
        above, name = os.path.split(place)
        if above == place:
            return  # no repository
        place, way = above, f"{name}/{way}" if way else name
        text = _text(f"{place}/{GITIGNORE}")
        if text is not None:
            found.append((way, text))
    ignore.learn_above(found[::-1])


def _text(path: str) -> str | None:
    """What the file says, odd bytes as in the names that the system's functions give. None when it
    is no file of its own; as for git, a link is none: it might lead to anything."""
    try:
        if not _is_file(path):
            return None
        raw = read_regular(path, MAX_BYTES + 1)
    except OSError as error:
        logger.warning("%s cannot be read (%s): what it ignores counts", path, error.strerror)
        return None
    if len(raw) > MAX_BYTES:
        logger.warning("%s is longer than %d KiB: the rest does not count", path, MAX_BYTES // 1024)
        raw = raw[: raw.rfind(b"\n", 0, MAX_BYTES) + 1]
    return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
