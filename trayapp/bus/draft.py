"""A draft: an event that has no id yet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants published; its fields are those of `Event`."""

    topic: str
    data: str
    type: str = ""
    root: str = ""
    within: tuple[str, ...] = ()
    local: bool = False
