"""Draws the icons, with Pillow: a white mark on a coloured tile, or the mark alone for macOS.

Not used while trayapp runs on Linux: Pillow and a drawing would take 6 MB there, so the result
ships with the package (see `trayapp.tray.icon`). `write` makes those files.
"""

import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

from trayapp.tray.icon import NAMES, SIZES, Name

OVERSAMPLING = 16
GRID = 16
"""Marks are given in sixteenths of the tile's edge, whatever its size."""

TILE = {"on": "#1b8f52", "paused": "#5f6873", "error": "#cf3027"}
RIM = (255, 255, 255, 150)
"""A light hairline: it sets the tile off from dark and middling panels."""

ICO_SIZES = (16, 20, 24, 32, 40, 48, 256)
PNG_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
"""Those that the hicolor theme of freedesktop.org has folders for in use."""

TEMPLATE_SCALE = 1.2
"""macOS shows the mark without a tile, so it may be larger."""


class Pen:
    """Draws in grid units on a square picture; `scale` enlarges about its middle."""

    def __init__(self, picture: Image.Image, colour: str, scale: float = 1.0) -> None:
        self._draw = ImageDraw.Draw(picture)
        self._colour = colour
        self._unit = picture.width / GRID * scale
        self._origin = picture.width / 2 - GRID / 2 * self._unit

    def disc(self, x: float, y: float, radius: float) -> None:
        """A filled circle about (x, y)."""
        self._draw.ellipse(
            self._box(x - radius, y - radius, x + radius, y + radius), fill=self._colour
        )

    def ring(self, radius: float, width: float) -> None:
        """A circle about the middle; `radius` is that of its outer edge."""
        box = self._box(8 - radius, 8 - radius, 8 + radius, 8 + radius)
        self._draw.ellipse(box, outline=self._colour, width=int(width * self._unit))

    def bar(self, left: float, top: float, right: float, bottom: float, corner: float) -> None:
        """A filled rectangle with round corners."""
        box = self._box(left, top, right, bottom)
        self._draw.rounded_rectangle(box, radius=corner * self._unit, fill=self._colour)

    def waves(self, radius: float, width: float) -> None:
        """Two arcs about the middle, left and right; `radius` is that of their middle line."""
        outer = radius + width / 2
        box = self._box(8 - outer, 8 - outer, 8 + outer, 8 + outer)
        for start, end in ((-52, 52), (128, 232)):
            self._draw.arc(box, start, end, fill=self._colour, width=int(width * self._unit))

    def _box(self, *edges: float) -> tuple[float, float, float, float]:
        left, top, right, bottom = (self._origin + edge * self._unit for edge in edges)
        return left, top, right, bottom


def beacon(pen: Pen, size: int) -> None:
    """On: something is being sent."""
    pen.disc(8, 8, 1.9)
    pen.waves(4.5, 1.7 if size <= 16 else 1.5)


def two_bars(pen: Pen, size: int) -> None:
    """Paused."""
    for middle in (5.5, 10.5):
        pen.bar(middle - 1.3, 3.9, middle + 1.3, 12.1, 0.6)


def exclamation(pen: Pen, size: int) -> None:
    """Something is wrong."""
    pen.bar(6.9, 3.2, 9.1, 9.3, 1)
    pen.disc(8, 11.65, 1.25)


MARKS: dict[Name, Callable[[Pen, int], None]] = {
    "on": beacon,
    "paused": two_bars,
    "error": exclamation,
}


def tile(name: Name, size: int, oversampling: int = OVERSAMPLING) -> Image.Image:
    """RGBA, size × size px, for Windows and Linux. It is drawn `oversampling` times as large, which
    a large one need not be as much."""
    edge = size * oversampling
    unit = edge / GRID
    picture = Image.new("RGBA", (edge, edge), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 0, edge - 1, edge - 1), radius=4 * unit, fill=RIM)
    rim = max(0.55 * unit, oversampling * 0.6)
    inner = (rim, rim, edge - 1 - rim, edge - 1 - rim)
    draw.rounded_rectangle(inner, radius=3.5 * unit, fill=TILE[name])
    MARKS[name](Pen(picture, "white"), size)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def template(name: Name, size: int) -> Image.Image:
    """RGBA, size × size px, black and alpha only, for the menu bar of macOS (HIG, "The menu bar":
    a template image, which the system colours)."""
    edge = size * OVERSAMPLING
    picture = Image.new("RGBA", (edge, edge), (0, 0, 0, 0))
    if name == "error":
        Pen(picture, "black").ring(7.2, 1.5)
        MARKS[name](Pen(picture, "black"), size)
    else:
        MARKS[name](Pen(picture, "black", TEMPLATE_SCALE), size)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def argb(picture: Image.Image) -> bytes:
    """Its pixels as StatusNotifierItem wants them: ARGB32 in network byte order."""
    red, green, blue, alpha = picture.split()
    return Image.merge("RGBA", (alpha, red, green, blue)).tobytes()


def write(icons: Path, assets: Path) -> None:
    """Draw everything that ships: the pixmaps of `trayapp.tray.icon`, and the program's icon as
    `.ico` and `.png` for installers and desktop entries."""
    for name in NAMES:
        pixels = b"".join(argb(tile(name, size)) for size in SIZES)
        (icons / f"{name}.argb.z").write_bytes(zlib.compress(pixels, 9))
    for size in PNG_SIZES:
        tile("on", size).save(assets / f"trayapp-{size}.png", optimize=True)
    pictures: list[Image.Image] = [tile("on", size) for size in ICO_SIZES]
    largest = pictures[-1]
    largest.save(
        assets / "trayapp.ico",
        sizes=[(size, size) for size in ICO_SIZES],
        append_images=pictures[:-1],
    )
