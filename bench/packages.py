"""The programs from npm, below this folder: installed by `scripts/bench` and only when asked."""

import platform
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent / "node_modules"
NODE = (20, 19)
"""The oldest one that all of them run on, as package.json says."""

ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}
"""What npm calls the machines that Linux runs on."""


def missing(name: str, measurement: str) -> str:
    """Why the package called `name` cannot be used, or nothing."""
    there = _node()
    if there < NODE:
        found = ".".join(map(str, there)) or "none"
        return f"{name} needs node {NODE[0]}.{NODE[1]} or newer; found: {found}."
    if not (HERE / name).is_dir():
        return f"{name} is not installed (scripts/bench {measurement} --against all does it)."
    return ""


def _node() -> tuple[int, ...]:
    """Its version; nothing when it is not there."""
    if shutil.which("node") is None:
        return ()
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return tuple(map(int, re.findall(r"\d+", said.stdout)[:2]))


def esbuild() -> str:
    """The program itself. The script in front of it would leave it running when terminated."""
    machine = platform.machine()
    machine = ARCHITECTURES.get(machine, machine)
    return str(HERE / "@esbuild" / f"linux-{machine}" / "bin" / "esbuild")


def vite() -> list[str]:
    """The beginning of its command, as of those below."""
    return ["node", str(HERE / "vite" / "bin" / "vite.js")]


def servor() -> list[str]:
    return ["node", str(HERE / "servor" / "cli.js")]


def livereload() -> list[str]:
    return ["node", str(HERE / "livereload" / "bin" / "livereload.js")]
