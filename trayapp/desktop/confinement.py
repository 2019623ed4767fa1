"""Confinement: whether the user's browser can read a file of ours.

A browser of snap or flatpak sees neither hidden folders nor those of other programs, and that of
Windows, seen from WSL, sees no path of ours at all. What can be told without starting the browser:
the program that BROWSER names and what it leads to, and the desktop entries of the system's default
for web addresses and for HTML files.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path

from trayapp.desktop.browser import OPENERS, browser_commands

_FLAGS = re.IGNORECASE | re.MULTILINE
_WINDOWS = re.compile(r"\bwslview\b|\bwsl-open\b|\.exe\b|^/mnt/[a-z]/", _FLAGS)
_CONFINED = re.compile(r"/snap/|\bsnap run\b|/snapd/|\bflatpak\b|^/usr/bin/snap$", _FLAGS)
_SHARED = (
    "/usr/local/share",
    "/usr/share",
    "/var/lib/snapd/desktop",
    "/var/lib/flatpak/exports/share",
)
_HEAD = 4096
"""Bytes of a script that are looked at: Ubuntu's /usr/bin/firefox is one that starts a snap."""


class Sight(Enum):
    """What the browser sees of this computer."""

    FILES = "files"
    CONFINED = "confined"
    """No file of ours; but it runs here, as this user."""
    ELSEWHERE = "elsewhere"
    """No file of ours, and its connections come from a relay."""


def sight(environ: Mapping[str, str]) -> Sight:
    """That of the browser which `browser.open_page` would start; FILES where nothing is known.
    May run xdg-mime twice, for two seconds at most."""
    if sys.platform != "linux":
        return Sight.FILES
    command = next(_startable(environ), None)
    if command is None:
        return Sight.FILES
    if tuple(command[:-1]) in OPENERS[:2]:
        return judge_default(
            default_entry("x-scheme-handler/http"), default_entry("text/html"), environ
        )
    return judge(_said_of(command))


def judge(text: str) -> Sight:
    """Where a program runs, by what is `text`: its command line, path, or script."""
    if _WINDOWS.search(text):
        return Sight.ELSEWHERE
    return Sight.CONFINED if _CONFINED.search(text) else Sight.FILES


def judge_default(for_http: str, for_html: str, environ: Mapping[str, str]) -> Sight:
    """That of the browser whose desktop entry is called `for_http`. Files are opened by the program
    for HTML: unless that is the same, it may be an editor, so no file is opened."""
    if not for_http:
        return judge(_said_of(["x-www-browser"]))
    found = judge(f"{for_http} {_entry(for_http, environ)}")
    return Sight.CONFINED if found is Sight.FILES and for_html != for_http else found


def default_entry(kind: str) -> str:
    """The name of the desktop entry that opens what is of `kind`, a MIME type; empty when the
    system knows none."""
    try:
        done = subprocess.run(
            ["xdg-mime", "query", "default", kind],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=2,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _startable(environ: Mapping[str, str]) -> Iterator[Sequence[str]]:
    return (words for words in browser_commands(environ, "%s") if words and shutil.which(words[0]))


def _said_of(words: Sequence[str]) -> str:
    """The command, where its program lies once links are followed, and the script that it may be;
    a line each."""
    found = shutil.which(words[0])
    if found is None:
        return " ".join(words)
    place = os.path.realpath(found)
    return "\n".join((" ".join(words), found, place, _script(Path(place))))


def _script(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEAD)
    except OSError:
        return ""
    return head.decode("utf-8", "replace") if head.startswith(b"#!") else ""


def _entry(name: str, environ: Mapping[str, str]) -> str:
    """The command lines of a desktop entry, with its path: exports of flatpak lie in its folder."""
    home = environ.get("HOME", "")
    mine = environ.get("XDG_DATA_HOME") or f"{home}/.local/share"
    folders = [mine, f"{mine}/flatpak/exports/share"]
    folders += [*environ.get("XDG_DATA_DIRS", "").split(os.pathsep), *_SHARED]
    for folder in filter(None, folders):
        file = Path(folder, "applications", Path(name).name)
        try:
            lines = file.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        return "\n".join([str(file), *(line for line in lines if line.startswith("Exec="))])
    return ""
