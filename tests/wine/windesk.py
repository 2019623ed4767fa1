"""What a person sees and does on the screen of a Windows made of Wine: the icon in the tray, its
menu, and the pages of a setup."""

import sys
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TypeVar

import trial
from PIL import Image
from version import ROOT

sys.path.append(str(ROOT))  # last, for this folder is called like a package of PyPI

from tests.rig.screen import HEIGHT, WIDTH, Box, Screen, Shown

T = TypeVar("T")

DESKTOP = "shell"
"""The name with which Wine's desktop has a bar with a tray, as that of Windows has."""

TRAY: Box = (WIDTH * 3 // 4, HEIGHT - 24, WIDTH // 4, 24)
INK = 200
"""Grey that is as dark as this or darker is written, on a menu's white."""
MARGIN = 18
"""Of a menu, in px: ticks on the left of it, arrows on the right."""


class Desk:
    """The screen, with hands."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def has_bar(self) -> bool | None:
        """Whether the desktop is there; None when it is not."""
        return (
            any(one.program == "explorer.exe" and one.box[1] > 0 for one in self._windows()) or None
        )

    def icon(self, colour: tuple[int, int, int]) -> tuple[int, int]:
        """Where the icon of this colour is, once it is."""
        return trial.until(lambda: self._screen.find_in(TRAY, colour), f"the icon {colour}")

    def has_icon(self, colour: tuple[int, int, int]) -> bool:
        return self._screen.find_in(TRAY, colour) is not None

    def open_menu(self, colour: tuple[int, int, int], program: str) -> Box:
        """Click the icon and wait for the menu of `program`; the pointer goes aside, for what it
        says of the icon hides some of the menu."""
        self._screen.click(*self.icon(colour), button=3)
        menu = trial.until(lambda: self._menu(program), "the menu")
        self._screen.move(menu[0] - 100, menu[1])
        return menu

    def choose(self, menu: Box, height: int, program: str) -> None:
        """Click the row at that height; the menu closes."""
        self._screen.click(menu[0] + menu[2] // 2, height)
        trial.until(lambda: self._menu(program) is None or None, "the menu to close")

    def picture(self) -> Image.Image:
        """All of it, as it is now."""
        return self._screen.picture()

    def pages(self, title: str) -> list[Box]:
        """The windows with this title: of a setup, and of what it asks."""
        return [one.box for one in self._windows() if one.title.strip() == title]

    def press(self, window: Box, key: str) -> None:
        """A key, for that window: a click on its title makes it listen."""
        self._screen.click(window[0] + window[2] // 2, window[1] + 10)
        self._screen.key(key)

    def _windows(self) -> list[Shown]:
        return self._screen.windows()

    def _menu(self, program: str) -> Box | None:
        shown = [one for one in self._windows() if is_menu(one, program)]
        return shown[-1].box if shown else None


def is_menu(shown: Shown, program: str) -> bool:
    """Whether it is one: the icon's program has no other window that is seen."""
    return shown.program == program and shown.box[3] > 40


def press_until(press: Callable[[], object], probe: Callable[[], T | None], what: str) -> T:
    """Press again and again: a button does not listen before its page is ready."""

    def pressed() -> T | None:
        if (answer := probe()) is None:
            press()
        return answer

    return trial.until(pressed, what, pause=0.5)


def rows_of(menu: Box, screen: Image.Image) -> list[int]:
    """The height of each row of text of the menu, on this picture of the screen."""
    left, top, width, height = menu
    picture = screen.crop((left, top, left + width, top + height))
    return [top + middle for middle in text_rows(picture)]


def text_rows(picture: Image.Image) -> list[int]:
    """The middle of each row of text of a menu, from above; a line between rows is none."""
    inner = picture.convert("L").crop((MARGIN, 0, picture.width - MARGIN, picture.height))
    written = [_darkest(inner, y) <= INK for y in range(inner.height)]
    runs = [[y for y, _ in run] for ink, run in groupby(enumerate(written), _second) if ink]
    return [(run[0] + run[-1]) // 2 for run in runs if len(run) > 3]


def _darkest(picture: Image.Image, y: int) -> int:
    return min(picture.crop((0, y, picture.width, y + 1)).tobytes())


def _second(pair: Sequence[T]) -> T:
    return pair[1]
