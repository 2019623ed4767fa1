"""A file that is made and deleted at once, to see whether the system tells of it."""

import secrets
import threading
from pathlib import Path

from trayapp.openfolder import open_folder

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
        try:
            with open_folder(Path(folder)) as there:
                there.create(self._name, mode=0o600)
                there.remove(self._name)
        except OSError:
            return None
        return self._noticed.wait(timeout)
