"""The bundle: trayapp with a Python of its own in one folder, made by PyInstaller from build.spec.
Every other artefact is this folder, packed in the way of a system."""

import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import contents
import runpaths
import sums
import trial
from version import ROOT, moment

NAME = "trayapp"
MB = 1_000_000
MAX_SIZE = {"linux": 35 * MB, "win32": 45 * MB}
"""Of one folder. Windows has two programs, each with all modules in it. That of macOS is not known
yet."""
MAX_READY = 0.5
MAX_MEMORY = 1.10
"""Resident memory, as a share of what the unfrozen program takes on the same machine."""
ROUNDS = 5


def build(out: Path) -> Path:
    """Make the folder `trayapp` in `out`; on macOS beside it `trayapp.app`."""
    bundle = out / NAME
    shutil.rmtree(bundle, ignore_errors=True)
    with tempfile.TemporaryDirectory() as work:
        made = subprocess.run(
            [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
            + ["--distpath", str(out), "--workpath", work, str(ROOT / "build.spec")],
            cwd=ROOT,
            env={**os.environ, **same_each_time(moment())},
            check=False,
        )
    if made.returncode:
        raise SystemExit("PyInstaller could not make the bundle; see above.")
    if sys.platform == "linux":
        runpaths.remove(bundle)
    return bundle


def same_each_time(when: int) -> dict[str, str]:
    """What makes PyInstaller give the same bytes for the same sources. The dummy of pystray is for
    machines without a display, where its hook cannot import it otherwise."""
    return {
        "SOURCE_DATE_EPOCH": str(when),
        "PYTHONHASHSEED": "0",
        "PYSTRAY_BACKEND": "dummy",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def program(bundle: Path) -> Path:
    """What starts the bundle and answers in a terminal."""
    return bundle / (f"{NAME}.exe" if sys.platform == "win32" else NAME)


def check(artefact: Path) -> None:
    """Look into it, start it, use it. Raises: SystemExit naming what is wrong."""
    _within("size in MB", size(artefact) / MB, MAX_SIZE.get(sys.platform, math.inf) / MB)
    if lacking := missing(artefact):
        raise SystemExit(f"Not in the bundle: {', '.join(lacking)}")
    command = [str(program(artefact))]
    print(f"  {trial.run(command)}")
    if sys.platform == "linux":
        trial.without_terminal(command)
        print("  works without a terminal, and leaves a browser its own libraries")
    trial.selftest(command)
    print("  selftest passed")


def prove(artefact: Path) -> None:
    """What takes longer: the same bytes twice, and no slower or larger than without the bundle."""
    compare([str(program(artefact))], [sys.executable, "-m", "trayapp"])
    with tempfile.TemporaryDirectory() as folder:
        again = sums.of_folder(build(Path(folder)))
    if again != (first := sums.of_folder(artefact)):
        raise SystemExit(f"Built twice, two bundles: {first} and {again}.")
    print(f"  built twice, the same: {first}")


def missing(artefact: Path) -> list[str]:
    """What the package has and the bundle has not: modules, whoever imports them, and files."""
    from PyInstaller.archive.readers import CArchiveReader

    held = CArchiveReader(str(program(artefact))).open_embedded_archive("PYZ.pyz").toc
    files = {file.relative_to(ROOT) for file in contents.files_of(ROOT / NAME)}
    inside = artefact / "_internal"
    return [
        *sorted(set(contents.modules_of(ROOT, sys.platform)) - set(held)),
        *sorted(file.as_posix() for file in files if not (inside / file).is_file()),
    ]


def compare(frozen: Sequence[str], unfrozen: Sequence[str]) -> None:
    """Start both in turns and hold the frozen one to the other. Raises: SystemExit."""
    pairs = [(trial.run(frozen), trial.run(unfrozen)) for _ in range(ROUNDS)]
    ready, other = (statistics.median(pair[side].ready for pair in pairs) for side in (0, 1))
    mine, theirs = (statistics.median(pair[side].resident for pair in pairs) for side in (0, 1))
    print(f"  start to READY {ready:.2f} s (unfrozen {other:.2f} s), median of {ROUNDS}")
    print(f"  resident {mine / MB:.1f} MB (unfrozen {theirs / MB:.1f} MB), median of {ROUNDS}")
    _within("seconds to READY", ready, MAX_READY)
    _within("memory, beside the unfrozen program", mine / theirs, MAX_MEMORY)


def size(folder: Path) -> int:
    """Bytes of all files in it; a link counts nothing."""
    files = (file for file in folder.rglob("*") if not file.is_symlink() and file.is_file())
    return sum(file.stat().st_size for file in files)


def _within(what: str, value: float, limit: float) -> None:
    print(f"  {what}: {value:.2f}, at most {limit:g}")
    if value > limit:
        raise SystemExit(f"Too much: {what} is {value:.2f}, at most {limit:g} is allowed.")
