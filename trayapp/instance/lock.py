"""The lock that makes a process the one instance."""

import os
import sys
from pathlib import Path

from trayapp.errors import TrayAppError


class Lock:
    """The right to be the one instance. The system frees it when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Whether this process now holds it. Never waits. Raises: TrayAppError without access."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise TrayAppError(
                f"Cannot open {self._path}: {error.strerror}.",
                "Make it writable, or use another home: TRAYAPP_HOME=/some/folder trayapp run",
            ) from error
        if not _lock(handle):
            os.close(handle)
            return False
        self._file = handle
        return True

    def release(self) -> None:
        """Let the next one in; nothing when it is not held."""
        handle, self._file = self._file, None
        if handle is not None:
            os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
