"""`trayapp autostart`: needs no trayapp that runs, and tells the one that does."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence

from trayapp import instance
from trayapp.cli.boundary import say
from trayapp.desktop.autostart import here
from trayapp.errors import TrayAppError
from trayapp.paths import locate


def switch_autostart(on: bool) -> None:
    """Have it start at login, or no longer. Raises: TrayAppError."""
    here().switch(on)
    _tell_running(on)
    show_autostart()
    if on and sys.platform == "win32" and os.environ.get("TRAYAPP_HOME"):
        say("A login knows TRAYAPP_HOME only when it is set for your account:")
        say(f'setx TRAYAPP_HOME "{os.environ["TRAYAPP_HOME"]}"')


def show_autostart() -> None:
    """Print whether it starts at login, and by which command."""
    words = here().command()
    if words:
        say(f"trayapp starts when you log in: {command_line(words, sys.platform)}")
        say("Switch it off: trayapp autostart off")
    else:
        say("trayapp does not start when you log in. Switch it on: trayapp autostart on")


def command_line(words: Sequence[str], platform: str) -> str:
    """The words as they are typed in a terminal. Windows knows no single quotes."""
    return subprocess.list2cmdline(words) if platform == "win32" else shlex.join(words)


def _tell_running(on: bool) -> None:
    """The entry is written already; this renews the tray and the dashboard."""
    running = instance.find(locate(os.environ))
    if running is not None:
        try:
            running.ask("POST", "/api/autostart", {"on": on})
        except TrayAppError as error:
            say(f"The trayapp that runs was not told: {error}", error=True)
