"""One watch root: what the watcher keeps of a folder, and how a folder becomes one."""

import math
import os
import shlex
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from trayapp.errors import TrayAppError
from trayapp.state import RootState, RootStatus
from trayapp.watch.batch import Batch
from trayapp.watch.content.fingerprint import Fingerprint
from trayapp.watch.plan import wire_text
from trayapp.watch.repository import Repository
from trayapp.watch.writers import is_written


@dataclass(slots=True, eq=False)
class Root:
    """The fields belong to the thread `trayapp-batch`. `picture`, `apart` and `scanned` may be read
    by anybody; the watcher sets `apart`, `within` and `removed`."""

    picture: RootState
    fingerprint: Fingerprint
    batch: Batch
    apart: frozenset[str] = frozenset()
    """Folders in it, relative, that do not count: roots of their own, and what trayapp keeps."""
    within: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()
    """What was apart when the root was armed last."""
    returned: frozenset[str] = frozenset()
    """Folders that count again: their files are taken in without a word."""
    removed: bool = False
    surveying: bool = False
    again: bool = False
    """Somebody was unsure while a survey went on: one more."""
    scanned: bool = False
    """The content of all files has been known once."""
    doubted: set[str] = field(default_factory=set)
    """Paths that changed while the first scan took them in; nobody can tell before from after."""
    seen: set[str] = field(default_factory=set)
    """The files that the present survey or sweep has found."""
    differing: list[str] = field(default_factory=list)
    """Those among them that do not look as they are known."""
    repository: Repository | None = None
    held: bool = False
    """A transaction has held the batch back."""
    painted: float = 0.0
    failed: float = -math.inf
    """When a fault of ours was met last, by the monotonic clock."""

    @property
    def known(self) -> str:
        """The fingerprint; empty before the content of all files has been known once."""
        return str(self.fingerprint) if self.scanned else ""

    def repaint(self, status: RootStatus, detail: str = "") -> bool:
        """Bring the picture up to date; returns whether the status or its detail is news."""
        old = self.picture
        self.picture = replace(
            old,
            status=status,
            detail=detail,
            files=self.fingerprint.files,
            fingerprint=self.known,
            within=self.within,
        )
        return (old.status, old.detail) != (status, detail)

    def overlook(self) -> None:
        """Forget what a survey or sweep has found that will not come to its end."""
        self.seen.clear()
        self.differing.clear()

    def look(self, path: str) -> tuple[int, int] | None:
        """Size in bytes and modification time in ns of the regular file at `path`."""
        try:
            status = os.lstat(f"{self.picture.path}/{path}")
        except OSError:
            return None
        return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None

    def is_whole(self, path: str) -> bool:
        """True for a file with content that no program has open for writing."""
        return is_written(f"{self.picture.path}/{path}")

    def doubts(self, path: str) -> bool:
        """Whether `path`, or a folder it lies in, is among the doubted."""
        while path:
            if path in self.doubted:
                return True
            path = path.rpartition("/")[0]
        return False

    def has_returned(self, path: str) -> bool:
        """Whether `path` lies in a folder that counts again."""
        return any(path.startswith(f"{folder}/") for folder in self.returned)


def folder_at(path: str) -> str:
    """The absolute form of a folder a user named; `~` is the home folder.

    Raises: TrayAppError when it cannot be made out.
    """
    if not path.strip():
        raise TrayAppError("No folder was named.", "Name one, for example: trayapp run ~/site")
    try:
        return os.path.normpath(Path(path).expanduser().absolute())
    except RuntimeError as error:  # the home of an unknown user
        raise _missing(path) from error


def check_folder(folder: str) -> None:
    """Raises: TrayAppError when `folder` is not a folder that can be read."""
    problem = _problem_with(folder)
    if problem is not None:
        raise problem


def readable(folder: str) -> bool:
    """Whether `folder` is there and can be listed."""
    try:
        os.scandir(folder).close()
    except (OSError, ValueError):
        return False
    return True


def label_for(folder: str, taken: Iterable[str]) -> str:
    """The folder's name, with a number behind it when that is taken."""
    name = wire_text(Path(folder).name) or "root"
    used, label, number = set(taken), name, 2
    while label in used:
        label, number = f"{name}-{number}", number + 1
    return label


def _problem_with(folder: str) -> TrayAppError | None:
    try:
        os.scandir(folder).close()
    except (FileNotFoundError, ValueError):  # ValueError: a NUL inside
        return _missing(folder)
    except NotADirectoryError:
        parent = str(Path(folder).parent)
        return TrayAppError(
            f"{folder} is a file, not a folder.",
            f"Watch the folder it lies in: trayapp run {shlex.quote(parent)}",
        )
    except PermissionError:
        return TrayAppError(
            f"The folder {folder} may not be read by this user.",
            f"See who may: ls -ld {shlex.quote(folder)}",
        )
    except OSError as error:
        return TrayAppError(
            f"The folder {folder} cannot be read: {error.strerror}.",
            f"Look yourself: ls {shlex.quote(folder)}",
        )
    return None


def _missing(folder: str) -> TrayAppError:
    shown = folder.replace("\0", "\\0")
    return TrayAppError(
        f"The folder {shown} does not exist.",
        f"Check the spelling, or make it: mkdir -p {shlex.quote(shown)}",
    )
