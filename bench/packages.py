"""The programs from npm, below this folder: installed by `scripts/bench` and only when asked."""

import platform
import shutil
from pathlib import Path

HERE = Path(__file__).parent / "node_modules"
ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}
"""What npm calls the machines that Linux runs on."""


def missing(name: str, measurement: str) -> str:
    """Why the package called `name` cannot be used, or nothing."""
    if shutil.which("node") is None:
        return f"{name} needs node (Debian: apt-get install nodejs npm)."
    if not (HERE / name).is_dir():
        return f"{name} is not installed (scripts/bench {measurement} --against all does it)."
    return ""


def esbuild() -> str:
    """The program itself. The script in front of it would leave it running when terminated."""
    machine = platform.machine()
    machine = ARCHITECTURES.get(machine, machine)
    return str(HERE / "@esbuild" / f"linux-{machine}" / "bin" / "esbuild")


def vite() -> list[str]:
    return ["node", str(HERE / "vite" / "bin" / "vite.js")]
