"""Which version is built, from which sources, and the time that everything in it gets."""

import os
import subprocess
from pathlib import Path

from trayapp import __version__ as VERSION

__all__ = ["ROOT", "VERSION", "changed", "moment"]

ROOT = Path(__file__).resolve().parent.parent


def moment(root: Path = ROOT) -> int:
    """Seconds since 1970: SOURCE_DATE_EPOCH, else the time of the last commit. Never that of now:
    the same sources give the same bytes.

    Raises: SystemExit where there is neither.
    """
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    try:
        return int(_git(root, "log", "-1", "--format=%ct"))
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        raise SystemExit(
            f"{root} is no clone with a commit, so what is built has no time.\n"
            "Name one in seconds since 1970: SOURCE_DATE_EPOCH=1790000000 scripts/build"
        ) from error


def changed(root: Path = ROOT) -> list[str]:
    """What differs from the last commit, a line per file as `git status --short` has it.

    Raises: subprocess.CalledProcessError outside of a clone.
    """
    return _git(root, "status", "--porcelain").splitlines()


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", root, *words], capture_output=True, text=True, encoding="utf-8", check=True
    )
    return done.stdout
