"""Markup that gives the document properties of its own (HTML, "named access on the Document")."""

import re
from itertools import cycle
from pathlib import Path

import trayapp.web

_PARTS = Path(trayapp.web.__file__).parent / "static" / "client"
_USED = re.compile(r"\bdom\.(\w+)|\bwindow\.(\w+)")

ELSEWHERE = "http://localhost:{port}/client.js"


def names() -> list[str]:
    """What the page script reads of the document and the window, and what it once read."""
    texts = [file.read_text("utf-8") for file in _PARTS.glob("*.js")]
    found = {name for text in texts for pair in _USED.findall(text) for name in pair if name}
    return sorted(found | {"currentScript", "body", "head", "title", "forms", "trayapp", "scripts"})


def markup(kind: str, port: int) -> str:
    """An element of that kind for each name, with the address of a script elsewhere."""
    src = ELSEWHERE.format(port=port)
    kinds = {
        "img": '<img name="{name}" src="{src}" alt="" hidden>',
        "form": '<form name="{name}" action="{src}" hidden><input name="src" value="{src}"></form>',
        "object": '<object name="{name}" id="{name}" hidden></object>',
        "a": '<a id="{name}" href="{src}"></a><a id="{name}" name="src" href="{src}"></a>',
    }
    pattern = kinds[kind]
    return "".join(pattern.format(name=name, src=src) for name in names())


def every_kind(port: int) -> str:
    """All names, with one kind of element after the other."""
    pages = cycle([markup(kind, port) for kind in ("img", "form", "a")])
    return "".join(next(pages) for _ in range(3))
