"""The page script and its extras, put together from their parts. A page gets one file for its tag,
and one more when it needs what most loads never need; we keep one noun a file."""

from pathlib import Path

PARTS = (
    "dom",
    "options",
    "paths",
    "uses",
    "roots",
    "sheets",
    "images",
    "keep",
    "update",
    "load",
    "fingerprints",
    "extras",
    "stream",
    "relay",
    "share",
    "inbox",
    "acknowledge",
    "api",
    "start",
)
"""Of the script, in the order they come in: a part may use another's functions from anywhere, its
constants only when it comes later. Nothing happens before the last one."""

EXTRAS = {
    "morph": ("source", "morph"),
    "notices": ("ui", "toasts", "notifications", "sound", "badge", "overlay"),
    "doctor": ("doctor",),
}
"""Of the modules that `extras` imports, by name. The first part takes what it shares with the
script, the last one exports."""

_PARTS = Path(__file__).parent / "static" / "client"

_TITLE = """\
// The page script of trayapp. Options: docs/client.md
"""


def script() -> str:
    """What `GET /client.js` answers: one closed function, line by line as in the parts."""
    return "\n".join([f'{_TITLE}(() => {{\n"use strict";\n', *map(part, PARTS), "})();\n"])


def module(name: str) -> str:
    """What `GET /client/<name>.js` answers: a module. Raises: KeyError."""
    return "\n".join(map(part, EXTRAS[name]))


def part(name: str) -> str:
    """A part without its indentation, empty lines, and the lines that hold nothing but a comment:
    pages load it again and again."""
    text = (_PARTS / f"{name}.js").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"
