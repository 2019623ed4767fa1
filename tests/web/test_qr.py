"""QR codes: what a browser adopts and what a terminal shows are the same code."""

import xml.etree.ElementTree as ElementTree
from itertools import chain

import pytest
import segno

from trayapp.web import qr

URL = "http://192.168.1.5:8765/pair?code=abcdefghijklmnopqrstuv"
SVG = "{http://www.w3.org/2000/svg}"


def test_the_svg_fills_its_place_and_brings_its_own_ground() -> None:
    root = ElementTree.fromstring(qr.svg(URL))  # noqa: S314  our own
    size = len(segno.make_qr(URL, error="m").matrix) + 2 * qr.QUIET
    assert root.tag == f"{SVG}svg"
    assert root.attrib == {"viewBox": f"0 0 {size} {size}"}
    ground, code = root
    assert (ground.attrib["fill"], code.attrib["stroke"]) == ("#fff", "#000")
    assert ground.attrib["d"] == f"M0 0h{size}v{size}h-{size}z"


def test_a_strict_page_may_adopt_the_svg() -> None:
    root = ElementTree.fromstring(qr.svg('<script>"&'))  # noqa: S314  our own
    names = {each.tag.removeprefix(SVG) for each in root.iter()}
    attributes = set(chain.from_iterable(each.attrib for each in root.iter()))
    assert names == {"svg", "path"}
    assert attributes <= {"viewBox", "fill", "stroke", "d"}


@pytest.mark.parametrize("text", [URL, "http://[fd00::5]:8765/pair?code=x", "a"])
def test_half_blocks_show_each_module(text: str) -> None:
    halves = {"█": (True, True), "▀": (True, False), "▄": (False, True), " ": (False, False)}
    shown = []
    for line in qr.blocks(text).split("\n"):
        shown += [list(row) for row in zip(*(halves[letter] for letter in line), strict=True)]
    code = segno.make_qr(text, error="m").matrix_iter(border=qr.QUIET)
    light = [[not module for module in row] for row in code]
    assert shown[: len(light)] == light
    assert not any(chain.from_iterable(shown[len(light) :]))
