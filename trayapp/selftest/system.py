"""The system that a report is about: versions, and nothing that says whose it is."""

import os
import platform
import re
import sys
from collections.abc import Mapping

from trayapp import __version__

_WORDS = re.compile(r"[A-Za-z0-9 .:_+-]{1,40}\Z")


def facts(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What stands above the outcomes, in this order."""
    frozen = ", frozen" if hasattr(sys, "frozen") else ""
    found = {
        "trayapp": __version__ + frozen,
        "Python": f"{platform.python_version()} {platform.python_implementation()}",
        "system": _system(),
    }
    desktop = [environ.get(name, "") for name in ("XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE")]
    if shown := " ".join(word for word in desktop if _WORDS.match(word)):
        found["desktop"] = shown
    return found


def _system() -> str:
    kernel = f"{platform.system()} {platform.release()} {platform.machine()}"
    return f"{name}, {kernel}" if (name := _distribution()) else kernel


def _distribution() -> str:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    if sys.platform != "linux":
        return ""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""
