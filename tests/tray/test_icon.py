"""The icons that ship are those that the drawing code draws."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from trayapp.state import State, Status
from trayapp.tray import artwork
from trayapp.tray.icon import NAMES, SIZES, Name, icon_name, pixmaps

STATE = State("on", "1", "http://127.0.0.1:8765", 1)

ROUNDING = 12
"""Steps of 255 by which a channel may differ: Pillow's releases round differently."""


@pytest.mark.parametrize(
    ("status", "problem", "name"),
    [
        ("starting", "", "on"),
        ("on", "", "on"),
        ("paused", "", "paused"),
        ("stopped", "", "paused"),
        ("error", "", "error"),
        ("paused", "The folder is gone.", "error"),
    ],
)
def test_state_has_its_icon(status: Status, problem: str, name: str) -> None:
    assert icon_name(replace(STATE, status=status, problem=problem)) == name


@pytest.mark.parametrize("name", NAMES)
def test_shipped_pixels_are_the_drawn_ones(name: Name) -> None:
    shipped = pixmaps(name)
    assert [(width, height) for width, height, _pixels in shipped] == [(n, n) for n in SIZES]
    for width, _height, pixels in shipped:
        drawn = artwork.argb(artwork.tile(name, width))
        assert len(pixels) == len(drawn)
        assert max(abs(a - b) for a, b in zip(pixels, drawn, strict=True)) <= ROUNDING


def test_states_differ_in_colour_and_in_shape() -> None:
    tiles = {name: artwork.tile(name, 16).getpixel((3, 8)) for name in NAMES}
    assert len(set(tiles.values())) == len(NAMES)
    shapes = {artwork.template(name, 16).getchannel("A").tobytes() for name in NAMES}
    assert len(shapes) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_template_is_black_on_nothing(name: Name) -> None:
    colours = artwork.template(name, 44).getcolors(44 * 44)
    assert colours is not None
    assert {pixel[:3] for _count, pixel in colours if pixel[3]} == {(0, 0, 0)}  # type: ignore[index]
    assert artwork.template(name, 44).getpixel((0, 0)) == (0, 0, 0, 0)


def test_written_files_are_those_in_the_repository(tmp_path: Path) -> None:
    (tmp_path / "icons").mkdir()
    (tmp_path / "assets").mkdir()
    artwork.write(tmp_path / "icons", tmp_path / "assets")
    root = Path(__file__).resolve().parents[2]
    for made, kept in (("icons", root / "trayapp/tray/icons"), ("assets", root / "assets")):
        written = {file.name for file in (tmp_path / made).iterdir()}
        assert written <= {file.name for file in kept.iterdir()}


def test_ico_holds_every_size_windows_asks_for() -> None:
    file = Path(__file__).resolve().parents[2] / "assets/trayapp.ico"
    with Image.open(file) as ico:
        assert ico.info["sizes"] == {(n, n) for n in artwork.ICO_SIZES}
