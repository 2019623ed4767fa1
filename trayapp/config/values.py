"""Values as TOML gives them, and the sentences that say what is wrong with one. Each check raises
ValueError whose text continues a sentence that begins with the name of the setting."""

import os
from collections.abc import Callable
from pathlib import Path

_LABEL_LENGTH = 64


def switch(value: object) -> bool:
    """True or false."""
    if type(value) is not bool:
        raise ValueError(f"must be true or false, not {shown(value)}")
    return value


def entries(value: object, what: str) -> list[object]:
    """A list of `what`, which are not looked at."""
    if not isinstance(value, list):
        raise ValueError(f"must be a list of {what}, not {shown(value)}")
    return value


def texts(value: object, what: str, right: Callable[[str], bool]) -> tuple[str, ...]:
    """A list of `what`, texts for each of which `right` is true."""
    for item in entries(value, what):
        if not isinstance(item, str) or not right(item):
            raise ValueError(f"must be a list of {what}; {shown(item)} is none")
    return tuple(value)  # type: ignore[arg-type]


def absolute(text: object, base: Path) -> Path:
    """A path; a relative one starts at `base`."""
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise ValueError(f"must hold paths; {shown(text)} is none")
    try:
        # Not resolve(): a link keeps the name its user knows it by.
        return Path(os.path.abspath(base / Path(text).expanduser()))  # noqa: PTH100
    except RuntimeError as error:  # ~name of a user that does not exist
        raise ValueError(f"must hold paths; {shown(text)} names an unknown user") from error


def name(text: object, what: str) -> str:
    """What people call something, on one line."""
    if not isinstance(text, str) or len(text) > _LABEL_LENGTH or not text.isprintable():
        raise ValueError(f"must have {what} of at most 64 printable characters, not {shown(text)}")
    return text


def is_pattern(text: str) -> bool:
    """Whether it can stand in a line of a `.gitignore`; what it means is the watcher's matter."""
    return bool(text.strip()) and text.isprintable()


def shown(value: object) -> str:
    """The value, short enough for a sentence."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
