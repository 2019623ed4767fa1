"""The page script, put together from its parts. Pages get one file; we keep one noun a file."""

from pathlib import Path

PARTS = (
    "options",
    "paths",
    "uses",
    "roots",
    "sheets",
    "images",
    "source",
    "morph",
    "keep",
    "update",
    "fingerprints",
    "ui",
    "toasts",
    "notifications",
    "badge",
    "overlay",
    "stream",
    "relay",
    "share",
    "inbox",
    "acknowledge",
    "doctor",
    "api",
    "start",
)
"""In the order they come in: a part may use another's functions from anywhere, its constants only
when it comes later. Nothing happens before the last one."""

_PARTS = Path(__file__).parent / "static" / "client"

_TITLE = """\
// The page script of trayapp: with one tag a page follows what is saved and shows what is told.
//   <script src="http://localhost:8765/client.js"></script>
// Its options are data- attributes of that tag, told in docs/client.md. This is the whole of it,
// without the comments of its source.
"""


def script() -> str:
    """What `GET /client.js` answers: one closed function, line by line as in the parts."""
    return "\n".join([f'{_TITLE}(() => {{\n"use strict";\n', *map(part, PARTS), "})();\n"])


def part(name: str) -> str:
    """A part without the lines that hold nothing but a comment: pages load it again and again."""
    text = (_PARTS / f"{name}.js").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("//")]
    return f"// {name}\n" + "\n".join(lines).strip() + "\n"
