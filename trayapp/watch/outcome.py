"""What surveys and sweeps of watch roots find out, told piece by piece: values, no more."""

from dataclasses import dataclass
from typing import TypeAlias

from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.repository import Repository
from trayapp.watch.root import Root


@dataclass(frozen=True, slots=True)
class Armed:
    """From now on the system reports on `root`, in which `ignore` says what counts, the folders
    `apart` do not, and the links `followed` are folders. `polled` are the folders that are swept as
    well (relative, "" is the root), and `why`."""

    root: Root
    ignore: Ignore
    apart: frozenset[str]
    followed: frozenset[str]
    repository: Repository | None
    polled: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Read:
    """Marks of files that a first scan has read, by path."""

    root: Root
    marks: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """Looks of files that a later survey, or a sweep, has come by, by path."""

    root: Root
    looks: tuple[tuple[str, int], ...]
    swept: bool


@dataclass(frozen=True, slots=True)
class Surveyed:
    """All files of `root` have been told."""

    root: Root


@dataclass(frozen=True, slots=True)
class Swept:
    """All files in `folders` of `root`, and below them, have been told."""

    root: Root
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """`root` is not there; `why` says what is. Its survey goes on when it is back."""

    root: Root
    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A fault of ours has ended a survey or sweep of `root`, which is surveyed again later."""

    root: Root


@dataclass(frozen=True, slots=True)
class Postponed:
    """`root` was surveyed so often that the next survey has to wait; what is known of it counts
    until then, and its folders `polled` are swept."""

    root: Root
    polled: tuple[str, ...]


Outcome: TypeAlias = Armed | Read | Seen | Surveyed | Swept | Missing | Failed | Postponed
