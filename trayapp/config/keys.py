"""The keys of the configuration: what each one means, its default, and which values are right."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from trayapp.config import names, tables
from trayapp.config.tables import OnChange, Rule
from trayapp.config.values import absolute, entries, is_pattern, name, shown, switch, texts

DEFAULT_PORT = 8765
_BUS = re.compile(r"(?:rediss?://[^\s\x00-\x20\x7f]+)?\Z")


@dataclass(frozen=True, slots=True)
class RootEntry:
    """A folder to watch. `path` is absolute. `label` names it to pages; empty lets the service
    make one from the folder's name. The changes of one that is `shared` are told on all computers
    of the bus. A dashboard had it watched where `dashboard` is true, and not the user by name."""

    path: Path
    label: str = ""
    shared: bool = False
    dashboard: bool = False


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
            "doc": "Folders to watch: a list of paths, or of tables {path, label, shared}. "
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
        metadata={
            "doc": "Origins whose pages may read and publish: https://dev.example, "
            "capacitor://localhost."
        },
    )
    hosts: tuple[str, ...] = field(
        default=(),
        metadata={"doc": "Further names and addresses this computer is called by, without a port."},
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
    bus: str = field(
        default="",
        repr=False,  # there may be a password in it
        metadata={
            "doc": "Redis that the computers of a team publish through: redis://[user:password@]"
            "host[:port][/number], rediss:// with TLS. None: this computer alone."
        },
    )
    on_change: tuple[OnChange, ...] = field(
        default=(),
        metadata={"doc": "Commands to run when files change: tables of config.toml only."},
    )
    rules: tuple[Rule, ...] = field(
        default=(),
        metadata={"doc": "What to do when something is published: tables of config.toml only."},
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
        raise ValueError(f"must be a whole number from 0 to 65535, not {shown(value)}")
    return value


def _switch(value: object, base: Path) -> bool:
    return switch(value)


def _heartbeat(value: object, base: Path) -> float:
    if type(value) not in (int, float) or not 1 <= value <= 15:  # type: ignore[operator]
        raise ValueError(f"must be a number of seconds from 1 to 15, not {shown(value)}")
    return float(value)  # type: ignore[arg-type]


def _ignore(value: object, base: Path) -> tuple[str, ...]:
    return texts(value, "patterns", is_pattern)


def _origins(value: object, base: Path) -> tuple[str, ...]:
    return tuple(map(names.origin, entries(value, "origins like https://dev.example")))


def _hosts(value: object, base: Path) -> tuple[str, ...]:
    return tuple(map(names.host, entries(value, "host names without a port")))


def _bus(value: object, base: Path) -> str:
    """The address is never shown: there may be a password in it."""
    if not isinstance(value, str) or not _BUS.match(value) or (value and not _has_host(value)):
        raise ValueError("must be an address like redis://localhost:6379/0, or empty; *** is none")
    return value


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port, or a bracket, that is none
        return False


def root_entries(value: object, base: Path) -> tuple[RootEntry, ...]:
    """The roots that a list of paths or of tables names. Raises: ValueError, as `checked`."""
    if not isinstance(value, list):
        raise ValueError(f"must be a list of folders, not {shown(value)}")
    entries = tuple(_root(item, base) for item in value)
    labels = [entry.label for entry in entries if entry.label]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"must have different labels; {shown(label)} is there twice")
    return entries


def _root(item: object, base: Path) -> RootEntry:
    table = {"path": item} if isinstance(item, str) else item
    if not isinstance(table, dict) or not {"path"} <= table.keys() <= {"path", "label", "shared"}:
        raise ValueError(
            "must hold paths or tables "
            f'{{path = "…", label = "…", shared = true}}, not {shown(item)}'
        )
    try:
        shared = switch(table.get("shared", False))
    except ValueError as error:
        raise ValueError(
            f"must have shared = true or false, not {shown(table['shared'])}"
        ) from error
    return RootEntry(absolute(table["path"], base), name(table.get("label", ""), "labels"), shared)


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
    "bus": _bus,
    "on_change": tables.on_change,
    "rules": tables.rules,
}
