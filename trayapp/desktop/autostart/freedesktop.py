"""The entry of Linux desktops: a desktop file in the user's autostart folder. Pure.

Desktop Application Autostart Specification 0.5; Desktop Entry Specification 1.5, §4 (values) and §7
(the Exec key). An Exec is quoted twice: its words, then the line as any value.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from trayapp.desktop.autostart.command import Command
from trayapp.errors import TrayAppError

NAME = "trayapp.desktop"

_ESCAPES = {"\\s": " ", "\\n": "\n", "\\t": "\t", "\\r": "\r", "\\\\": "\\"}
_RESERVED = re.compile(r"""[\s"'\\><~|&;$*?#()`]|\A\Z""")
_WORD = re.compile(r"""(?:[^\s"]|"(?:[^"\\]|\\.)*")+""", re.DOTALL)
_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def folder(environ: Mapping[str, str], home: Path) -> Path:
    """Where a session looks for entries of this user. A relative XDG_CONFIG_HOME counts for none
    (XDG Base Directory Specification)."""
    given = Path(environ.get("XDG_CONFIG_HOME", ""))
    return (given if given.is_absolute() else home / ".config") / "autostart"


def content(command: Command) -> str:
    """The file. TryExec makes it do nothing once the program is gone.

    Raises: TrayAppError for a program that no entry can name.
    """
    words = command.words
    if "=" in words[0]:  # §7 forbids it: to env(1) it would be a variable
        raise TrayAppError(
            f"A desktop file cannot start a program with = in its path: {words[0]}",
            "Move it to a folder without =, and try again.",
        )
    if command.home:
        words = (f"TRAYAPP_HOME={command.home}", *words)
    if command.home or "%" in words[0]:  # GLib looks for a program `%%`, as it is written
        words = ("env", *words)
    return "\n".join(
        (
            "[Desktop Entry]",
            "Type=Application",
            "Name=trayapp",
            "Comment=Save a file, the browser page follows",
            f"TryExec={_escaped(command.words[0])}",
            f"Exec={_escaped(' '.join(map(_quoted, words)))}",
            "Icon=trayapp",
            "Terminal=false",
            "StartupNotify=false",
            "",
        )
    )


def starts(text: str) -> tuple[tuple[str, ...], str] | None:
    """The words that a session runs for the file with this text, and the program that has to be
    there for it (TryExec, or empty); None when it runs nothing."""
    keys = _keys(text)
    # GNOME's "Startup Applications" unticks by a key of its own.
    shown = keys.get("X-GNOME-Autostart-enabled") != "false"
    if keys.get("Hidden") == "true" or not shown or "Exec" not in keys:
        return None
    words = tuple(_plain(word) for word in _WORD.findall(_unescaped(keys["Exec"])))
    return tuple(word for word in words if word), _unescaped(keys.get("TryExec", ""))


def _keys(text: str) -> dict[str, str]:
    """The keys of the first group, which has to be `[Desktop Entry]`, as they are written."""
    lines = [line.strip(" \t\r") for line in text.split("\n")]  # a path may hold other breaks
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines or lines[0] != "[Desktop Entry]":
        return {}
    found: dict[str, str] = {}
    for line in lines[1:]:
        if line.startswith("["):
            break
        key, _, value = line.partition("=")
        found.setdefault(key.rstrip(" \t"), value.lstrip(" \t"))
    return found


def _quoted(word: str) -> str:
    """One word of an Exec. `%` begins a field code, in quotes too."""
    word = word.replace("%", "%%")
    if not _RESERVED.search(word):
        return word
    return '"' + re.sub(r'(["`$\\])', r"\\\1", word) + '"'


def _plain(word: str) -> str:
    """What `_quoted` was given; empty for a field code, which stands for a file to open."""
    word = _PIECE.sub(lambda match: re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL), word)
    return re.sub("%(.)", lambda match: "%" if match[1] == "%" else "", word)


def _escaped(value: str) -> str:
    for code, char in reversed(_ESCAPES.items()):
        if char != " ":
            value = value.replace(char, code)
    return re.sub(r"\A | \Z", r"\\s", value)


def _unescaped(value: str) -> str:
    return re.sub(r"\\[sntr\\]", lambda match: _ESCAPES[match[0]], value)
