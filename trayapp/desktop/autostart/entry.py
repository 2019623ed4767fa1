"""An entry that is a file, as on Linux and macOS. The one place that reads and writes it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from trayapp.desktop.autostart.command import Command
from trayapp.paths import make_folder, write_private

Starts = tuple[tuple[str, ...], str] | None
"""The words that are run at login, and a program that has to be there for it, or empty; None when
nothing is run."""


class Entry(Protocol):
    """What the system reads at login. All raise OSError."""

    def starts(self) -> Starts:
        """What it runs."""
        ...

    def write(self, command: Command) -> None:
        """Have it run `command`, whatever it ran before."""
        ...

    def remove(self) -> None:
        """Have it run nothing. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class FileEntry:
    """`content` makes the text of `file` and `read` understands it."""

    file: Path
    content: Callable[[Command], str]
    read: Callable[[str], Starts]

    def starts(self) -> Starts:
        try:
            return self.read(self.file.read_text("utf-8", errors="replace"))
        except FileNotFoundError:
            return None

    def write(self, command: Command) -> None:
        """A link is replaced, never what it leads to: that may be a file of the system."""
        make_folder(self.file.parent)
        write_private(self.file, self.content(command))

    def remove(self) -> None:
        self.file.unlink(missing_ok=True)
