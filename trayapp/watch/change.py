"""A change: which files of a watch root differ since the last time anybody was told."""

from dataclasses import dataclass
from typing import Literal

PathKind = Literal["created", "modified", "deleted"]


@dataclass(frozen=True, slots=True)
class PathChange:
    """One changed file. `path` is relative to the root, POSIX, surrogateescape for odd bytes."""

    path: str
    change: PathKind


@dataclass(frozen=True, slots=True)
class RootChange:
    """What one batch did to one watch root. `time` is Unix time in seconds.

    `paths` is empty when only the fingerprint became known, after the first scan of a root: pages
    that were away compare it, nobody reloads because of it. `within` are the labels of the roots
    this one lies in. `during` names the transaction that held the change back, as `git checkout`.
    `whole`: something was made of these files that is not watched, so that pages cannot tell what
    of them is new.
    """

    label: str
    paths: tuple[PathChange, ...]
    fingerprint: str
    time: float
    within: tuple[str, ...] = ()
    during: str = ""
    whole: bool = False
