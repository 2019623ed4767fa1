"""Which folders may be watched, and the sentence that says why one may not."""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from trayapp.config.keys import RootEntry, real
from trayapp.errors import TrayAppError, Unconfirmed


def folder(text: str | Path, *, wide: bool = False) -> Path:
    """The absolute path of a folder that exists and can be read. `wide` allows those that are
    much too large or private to be watched by mistake: a drive, the home folder, ~/.ssh.

    Raises: TrayAppError, Unconfirmed when only `wide` is missing.
    """
    # Not resolve(): a link keeps the name its user knows it by.
    path = Path(os.path.abspath(os.path.expanduser(text)))  # noqa: PTH100, PTH111
    _exists(path)
    if not os.access(path, os.R_OK | os.X_OK):
        raise TrayAppError(
            f"No permission to read the folder {path}.",
            "Watch a folder that is yours, or have its owner let you read it.",
        )
    if not wide and is_wide(path):
        raise Unconfirmed(
            f"{path} is too wide or too private to be watched by mistake.",
            f'Name a folder inside it, or if you mean it: trayapp run --wide "{path}"',
        )
    return path


def settle(entries: Iterable[RootEntry]) -> tuple[tuple[RootEntry, ...], tuple[str, ...]]:
    """The folders of `entries`, and a warning for each that cannot be watched now: a drive that is
    not plugged in is waited for, and must not keep the rest from starting.

    A folder that is there twice, by any of its names, counts once. Those with a label come first,
    so that no label made from a folder's name takes theirs; the second with the same loses it. The
    folder is shared when it is by any of its names, and the user's choice likewise.
    """
    found: dict[Path, RootEntry] = {}
    warnings, labels = [], {""}
    for entry in sorted(entries, key=lambda entry: not entry.label):
        try:
            folder(entry.path, wide=True)
        except TrayAppError as error:
            warnings.append(f"{error.message} It is watched once it can be.")
        place = real(entry.path)
        known = entry.label in labels
        if place not in found:
            found[place] = replace(entry, label="") if known else entry
            labels.add(entry.label)
        else:
            first = found[place]
            found[place] = replace(
                first,
                shared=first.shared or entry.shared,
                dashboard=first.dashboard and entry.dashboard,
            )
    return tuple(found.values()), tuple(warnings)


def is_wide(path: Path) -> bool:
    """Whether `path` is the root of a drive, the home folder, a folder above it, or ~/.ssh."""
    place, home = path.resolve(), Path.home().resolve()
    return (
        place == place.parent
        or place == home
        or place in home.parents
        or _is_in(place, home / ".ssh")
    )


def _is_in(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents


def _exists(path: Path) -> None:
    try:
        if path.is_dir():
            return
        found = path.exists()
    except OSError as error:
        raise TrayAppError(
            f"Cannot look at {path}: {error.strerror}.", "Name another folder."
        ) from error
    if found:
        raise TrayAppError(
            f"{path} is a file, not a folder.",
            f'Watch the folder it is in: trayapp run "{path.parent}"',
        )
    raise TrayAppError(
        f"The folder {path} does not exist.", f'Check the spelling, or make it: mkdir "{path}"'
    )
