"""Whether git is at work in a folder, and at what: read from a few small files that git leaves in
its own folder. Starts no process, watches nothing, raises nothing.
"""

import math
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from trayapp.regularfile import open_regular

STALE = 60.0
"""Seconds after which a lock is taken for one that a crash has left behind."""
STEP = 1.0
"""Seconds: the steps of a rebase follow one another faster, and in between there is no lock. One
that has stopped for a person to decide has not written for longer."""
SLACK = 1.0
"""Seconds at most from a stash that is written to the first file that is reset."""
GRAIN = 0.01
"""Seconds by which the time of a file may lag behind the clock."""
TAIL = 4096
"""Bytes that are read of a file at most, from its end."""

_DEED = re.compile(rb"\t([a-z-]+)[^\t\n]*\n?\Z")
"""The deed in the last line of a log: `… <mail> 1700000000 +0100<TAB>checkout: moving from …`."""
_DEEDS = frozenset(
    {"am", "checkout", "cherry-pick", "commit", "merge", "pull", "rebase", "reset", "revert"}
)
_UNDER_WAY = (
    ("rebase-merge", "rebase"),
    ("rebase-apply/applying", "am"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository with a work tree. `own` is git's folder of this work tree, `common` the one
    that all work trees of the repository share; mostly they are the same."""

    own: Path
    common: Path

    @staticmethod
    def at(folder: str) -> "Repository | None":
        """The repository whose work tree `folder` (absolute) lies in; the innermost."""
        path = Path(folder)
        for above in (path, *path.parents):
            own = _git_folder(above)
            if own is not None:
                return Repository(own, _named_in(own / "commondir") or own)
        return None

    def busy(self, now: float) -> bool:
        """Whether git is changing the work tree; `now` is Unix time. Costs three stats."""
        if _is_within(STALE, _written(self.own / "index.lock"), now):
            return True
        steps = (self.own / "rebase-merge", self.own / "rebase-apply")
        return any(_is_within(STEP, _written(step), now) for step in steps)

    def deed(self, since: float) -> str:
        """What git has done to the files that changed since `since` (Unix time), as `git checkout`;
        `git` when it has left no word of it."""
        under_way = (deed for name, deed in _UNDER_WAY if _written(self.own / name) >= since)
        deed = next(under_way, "") or self._noted(since - GRAIN)
        return f"git {deed}" if deed else "git"

    def _noted(self, since: float) -> str:
        """From the log of HEAD, which is written last. A stash is known by the folder `refs`, where
        hardly anything else is ever written, since branches have folders of their own: first it
        is put there, then the files are reset; when it is applied, it is taken from there."""
        log = self.own / "logs" / "HEAD"
        head, refs = _written(log), _written(self.common / "refs")
        word = _last_deed(log) if head >= since else ""
        stashed = refs >= since - SLACK if word == "reset" else refs >= max(since, head)
        return "stash" if stashed else word


def _git_folder(folder: Path) -> Path | None:
    """The folder `.git`, or the one that a file `.git` names, as in work trees and submodules."""
    git = folder / ".git"
    return git if _is_folder(git) else _named_in(git)


def _named_in(file: Path) -> Path | None:
    """The folder that the file names, relative to its own."""
    text = _tail(file).removeprefix(b"gitdir:").strip()
    folder = file.parent / os.fsdecode(text)
    return folder if text and _is_folder(folder) else None


def _last_deed(log: Path) -> str:
    found = _DEED.search(_tail(log))
    word = found[1].decode() if found else ""
    return word if word in _DEEDS else ""


def _tail(file: Path) -> bytes:
    """The end of a regular file; empty when it cannot be read."""
    try:
        descriptor = open_regular(file, follow=True)
    except (OSError, ValueError):  # ValueError: a NUL inside
        return b""
    try:
        os.lseek(descriptor, max(0, os.fstat(descriptor).st_size - TAIL), os.SEEK_SET)
        return os.read(descriptor, TAIL)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _is_within(seconds: float, written: float, now: float) -> bool:
    """A time that lies far ahead tells no more than one long ago."""
    return abs(now - written) < seconds


def _written(path: Path) -> float:
    """When `path` was written, Unix time; minus infinity when it is not there."""
    status = _status(path)
    return -math.inf if status is None else status.st_mtime


def _is_folder(path: Path) -> bool:
    status = _status(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):  # ValueError: a NUL inside
        return None
