"""The entry of Windows: a value below the user's Run key.

Microsoft's "Run and RunOnce Registry Keys". What is switched off in the Task Manager is noted
beside it, in StartupApproved, which is documented nowhere. Tried under Wine, which does not heed
those notes.
"""

import re
import subprocess
import sys
from typing import Protocol

from trayapp.desktop.autostart.command import Command
from trayapp.desktop.autostart.entry import Starts
from trayapp.errors import TrayAppError

RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED_KEY = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
VALUE = "trayapp"

LONGEST = 260
"""Characters that a value of the Run key may have."""

_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')


class Values(Protocol):
    """Values of HKEY_CURRENT_USER. All raise OSError."""

    def get(self, key: str, name: str) -> str | bytes | None:
        """None when there is no such value."""
        ...

    def set(self, key: str, name: str, text: str) -> None: ...

    def delete(self, key: str, name: str) -> None:
        """Idempotent."""
        ...


class RunEntry:
    """TRAYAPP_HOME cannot be said here: it has to be a variable of the user's account."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def starts(self) -> Starts:
        """The lowest bit of Task Manager's note is set where it was switched off."""
        line = self._values.get(RUN_KEY, VALUE)
        noted = self._values.get(APPROVED_KEY, VALUE)
        if not isinstance(line, str) or (isinstance(noted, bytes) and noted[:1] and noted[0] & 1):
            return None
        return words(line), ""

    def write(self, command: Command) -> None:
        """Raises: TrayAppError when the command is too long for Windows."""
        self._values.set(RUN_KEY, VALUE, content(command))
        self._values.delete(APPROVED_KEY, VALUE)

    def remove(self) -> None:
        for key in (RUN_KEY, APPROVED_KEY):
            self._values.delete(key, VALUE)


def content(command: Command) -> str:
    """The value. Raises: TrayAppError when it is too long for Windows."""
    line = subprocess.list2cmdline(command.words)
    if len(line) > LONGEST:
        raise TrayAppError(
            f"Windows starts nothing at login whose command has more than {LONGEST} characters: "
            f"{line}",
            "Install trayapp in a folder with a shorter path.",
        )
    return line


def words(line: str) -> tuple[str, ...]:
    """The words of a command line; a path has no quotes in it."""
    return tuple(word.replace('"', "") for word in _WORD.findall(line))


class CurrentUser:
    """`Values` of the real registry. winreg is imported where it is: on Windows alone."""

    def get(self, key: str, name: str) -> str | bytes | None:
        if sys.platform == "win32":
            import winreg

            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                    value, _kind = winreg.QueryValueEx(opened, name)
            except FileNotFoundError:
                return None
            return value if isinstance(value, str | bytes) else None
        raise NotImplementedError(sys.platform)

    def set(self, key: str, name: str, text: str) -> None:
        if sys.platform == "win32":
            import winreg

            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:
                winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, text)

    def delete(self, key: str, name: str) -> None:
        if sys.platform == "win32":
            import contextlib
            import winreg

            with (
                contextlib.suppress(FileNotFoundError),
                winreg.OpenKey(
                    winreg.HKEY_CURRENT_USER, key, access=winreg.KEY_SET_VALUE
                ) as opened,
            ):
                winreg.DeleteValue(opened, name)
