"""A folder like a real project, with as many files and folders as asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FAN = 8
"""Folders in a folder: eight thousand of them lie five deep."""

OWN = 16
"""One file, and one folder, of so many is the user's own; the others are packages and history."""

HISTORY = 256
"""Folders of `.git/objects`, at most."""

SIZE = 2000
PACKAGE = 33
"""Files of a package that is installed and removed; each is written twice."""


@dataclass(frozen=True, slots=True)
class Project:
    """A folder on disk. `own` are the folders in which its user saves, `installed` is the one that
    package managers write to."""

    top: Path
    own: Sequence[Path]
    installed: Path

    def save(self, name: str, content: str) -> None:
        """Write a file in one of the user's folders, another one for each name."""
        place = sum(name.encode()) % len(self.own)
        (self.own[place] / name).write_text(content)

    def install(self, operations: int) -> Iterator[int]:
        """Make packages, write their files twice, and remove them, as fast as the disk does it.
        Counts the operations that are done; leaves nothing behind."""
        done = 0
        while done < operations:
            package = self.installed / f"package-{done}"
            package.mkdir()
            files = [package / f"{number}.js" for number in range(PACKAGE)]
            for content in ("", "module.exports = 1\n"):
                for file in files:
                    file.write_text(content)
            for file in files:
                file.unlink()
            package.rmdir()
            done += 3 * len(files) + 2
            yield done


def project(top: Path, files: int, folders: int) -> Project:
    """Most of it in `node_modules` and `.git`, the rest below `src`."""
    history = min(HISTORY, folders // OWN)
    own = _fill(top / "src", files // OWN, folders // OWN)
    _fill(top / ".git" / "objects", files // OWN, history)
    installed = top / "node_modules"
    _fill(installed, files - 2 * (files // OWN), folders - folders // OWN - history - 2)
    return Project(top, own, installed)


def all_own(top: Path, files: int, folders: int) -> Project:
    """Nothing in it is anybody else's."""
    own = _fill(top / "src", files, folders - 2)
    installed = top / "node_modules"
    installed.mkdir()
    return Project(top, own, installed)


def _fill(top: Path, files: int, folders: int) -> list[Path]:
    """The folders, `top` among them, with the files evenly in them, no two alike."""
    made = [top]
    for number in range(1, folders):
        made.append(made[(number - 1) // FAN] / f"part-{number}")
    for folder in made:
        folder.mkdir(parents=True)
    for number in range(files):
        path = made[number % folders] / f"file-{number}.js"
        path.write_text(f"export const value{number} = {number};\n".ljust(SIZE, "/"))
    return made
