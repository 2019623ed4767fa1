"""Consent: in which watched folders a command of `[[on_change]]` may run.

A command such as `make` runs what lies in the folder. One that the user wrote for any folder must
not run in one that the user did not choose: a folder added by a dashboard, which may be in other
hands, or one that belongs to another user. It waits there until the user says yes, by the command
line or the tray. No dashboard can say it, not even one whose connection was this user's: its token
may have been carried elsewhere since.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from trayapp.config import real


class Consent:
    """Which folders, by their real paths. Safe from any thread."""

    def __init__(self, allowed: Iterable[Path]) -> None:
        self._lock = Lock()
        self._allowed = {real(path) for path in allowed}
        self._added: set[Path] = set()

    def added_by_dashboard(self, path: Path) -> None:
        """A dashboard had this folder watched."""
        with self._lock:
            self._added.add(real(path))

    def added_by_user(self, path: Path) -> None:
        """The user had this folder watched, by name."""
        with self._lock:
            self._added.discard(real(path))

    def allow(self, path: Path) -> Path:
        """The user says yes to this folder; its real path."""
        place = real(path)
        with self._lock:
            self._allowed.add(place)
        return place

    def may_run(self, path: Path, *, named: bool) -> bool:
        """Whether a command may run in this folder. `named`: it was written for the root's label,
        so that another owner is meant; a label can be taken by a folder of a dashboard all the
        same."""
        place = real(path)
        with self._lock:
            if place in self._allowed:
                return True
            if place in self._added:
                return False
        return named or is_ours(place)


def is_ours(folder: Path) -> bool:
    """Whether this user owns the folder; always, on systems whose users have no number."""
    if sys.platform == "win32":
        return True
    try:
        return folder.stat().st_uid == os.geteuid()
    except OSError:
        return False
