"""The folders below a path, for a dashboard that must let the user choose one.

A browser never tells a page where a file lies, so the chooser walks this computer's folders
through us. Only names of folders are given, and only to who holds the control token.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from trayapp.errors import TrayAppError

MANY = 1000
"""How many names a listing holds at most."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The folders in `path`. `path` and `parent` are absolute; `parent` is None at the top."""

    path: str
    parent: str | None
    folders: list[str]


def listing(typed: str, home: Path) -> Listing:
    """The folders in `typed`, or, when it is no folder, those beside it that complete its last
    name. Empty means `home`, and `~` stands for it. Hidden folders come only when asked for.

    Raises: TrayAppError when the path is relative, does not exist or may not be read.
    """
    path = _absolute(typed, home)
    if _is_folder(path):
        return _listed(path, "")
    if not _is_folder(path.parent):
        raise TrayAppError(f"There is no folder {path.parent}.", "Choose one that exists.")
    return _listed(path.parent, path.name)


def _absolute(typed: str, home: Path) -> Path:
    if typed == "~" or typed.startswith(("~/", "~\\")):
        typed = str(home) + typed[1:]
    if "\0" in typed or not (path := Path(typed or home)).is_absolute():
        raise TrayAppError("The path is not a full one.", f"For example: {home}")
    return Path(os.path.normpath(path))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name too long, one that cannot be encoded, no permission
        return False


def _listed(path: Path, beginning: str) -> Listing:
    try:
        with os.scandir(path) as entries:
            names = [entry.name for entry in entries if _is_wanted(entry, beginning)]
    except PermissionError as error:
        raise TrayAppError(f"You may not read the folder {path}.", "Choose another.") from error
    except OSError as error:
        raise TrayAppError(f"The folder {path} cannot be read: {error.strerror}.") from error
    parent = None if path.parent == path else str(path.parent)
    return Listing(str(path), parent, sorted(names, key=str.casefold)[:MANY])


def _is_wanted(entry: "os.DirEntry[str]", beginning: str) -> bool:
    name = entry.name
    if not name.casefold().startswith(beginning.casefold()):
        return False
    if name.startswith(".") and not beginning.startswith("."):
        return False
    try:
        name.encode()  # a name that is no text could not be sent back to us
        return entry.is_dir()
    except (OSError, UnicodeEncodeError):
        return False
