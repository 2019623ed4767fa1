"""A setup for Windows that is built and tried under Wine: for tests only, for the Python in it was
repacked by others. What people get is built on Windows: docs/decisions/0018-a-windows-of-wine.md"""

import re
import sys
import tempfile
import time
from pathlib import Path

import bundle
import cache
import nsis
import prefix
import programs
import setuptrial
import winpython
from version import ROOT, VERSION, moment

sys.path.append(str(ROOT))  # last, for this folder is called like a package of PyPI

from tests.rig.screen import display_server

NEEDED = {
    "wine": "wine wine64",
    "wineserver": "wine wine64",
    "makensis": "nsis",
    "7z": "p7zip-full",
    "Xvfb": "xvfb",
}
BUILD_SECONDS = 900

_NOISE = re.compile(r"could not resolve 'api-ms-win-|^\d+ INFO: ")
"""Wine 8 has no files of those libraries, which PyInstaller looks for: it has them built in."""


def build(out: Path) -> Path:
    """Make `wine/trayapp` and the setup of it in `out`: in a folder of their own, so that nobody
    takes them for what is released, and no sum is made of them."""
    if sys.platform != "linux":
        raise SystemExit("Wine is for Linux. Here it is: scripts/build bundle nsis")
    programs.need(NEEDED)
    place = out / "wine"
    place.mkdir(exist_ok=True)
    python = winpython.make()
    began = time.monotonic()
    _bundle(python, place)
    packed = time.monotonic()
    setup = nsis.build(place, place / bundle.NAME, VERSION, moment())
    took, more = packed - began, time.monotonic() - packed
    size = setup.stat().st_size / bundle.MB
    print(f"  bundle built and tried in {took:.0f} s, setup of {size:.1f} MB in {more:.0f} s more")
    return setup


def check(artefact: Path) -> None:
    """Look into the setup, install it, use it, upgrade it, remove it. Raises: SystemExit."""
    nsis.check(artefact)
    setuptrial.check(artefact, artefact.with_name(bundle.NAME))


def _bundle(python: Path, place: Path) -> None:
    """What `scripts/build bundle` does on Windows, trial included; that shows an icon."""
    folder = cache.folder("wine")
    with (
        tempfile.TemporaryDirectory() as logs,
        display_server(Path(logs)) as display,
        prefix.windows(folder / "prefix", folder / "home") as windows,
    ):
        environ = {
            "PYTHONPATH": windows.path(ROOT),
            "PYTHONUTF8": "1",
            "SOURCE_DATE_EPOCH": str(moment()),
        }
        windows.begin(DISPLAY=display)
        building = windows.start(
            *(python, ROOT / "installers" / "build.py", "bundle", "--out", place),
            environ=environ,
            heard=tell,
        )
        done = building.wait(BUILD_SECONDS)
    if done.code:
        raise SystemExit(f"The bundle for Windows was not built; it ended with {done.code}.")


def tell(line: str) -> None:
    """Pass on what is said there, less what only Wine leads to."""
    if not _NOISE.search(line):
        print(f"  {line}", flush=True)
