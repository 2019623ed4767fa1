"""The keys of the configuration: what each one means, its default, and which values are right."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_PORT = 8765
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+\Z")
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\Z")
_LABEL_LENGTH = 64


@dataclass(frozen=True, slots=True)
class RootEntry:
    """A folder to watch. `path` is absolute. `label` names it to pages; empty lets the service
    make one from the folder's name."""

    path: Path
    label: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one run. Every field is a key of config.toml and a variable TRAYAPP_<KEY>;
    its `doc` metadata is what the documentation says of it. Building one checks nothing: values
    from outside come through `load`."""

    port: int = field(
        default=DEFAULT_PORT,
        metadata={"doc": "Port on 127.0.0.1 and ::1, 0 to 65535. 0 takes any free one."},
    )
    roots: tuple[RootEntry, ...] = field(
        default=(),
        metadata={
            "doc": "Folders to watch: a list of paths, or of tables {path, label}. "
            "Relative paths start at the folder of config.toml. None: the demo site."
        },
    )
    ignore: tuple[str, ...] = field(
        default=(),
        metadata={"doc": "Patterns of files and folders to ignore besides the built-in ones."},
    )
    gitignore: bool = field(
        default=True,
        metadata={"doc": "Whether what .gitignore files name is ignored too."},
    )
    links: bool = field(
        default=False,
        metadata={"doc": "Whether links that lead out of a watched folder are followed."},
    )
    notifications: bool = field(
        default=True,
        metadata={"doc": "Whether published notifications are also shown on the desktop."},
    )
    tray: bool = field(
        default=True,
        metadata={"doc": "Whether to show the tray icon."},
    )
    heartbeat: float = field(
        default=15.0,
        metadata={"doc": "Seconds between two heartbeats on a quiet stream, 1 to 15."},
    )
    origins: tuple[str, ...] = field(
        default=(),
        metadata={"doc": "Origins whose pages may read the stream, exact: https://dev.example."},
    )
    hosts: tuple[str, ...] = field(
        default=(),
        metadata={"doc": "Further host names this computer is called by, without a port."},
    )
    lan: bool = field(
        default=False,
        metadata={"doc": "Whether to share with devices of the local network from the start on."},
    )
    from_disk: bool = field(
        default=False,
        metadata={"doc": "Whether pages opened from disk may read and publish without the key."},
    )
    open: bool = field(
        default=True,
        metadata={"doc": "Whether to open the dashboard in the browser at the start."},
    )


def real(path: Path) -> Path:
    """`path` without links; itself where they lead in a circle, or no system takes it."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path


def checked(key: str, value: object, base: Path) -> object:
    """`value`, as TOML gives it, in the form Config holds it. Relative paths start at `base`.

    Raises: ValueError whose text continues a sentence that begins with the name of the setting.
    """
    return _CHECKS[key](value, base)


def _port(value: object, base: Path) -> int:
    if type(value) is not int or not 0 <= value <= 65535:
        raise ValueError(f"must be a whole number from 0 to 65535, not {_shown(value)}")
    return value


def _switch(value: object, base: Path) -> bool:
    if type(value) is not bool:
        raise ValueError(f"must be true or false, not {_shown(value)}")
    return value


def _heartbeat(value: object, base: Path) -> float:
    if type(value) not in (int, float) or not 1 <= value <= 15:  # type: ignore[operator]
        raise ValueError(f"must be a number of seconds from 1 to 15, not {_shown(value)}")
    return float(value)  # type: ignore[arg-type]


def _ignore(value: object, base: Path) -> tuple[str, ...]:
    return _texts(value, "patterns", lambda text: bool(text.strip()) and text.isprintable())


def _origins(value: object, base: Path) -> tuple[str, ...]:
    return _texts(value, "origins like https://dev.example", lambda text: bool(_ORIGIN.match(text)))


def _hosts(value: object, base: Path) -> tuple[str, ...]:
    names = _texts(value, "host names without a port", lambda text: bool(_HOST.match(text)))
    return tuple(name.lower() for name in names)


def _texts(value: object, what: str, right: Callable[[str], bool]) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"must be a list of {what}, not {_shown(value)}")
    for item in value:
        if not isinstance(item, str) or not right(item):
            raise ValueError(f"must be a list of {what}; {_shown(item)} is none")
    return tuple(value)


def root_entries(value: object, base: Path) -> tuple[RootEntry, ...]:
    """The roots that a list of paths or of tables names. Raises: ValueError, as `checked`."""
    if not isinstance(value, list):
        raise ValueError(f"must be a list of folders, not {_shown(value)}")
    entries = tuple(_root(item, base) for item in value)
    labels = [entry.label for entry in entries if entry.label]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"must have different labels; {_shown(label)} is there twice")
    return entries


def _root(item: object, base: Path) -> RootEntry:
    table = {"path": item} if isinstance(item, str) else item
    if not isinstance(table, dict) or not {"path"} <= table.keys() <= {"path", "label"}:
        raise ValueError(
            f'must hold paths or tables {{path = "…", label = "…"}}, not {_shown(item)}'
        )
    return RootEntry(_absolute(table["path"], base), _label(table.get("label", "")))


def _absolute(text: object, base: Path) -> Path:
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise ValueError(f"must hold paths; {_shown(text)} is none")
    try:
        # Not resolve(): a link keeps the name its user knows it by.
        return Path(os.path.abspath(base / Path(text).expanduser()))  # noqa: PTH100
    except RuntimeError as error:  # ~name of a user that does not exist
        raise ValueError(f"must hold paths; {_shown(text)} names an unknown user") from error


def _label(text: object) -> str:
    if not isinstance(text, str) or len(text) > _LABEL_LENGTH or not text.isprintable():
        raise ValueError(f"must have labels of at most 64 printable characters, not {_shown(text)}")
    return text


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


_CHECKS: Mapping[str, Callable[[object, Path], object]] = {
    "port": _port,
    "roots": root_entries,
    "ignore": _ignore,
    "gitignore": _switch,
    "links": _switch,
    "notifications": _switch,
    "tray": _switch,
    "heartbeat": _heartbeat,
    "origins": _origins,
    "hosts": _hosts,
    "lan": _switch,
    "from_disk": _switch,
    "open": _switch,
}
