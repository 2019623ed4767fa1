"""A file that is made and deleted at once, to see whether the system tells of it."""

import os
import secrets
import threading

PREFIX = ".trayapp-probe-"
"""Files whose names begin so are nobody's news."""


class ProbeFile:
    """One self-test in one folder. `notice` is called by the thread that hears."""

    def __init__(self) -> None:
        self._name = PREFIX + secrets.token_hex(4)
        self._noticed = threading.Event()

    def notice(self, name: str) -> None:
        """A file called `name` was told of."""
        if name == self._name:
            self._noticed.set()

    def comes_through(self, folder: str, timeout: float) -> bool | None:
        """Whether it is noticed within `timeout` seconds; None when `folder` cannot be written."""
        path = f"{folder}/{self._name}"
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError:
            return None
        try:
            os.unlink(path)  # noqa: PTH108
        except OSError:
            return None
        return self._noticed.wait(timeout)
