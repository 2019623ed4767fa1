"""Which icon a state has, and its pixels as they ship with the package. Needs no Pillow."""

import zlib
from typing import Literal

from trayapp.paths import bundled
from trayapp.state import State

Name = Literal["on", "paused", "error"]
NAMES: tuple[Name, ...] = ("on", "paused", "error")

SIZES = (16, 22, 24, 32, 48, 64)
"""Edges in px, in the order in which each file holds them: what Linux panels ask for."""

Pixmap = tuple[int, int, bytes]
"""Width, height and ARGB32 pixels in network byte order, as StatusNotifierItem sends them."""


def icon_name(state: State) -> Name:
    """The icon for `state`: colour and shape both differ, for those who see no colours."""
    if state.status in ("degraded", "error") or state.problem:
        return "error"
    if state.status in ("paused", "stopped"):
        return "paused"
    return "on"


def pixmaps(name: Name) -> list[Pixmap]:
    """The icon in all sizes. Read anew each time: panels ask once, and 35 KB stay unused."""
    pixels = zlib.decompress(bundled(f"tray/icons/{name}.argb.z").read_bytes())
    found: list[Pixmap] = []
    start = 0
    for size in SIZES:
        end = start + size * size * 4
        found.append((size, size, pixels[start:end]))
        start = end
    return found
