"""What is on a Windows made of Wine at some moment: all its files, and what its registry has of its
user and of programs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from prefix import Windows

OF_ALL_USERS = r"HKLM\Software\Microsoft\Windows\CurrentVersion"

NOT_COMPARED = (
    # The copy that an uninstaller makes of itself; Windows deletes it at its next start.
    re.compile(r"users/[^/]+/Temp/~nsu\w*\.tmp(/.*)?"),
    # What Wine notes of its consoles and its screen, whatever is run.
    re.compile(r"HKEY_CURRENT_USER\\(Console|Software\\Wine)(\\.*)?"),
)


@dataclass(frozen=True, slots=True)
class Inventory:
    """`files` are below drive C, folders among them; `keys` as `prefix.values_of` has them."""

    files: frozenset[str]
    keys: Mapping[str, str]


def take(windows: Windows) -> Inventory:
    keys = windows.registry("HKCU")
    for name in ("Uninstall", "Run", "App Paths"):
        keys |= windows.registry(rf"{OF_ALL_USERS}\{name}")
    return Inventory(frozenset(windows.files()), keys)


def difference(before: Inventory, after: Inventory, kept: str = "") -> list[str]:
    """What is there and was not, or is not any more, or is another; less what is `NOT_COMPARED`,
    and less the folder `kept`."""
    files = [one for one in before.files ^ after.files if not _is_in(one, kept)]
    keys = [key for key, _ in before.keys.items() ^ after.keys.items()]
    names = sorted({*files, *keys})
    return [name for name in names if not any(one.fullmatch(name) for one in NOT_COMPARED)]


def _is_in(file: str, folder: str) -> bool:
    return bool(folder) and f"{file}/".startswith(f"{folder}/")
