"""A display without a screen: what a person would see of it, and a pointer to click with."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageGrab
from Xlib import XK, X, display
from Xlib.error import XError
from Xlib.ext import xtest

Box = tuple[int, int, int, int]
"""Left, top, width, height in px."""

WIDTH, HEIGHT = 1000, 600


@contextmanager
def display_server(folder: Path) -> Iterator[str]:
    """Run Xvfb and give the value for DISPLAY."""
    with (folder / "xvfb.log").open("wb") as log:
        process = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert process.stdout is not None
        yield ":" + process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


class Screen:
    """One display, looked at and clicked on."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._display = display.Display(name)

    def close(self) -> None:
        """Leave the display."""
        self._display.close()

    def picture(self) -> Image.Image:
        """All of it, RGB."""
        return ImageGrab.grab(xdisplay=self._name).convert("RGB")

    def find(self, colour: tuple[int, int, int], height: int = HEIGHT) -> tuple[int, int] | None:
        """The middle of what has this colour in the uppermost `height` px; None when nothing has
        (fewer than 12 px)."""
        picture = self.picture().crop((0, 0, WIDTH, height))
        places = [
            (index % WIDTH, index // WIDTH)
            for index, pixel in enumerate(_pixels(picture))
            if all(abs(have - want) <= 16 for have, want in zip(pixel, colour, strict=True))
        ]
        if len(places) < 12:
            return None
        return (
            sum(x for x, _y in places) // len(places),
            sum(y for _x, y in places) // len(places),
        )

    def popups(self) -> list[Box]:
        """The open menus (and tooltips and bubbles), the latest last."""
        windows = self._display.screen().root.query_tree().children
        return [box for window in windows if (box := _popup(window)) is not None]

    def move(self, x: int, y: int) -> None:
        """Put the pointer there."""
        xtest.fake_input(self._display, X.MotionNotify, x=x, y=y)
        self._display.sync()

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Press and release a button of the pointer there, no faster than a hand can."""
        self.move(x, y)
        time.sleep(0.05)
        for action in (X.ButtonPress, X.ButtonRelease):
            xtest.fake_input(self._display, action, button)
            self._display.sync()

    def key(self, name: str) -> None:
        """Press and release a key, named as in keysymdef.h."""
        code = self._display.keysym_to_keycode(XK.string_to_keysym(name))
        for action in (X.KeyPress, X.KeyRelease):
            xtest.fake_input(self._display, action, code)
            self._display.sync()


def _pixels(picture: Image.Image) -> Iterator[tuple[int, int, int]]:
    raw = picture.tobytes()
    for start in range(0, len(raw), 3):
        yield raw[start], raw[start + 1], raw[start + 2]


def _popup(window: "display.Window") -> Box | None:
    """Where a window is that no window manager looks after; None for others and tiny ones."""
    try:
        attributes, geometry = window.get_attributes(), window.get_geometry()
    except XError:  # it has gone meanwhile
        return None
    shown = attributes.override_redirect and attributes.map_state == X.IsViewable
    if not shown or geometry.width <= 40 or geometry.height <= 40:
        return None
    return geometry.x, geometry.y, geometry.width, geometry.height
