"""QR codes: an address as something that a camera reads. segno comes in when the first is made."""

import io
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segno import QRCode

QUIET = 4
"""Modules of light around the code (ISO/IEC 18004 §6.3.8); cameras find it by them."""

_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def svg(text: str) -> str:
    """The code of `text` as one SVG element that fills the width it is given.

    Black on its own white ground, whatever is around it: not every camera reads light on dark. No
    style, script, id or size, so that a page with a strict policy may adopt it.
    """
    out = io.BytesIO()
    _code(text).save(
        out,
        kind="svg",
        border=QUIET,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        omitsize=True,
        nl=False,
    )
    return out.getvalue().decode()


def blocks(text: str) -> str:
    """The code of `text` for a terminal that writes light on dark: lines of half blocks, two
    modules above each other in a character, the light ones drawn."""
    rows = [[not module for module in row] for row in _code(text).matrix_iter(border=QUIET)]
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=[False] * len(rows))
    return "\n".join(
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs
    )


def _code(text: str) -> "QRCode":
    import segno

    return segno.make_qr(text, error="m")
