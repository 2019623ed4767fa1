"""What the user switched at run time: folders added and removed, what is on or off, and where
commands may run.

Kept in choices.json, apart from config.toml, which belongs to the user and is never written: see
docs/decisions for why. A damaged file counts as empty; it holds nothing that cannot be redone.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from trayapp.config.keys import RootEntry, real, root_entries
from trayapp.errors import TrayAppError
from trayapp.paths import Paths, write_private

logger = logging.getLogger(__name__)

SWITCHES = ("notifications", "lan", "from_disk")
"""Keys of the configuration that are true or false and can be switched."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Differences to config.toml. `switched` holds those of SWITCHES that were ever switched,
    `allowed` the real paths of folders in which the user lets commands run."""

    added: tuple[RootEntry, ...] = ()
    removed: tuple[Path, ...] = ()
    switched: Mapping[str, bool] = field(default_factory=dict)
    allowed: tuple[Path, ...] = ()

    def applied(self, roots: tuple[RootEntry, ...]) -> tuple[RootEntry, ...]:
        """The roots of config.toml without the removed, then the added ones."""
        removed = {real(path) for path in self.removed}  # a link in config.toml is its folder
        return tuple(one for one in roots if real(one.path) not in removed) + self.added

    def with_root(self, entry: RootEntry) -> "Choices":
        """As if `entry` was added last."""
        without = self.without_root(entry.path)
        removed = tuple(path for path in self.removed if path != entry.path)
        return replace(without, added=(*without.added, entry), removed=removed)

    def without_root(self, path: Path) -> "Choices":
        """As if the folder at `path` was removed last."""
        added = tuple(entry for entry in self.added if entry.path != path)
        removed = (*(other for other in self.removed if other != path), path)
        return replace(self, added=added, removed=removed)


def read(file: Path) -> Choices:
    """The choices kept in `file`, none when it is missing or damaged."""
    try:
        return _parsed(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Choices()
    except (OSError, ValueError, RecursionError) as error:
        logger.warning("choices in %s are ignored: %s", file.name, error)
        return Choices()


def allowed(paths: Paths) -> tuple[Path, ...]:
    """The folders in which the user lets commands run."""
    return read(paths.choices_file).allowed


def remember(
    paths: Paths,
    *,
    allow: Path | None = None,
    add: RootEntry | None = None,
    remove: Path | None = None,
    notifications: bool | None = None,
    lan: bool | None = None,
    from_disk: bool | None = None,
) -> None:
    """Keep one choice for the next start. One writer at a time: the service's.

    Raises: TrayAppError when it cannot be written; the choice then holds for this run only.
    """
    choices = read(paths.choices_file)
    if add is not None:
        choices = choices.with_root(add)
    if remove is not None:
        choices = choices.without_root(remove)
    if allow is not None and allow not in choices.allowed:
        choices = replace(choices, allowed=(*choices.allowed, allow))
    given = {"notifications": notifications, "lan": lan, "from_disk": from_disk}
    now = {key: on for key, on in given.items() if on is not None}
    _write(paths.choices_file, replace(choices, switched={**choices.switched, **now}))


def _parsed(data: object) -> Choices:
    if not isinstance(data, dict):
        raise ValueError("not an object")
    switched = {key: data[key] for key in SWITCHES if data.get(key) is not None}
    for key, value in switched.items():
        if not isinstance(value, bool):
            raise ValueError(f"{key} is no boolean")
    marked = set(_paths(data.get("dashboard", [])))
    added = _entries(data.get("added", []))
    return Choices(
        tuple(replace(entry, dashboard=entry.path in marked) for entry in added),
        _paths(data.get("removed", [])),
        switched,
        _paths(data.get("allowed", [])),
    )


def _paths(value: object) -> tuple[Path, ...]:
    return tuple(entry.path for entry in _entries(value))


def _entries(value: object) -> tuple[RootEntry, ...]:
    return root_entries(value, Path.cwd())


def _write(file: Path, choices: Choices) -> None:
    data = {
        "added": [{"path": str(entry.path), "label": entry.label} for entry in choices.added],
        "dashboard": [str(entry.path) for entry in choices.added if entry.dashboard],
        "removed": [str(path) for path in choices.removed],
        "allowed": [str(path) for path in choices.allowed],
        **choices.switched,
    }
    try:
        write_private(file, json.dumps(data, indent=1))
    except OSError as error:
        raise TrayAppError(
            f"Cannot write {file}: {error.strerror}. The change holds until trayapp stops.",
            "Free some space, or make the folder writable.",
        ) from error
