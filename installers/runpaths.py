"""Run paths: where a library looks for others first. A Python that its user has built names the
folders of that computer, and a bundle with them would load what somebody puts there."""

import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

_ELF = b"\x7fELF"


def remove(bundle: Path) -> None:
    """Take them out of all programs and libraries of the folder. What stays is what leads to a
    neighbour of the library itself: `$ORIGIN`."""
    for file in _binaries(bundle):
        if not all(path.startswith("$ORIGIN") for path in of(file)):
            _patchelf("--remove-rpath", str(file))


def of(file: Path) -> list[str]:
    """The run paths of a program or library."""
    return [path for path in _patchelf("--print-rpath", str(file)).strip().split(":") if path]


def _binaries(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink():
            with file.open("rb") as opened:
                if opened.read(len(_ELF)) == _ELF:
                    yield file


def _patchelf(*words: str) -> str:
    """What it says. Raises: CalledProcessError."""
    program = Path(sysconfig.get_path("scripts"), "patchelf")
    return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout
