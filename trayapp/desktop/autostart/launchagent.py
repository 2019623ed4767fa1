"""The entry of macOS: a property list in the user's LaunchAgents. Pure.

launchd.plist(5). It is written from its documentation and has not run on a Mac.
"""

import plistlib
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from trayapp.desktop.autostart.command import Command

LABEL = "io.github.trayapp.trayapp"
NAME = f"{LABEL}.plist"


def folder(home: Path) -> Path:
    """Where launchd looks for entries of this user, at each login."""
    return home / "Library" / "LaunchAgents"


def content(command: Command) -> str:
    """The file. Without KeepAlive: who quits it from the menu wants it gone."""
    job: dict[str, Any] = {
        "Label": LABEL,
        "ProgramArguments": list(command.words),
        "RunAtLoad": True,
        "LimitLoadToSessionType": "Aqua",  # a login by ssh has no menu bar
        "ProcessType": "Interactive",
    }
    if command.home:
        job["EnvironmentVariables"] = {"TRAYAPP_HOME": command.home}
    return plistlib.dumps(job, sort_keys=False).decode()


def starts(text: str) -> tuple[tuple[str, ...], str] | None:
    """The words that launchd runs at login for the file with this text, and no further program;
    None when it runs nothing."""
    try:
        job = plistlib.loads(text.encode())
    except (plistlib.InvalidFileException, ExpatError, ValueError):
        return None
    if not isinstance(job, dict) or job.get("Disabled") or not job.get("RunAtLoad"):
        return None
    words = job.get("ProgramArguments") or [job.get("Program")]
    return (tuple(words), "") if all(isinstance(word, str) for word in words) else None
