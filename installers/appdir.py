"""The AppDir: the whole program in one folder that runs from anywhere, and packed into one file.
An AppImage is that file behind a small runtime, which a release adds."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import programs
import share
import trial

PACKING = ("-noappend", "-all-root", "-no-xattrs", "-processors", "1", "-comp", "zstd", "-quiet")


def build(out: Path, bundle: Path, version: str, when: int) -> Path:
    """Make the AppDir of the one-dir `bundle`, packed by mksquashfs, in the folder `out`. `when`,
    in seconds since 1970, is the time of everything in it: the same input gives the same bytes."""
    programs.need({"mksquashfs": "squashfs-tools"})
    image = out / f"trayapp-{version}.AppDir.squashfs"
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "trayapp.AppDir"
        lay(top, bundle, version, when)
        share.settle(top, when)
        subprocess.run(
            ["mksquashfs", str(top), str(image), *PACKING],
            env={**os.environ, "SOURCE_DATE_EPOCH": str(when)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return image


def check(image: Path) -> None:
    """Extract it and start what is in it, as an AppImage does where it cannot be mounted.

    Raises: SystemExit naming what is wrong.
    """
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "moved"
        extract = ["unsquashfs", "-quiet", "-no-progress", "-dest", str(top), str(image)]
        subprocess.run(extract, stdout=subprocess.DEVNULL, check=True)
        command = [str(top / "AppRun")]
        print(f"  {trial.run(command)}")
        trial.selftest(command)
        print("  selftest passed")


def prove(image: Path) -> None:
    """Build it again: the same bytes. Raises: SystemExit when they are not."""
    share.twice(build, image)


def lay(top: Path, bundle: Path, version: str, when: int) -> None:
    """Put all files in their places below `top` (the AppDir specification of AppImage)."""
    shutil.copytree(bundle, top / "usr/lib/trayapp", symlinks=True)
    (top / "usr/bin").mkdir()
    (top / "usr/bin/trayapp").symlink_to("../lib/trayapp/trayapp")
    share.lay(top / "usr/share", version, when)
    (top / "AppRun").symlink_to("usr/lib/trayapp/trayapp")
    (top / "trayapp.desktop").symlink_to("usr/share/applications/trayapp.desktop")
    (top / "trayapp.png").symlink_to("usr/share/icons/hicolor/256x256/apps/trayapp.png")
    (top / ".DirIcon").symlink_to("trayapp.png")


def join(runtime: Path, sha256: str, image: Path, out: Path) -> Path:
    """Make an AppImage of the packed AppDir `image`. Raises: ValueError when `runtime` is not the
    file with this sum."""
    start = runtime.read_bytes()
    if (found := hashlib.sha256(start).hexdigest()) != sha256:
        raise ValueError(f"{runtime} has the SHA-256 sum {found}, not {sha256}.")
    made = out / f"{image.name.removesuffix('.AppDir.squashfs')}.AppImage"
    made.write_bytes(start + image.read_bytes())
    made.chmod(0o755)
    return made
