"""The setup for Windows, made by makensis of the bundle that was built there. The setup itself is
installers/windows/trayapp.nsi."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import programs
import versioninfo

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "installers" / "windows" / "trayapp.nsi"

PROGRAMS = ("trayapp.exe", "trayappw.exe")
"""For commands, with a terminal; for the menu and the login, without one."""


def build(out: Path, bundle: Path, version: str, when: int) -> Path:
    """Make the setup of the one-dir `bundle` in the folder `out`. `when`, in seconds since 1970, is
    the time of everything in it. Raises: SystemExit when the bundle is not of Windows."""
    for name in PROGRAMS:
        if not (bundle / name).is_file():
            raise SystemExit(f"{bundle} has no {name}: it is not a bundle for Windows.")
    programs.need({"makensis": "nsis", "7z": "p7zip-full"})
    setup = (out / f"trayapp-{version}-setup.exe").resolve()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "trayapp"
        shutil.copytree(bundle, copy)
        (copy / "LICENSE.txt").write_bytes((ROOT / "LICENSE").read_bytes())
        for file in [copy, *copy.rglob("*")]:
            os.utime(file, (when, when))
        subprocess.run(
            ["makensis", "-V2", "-WX", *defines(copy, version, setup), str(SCRIPT)],
            env={**os.environ, "SOURCE_DATE_EPOCH": str(when)},
            check=True,
        )
    return setup


def defines(bundle: Path, version: str, setup: Path) -> list[str]:
    """What makensis is told, as arguments."""
    given = {
        "VERSION": version,
        "NUMBERS": ".".join(str(number) for number in versioninfo.numbers(version)),
        "BUNDLE": str(bundle),
        "ICON": str(ROOT / "assets" / "trayapp.ico"),
        "LICENCE": str(ROOT / "LICENSE"),
        "OUT": str(setup),
    }
    return [f"-D{name}={value}" for name, value in given.items()]


def check(setup: Path) -> None:
    """Look into the setup: it is one of 64 bits, and has the program and its libraries in it.
    Raises: SystemExit. Installing it takes Windows, or Wine: see tests/wine/setuptrial.py."""
    head = setup.read_bytes()[:4096]
    if head[:2] != b"MZ" or b"PE\0\0d\x86" not in head:
        raise SystemExit(f"{setup} is no 64-bit program of Windows.")
    listed = subprocess.run(
        ["7z", "l", "-ba", str(setup)], capture_output=True, text=True, check=True
    ).stdout
    for name in (*PROGRAMS, "_internal", "LICENSE.txt"):
        if name not in listed:
            raise SystemExit(f"{setup} has no {name} in it.")
