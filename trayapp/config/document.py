"""config.toml as a document: its settings, and its faults by line. Pure but for what paths mean.

A wrong value costs itself alone: of a list the wrong entries are left out, of anything else the
default is used. So a slip in one line cannot have a folder unwatched or a port changed in another.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from trayapp.config.keys import Config, checked

KEYS = tuple(field.name for field in fields(Config))


def settings(text: str, base: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The settings in `text`, and a sentence for each fault. Relative paths start at `base`.

    Raises: ValueError, RecursionError when it is not TOML.
    """
    table = tomllib.loads(text)
    unknown = [
        f"{_place(text, key)}: {key!r} is no setting; there are {', '.join(KEYS)}. It is not used."
        for key in table
        if key not in KEYS
    ]
    known = {key: value for key, value in table.items() if key in KEYS}
    found, faults = _checked(known, text, base)
    return found, (*unknown, *faults)


def _checked(
    table: Mapping[str, Any], text: str, base: Path
) -> tuple[dict[str, Any], tuple[str, ...]]:
    found: dict[str, Any] = {}
    faults: list[str] = []
    for key, value in table.items():
        if isinstance(value, list) and isinstance(getattr(Config(), key), tuple):
            kept, said = _entries(key, value, text, base)
            found[key] = checked(key, kept, base)
            faults += said
            continue
        try:
            found[key] = checked(key, value, base)
        except ValueError as error:
            faults.append(f"{_place(text, key)}: {key} {error}. The default is used.")
    return found, tuple(faults)


def _entries(
    key: str, items: list[Any], text: str, base: Path
) -> tuple[list[Any], tuple[str, ...]]:
    """The entries that are right, also beside those before them."""
    kept: list[Any] = []
    faults: list[str] = []
    for number, item in enumerate(items):
        try:
            checked(key, [*kept, item], base)
        except ValueError as error:
            place = _place(text, key, item, number)
            faults.append(f"{place}: {key} {error}. This entry is left out, the rest is used.")
        else:
            kept.append(item)
    return kept, tuple(faults)


def _place(text: str, key: str, item: object = None, number: int = 0) -> str:
    """The line of `key`, or of the entry `item` of its list, which has this `number`."""
    lines = list(enumerate(text.splitlines(), 1))
    tables = [place for place, line in lines if re.match(rf"\s*\[\[\s*{re.escape(key)}\s*]]", line)]
    if number < len(tables):
        return f"line {tables[number]}"
    begin = next(
        (place for place, line in lines if re.match(rf"\s*\[?[\"']?{re.escape(key)}\b", line)), 1
    )
    if isinstance(item, str) and item:
        begin = next((place for place, line in lines[begin - 1 :] if item in line), begin)
    return f"line {begin}"
