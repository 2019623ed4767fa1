"""Autostart: the switch. It is on when the entry of this system starts a trayapp that is there."""

import logging
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trayapp.desktop.autostart.command import Program, command, is_ours, without_env
from trayapp.desktop.autostart.entry import Entry, FileEntry
from trayapp.errors import TrayAppError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Autostart:
    """Nothing is kept here: the entry is what counts, and its user may change it by hand. Safe
    from any thread."""

    entry: Entry
    program: Program
    environ: Mapping[str, str]

    def command(self) -> tuple[str, ...]:
        """What is started at login; empty when nothing is, or a program that is gone."""
        try:
            found = self.entry.starts()
        except OSError as error:
            logger.warning("Cannot read what starts at login: %s", error)
            return ()
        if found is None:
            return ()
        words, needed = without_env(found[0]), found[1]
        there = is_ours(words) and all(map(shutil.which, filter(None, (words[0], needed))))
        return words if there else ()

    def on(self) -> bool:
        """Whether a trayapp starts at login."""
        return bool(self.command())

    def switch(self, on: bool) -> None:
        """From the next login on, or no longer. An entry that starts a trayapp stays as it is.

        Raises: TrayAppError.
        """
        try:
            if not on:
                self.entry.remove()
            elif not self.on():
                self.entry.write(command(self.program, self.environ))
        except (OSError, ValueError) as error:  # a path may be no text
            raise TrayAppError(
                f"Cannot change what starts at login: {error}.",
                "Make that place writable for your account, and try again.",
            ) from error


def here() -> Autostart:
    """The switch of this user on this system. Touches no file."""
    program = Program(Path(sys.executable), sys.platform, frozen=hasattr(sys, "frozen"))
    return Autostart(_entry(sys.platform, os.environ, Path.home()), program, os.environ)


def _entry(platform: str, environ: Mapping[str, str], home: Path) -> Entry:
    """Imports only what this system needs: reading property lists costs a megabyte."""
    if platform == "win32":
        from trayapp.desktop.autostart.registry import CurrentUser, RunEntry

        return RunEntry(CurrentUser())
    if platform == "darwin":
        from trayapp.desktop.autostart import launchagent

        file = launchagent.folder(home) / launchagent.NAME
        return FileEntry(file, launchagent.content, launchagent.starts)
    from trayapp.desktop.autostart import freedesktop

    file = freedesktop.folder(environ, home) / freedesktop.NAME
    return FileEntry(file, freedesktop.content, freedesktop.starts)
