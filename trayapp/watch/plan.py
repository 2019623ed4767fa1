"""What a page has to do about a change, and how the change is told on the wire. Pure."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, Literal

from trayapp.watch.change import PathChange, RootChange

Action = Literal["css", "image", "reload", "none"]
"""`css`: swap the stylesheets. `image`: swap the images, and the stylesheets among the paths.
`reload`: load the page anew. `none`: nothing but the fingerprint is news."""

MAX_PATHS = 100
"""At most so many paths travel with one event; the rest is counted in `more`."""

_IMAGES = frozenset(
    {".apng", ".avif", ".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".svg", ".webp"}
)
_RANK: dict[Action, int] = {"none": 0, "css": 1, "image": 2, "reload": 3}
_SURROGATE = re.compile("[\ud800-\udfff]")


def action_of(paths: Iterable[PathChange]) -> Action:
    """The strongest action that any of `paths` asks for."""
    return max((_wants(path) for path in paths), key=_RANK.__getitem__, default="none")


def change_data(change: RootChange) -> dict[str, Any]:
    """The data of the `change` event, as in docs/events.md; ready for JSON."""
    told = sorted(change.paths, key=lambda one: (-_RANK[_wants(one)], one.path))
    return {
        "root": change.label,
        "action": "reload" if change.whole else action_of(told),
        "paths": [{"path": wire_text(p.path), "change": p.change} for p in told[:MAX_PATHS]],
        "more": max(int(change.whole), len(told) - MAX_PATHS),
        "fingerprint": change.fingerprint,
        "cause": cause_of(told, change.during),
        "time": change.time,
    }


def cause_of(paths: list[PathChange], during: str = "") -> str:
    """The change in a few words for people: `index.html`, `css/a.css and 3 more`, `held 214 changes
    during git checkout`, or empty."""
    if not paths:
        return ""
    if during:
        return f"held {len(paths)} change{'s' if len(paths) > 1 else ''} during {during}"
    first = wire_text(paths[0].path)
    return first if len(paths) == 1 else f"{first} and {len(paths) - 1} more"


def wire_text(path: str) -> str:
    """`path` fit for UTF-8: each byte that could not be decoded becomes U+FFFD."""
    return _SURROGATE.sub("\ufffd", path)


def _wants(change: PathChange) -> Action:
    """A deleted file cannot be swapped for anything. Source maps are read by nobody but developer
    tools, and compilers write them beside each stylesheet: they ask for nothing."""
    suffix = PurePosixPath(change.path).suffix.lower()
    if suffix == ".map":
        return "none"
    if change.change == "deleted":
        return "reload"
    if suffix == ".css":
        return "css"
    return "image" if suffix in _IMAGES else "reload"
