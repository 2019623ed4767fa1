"""Opens a page or a file with the user's own programs, without waiting for them.

Not `webbrowser`: it waits up to five seconds for a browser that stays in the foreground, runs
text browsers in our terminal, and knows nothing of frozen programs.
"""

import logging
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

logger = logging.getLogger(__name__)

OPENERS = (("xdg-open",), ("gio", "open"), ("x-www-browser",))
"""Programs that open a URL on Linux and the BSDs, best first."""

DETACH = '"$@" </dev/null >/dev/null 2>&1 &'
"""Shell that starts its arguments and ends at once: the started program then belongs to init,
so nobody here has to wait for it and none stays behind as a zombie."""


def open_url(url: str) -> bool:
    """Open a page in the browser; False when it is no http(s) URL or nothing here can open it.

    Every user of this computer can read the URL: for one with a secret there is `launchpage`.

    Honours BROWSER as xdg-open(1) does: commands separated by `:`, `%s` is the URL.
    """
    if not url.startswith(("http://", "https://")):
        return False
    return _open(url, browser_commands(os.environ, url))


def open_page(file: Path) -> bool:
    """Open an HTML file of ours in the browser, as `open_url` does a page."""
    return _open(file.as_uri(), browser_commands(os.environ, file.as_uri()))


def open_path(path: Path) -> bool:
    """Open a file or folder with the program the user has for it; False when there is none."""
    return _open(str(path), opener_commands(os.environ, str(path)))


def browser_commands(environ: Mapping[str, str], url: str) -> Iterator[Sequence[str]]:
    """The commands to try for a URL on Linux, best first; those in BROWSER come first."""
    for entry in filter(None, environ.get("BROWSER", "").split(os.pathsep)):
        words = _words(entry.rstrip("& "))
        filled = [word.replace("%s", url) for word in words]
        yield filled if filled != words else [*words, url]
    yield from opener_commands(environ, url)


def opener_commands(environ: Mapping[str, str], target: str) -> Iterator[Sequence[str]]:
    """The commands to try for anything. None without a display: xdg-open would then take a text
    browser, which has no terminal to show itself in."""
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        for opener in OPENERS:
            yield [*opener, target]


def program_environ(environ: Mapping[str, str], frozen: bool) -> dict[str, str]:
    """The environment for another program. PyInstaller points LD_LIBRARY_PATH at its own
    libraries and keeps the user's as LD_LIBRARY_PATH_ORIG (its manual, "LD_LIBRARY_PATH")."""
    clean = dict(environ)
    if frozen:
        clean.pop("LD_LIBRARY_PATH", None)
        original = clean.pop("LD_LIBRARY_PATH_ORIG", None)
        if original is not None:
            clean["LD_LIBRARY_PATH"] = original
    return clean


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        logger.warning("BROWSER names no command: %s", command)
        return []


def _open(target: str, commands: Iterator[Sequence[str]]) -> bool:
    try:
        if sys.platform == "win32":
            os.startfile(target)  # noqa: S606 - the way Windows opens what the user would open
            return True
        if sys.platform == "darwin":
            return _launch(["open", target])
        return any(_launch(command) for command in commands)
    except OSError as error:
        logger.warning("Cannot open %s: %s", target, error)
        return False


def _launch(command: Sequence[str]) -> bool:
    """Start a command on its own; False when there is no such program."""
    if not command or shutil.which(command[0]) is None:
        return False
    subprocess.run(
        ["/bin/sh", "-c", DETACH, "sh", *command],
        env=program_environ(os.environ, frozen=hasattr(sys, "frozen")),
        start_new_session=True,  # Ctrl-C in our terminal must not close the user's browser
        check=True,
    )
    return True
