"""Cursors: where a reader goes on. Ids are `<epoch>-<number>`, read from text that anybody may have
written.
"""

import re
from dataclasses import dataclass

_ID = re.compile(r"([0-9A-Za-z]{1,32})-([0-9]{1,18})\Z")


@dataclass(frozen=True, slots=True)
class Moment:
    """The cursor of who has seen no event yet and wants those from Unix time `time` on, itself
    among them. Those of `earlier` runs only when asked for: of them the log has lost the changes,
    so they cannot be complete."""

    time: float
    earlier: bool = False


ALL = Moment(0.0, earlier=True)
"""The cursor of who wants all that is held."""


def parse(cursor: str) -> tuple[str, int] | None:
    """Epoch and number of an id; None for garbage."""
    match = _ID.match(cursor)
    return (match[1], int(match[2])) if match else None


def make(epoch: str, number: int) -> str:
    """The id with this epoch and number."""
    return f"{epoch}-{number}"
