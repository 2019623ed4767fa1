"""A display without a screen: what a person would see of it, and a pointer to click with."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageGrab
from Xlib import XK, X, display
from Xlib.error import XError
from Xlib.ext import xtest

Box = tuple[int, int, int, int]
"""Left, top, width, height in px."""

WIDTH, HEIGHT = 1000, 600


@dataclass(frozen=True)
class Shown:
    """A window: what its program calls it and itself (WM_NAME, WM_CLASS), and where it is."""

    title: str
    program: str
    box: Box


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
        return self.find_in((0, 0, WIDTH, height), colour)

    def find_in(self, box: Box, colour: tuple[int, int, int]) -> tuple[int, int] | None:
        """The same, within `box`."""
        left, top, width, height = box
        picture = self.picture().crop((left, top, left + width, top + height))
        places = [
            (left + index % width, top + index // width)
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

    def windows(self) -> list[Shown]:
        """What programs show, also in the window of a whole desktop, the latest last."""
        return [*_shown(self._display.screen().root, 0, 0)]

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


def _shown(window: "display.Window", left: int, top: int) -> Iterator[Shown]:
    """Those below `window`, whose inner corner is there."""
    for child in window.query_tree().children:
        try:
            state, geometry = child.get_attributes().map_state, child.get_geometry()
            title, program = child.get_wm_name(), child.get_wm_class()
            if state != X.IsViewable:
                continue
            x, y = left + geometry.x, top + geometry.y
            box = (x, y, geometry.width, geometry.height)
            yield Shown(str(title or ""), program[1] if program else "", box)
            yield from _shown(child, x, y)
        except XError:  # it has gone meanwhile
            continue
