"""Reads the configuration: each layer over the one before it, wrong values named with a remedy."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trayapp.config import choices, document
from trayapp.config.document import KEYS
from trayapp.config.folders import settle
from trayapp.config.keys import Config, checked
from trayapp.errors import TrayAppError
from trayapp.paths import Paths

TABLES = ("on_change", "rules")
_SWITCH = {"1": True, "true": True, "yes": True, "on": True} | {
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and what the user must be told of it once, in sentences."""

    config: Config
    warnings: tuple[str, ...] = ()


def load(paths: Paths, environ: Mapping[str, str], options: Mapping[str, object]) -> Loaded:
    """The settings of this run. `options` are those given on the command line, by key; None
    means not given. Roots of the environment or the options replace all others.

    A config.toml that is not TOML is renamed to config.toml.bad and defaults are used. A warning
    names each wrong value in it, and each folder that cannot be watched now; those of the options
    were checked before.

    Raises: TrayAppError for a wrong variable or option.
    """
    settings, warnings = _from_file(paths.config_file)
    settings = _with_choices(settings, choices.read(paths.choices_file))
    settings |= _from_environ(environ)
    settings |= _from_options(options)
    settings["roots"], awaited = settle(settings["roots"])
    return Loaded(replace(Config(), **settings), warnings + awaited)


def _with_choices(settings: dict[str, Any], chosen: choices.Choices) -> dict[str, Any]:
    roots = chosen.applied(settings.get("roots", ()))
    return settings | {"roots": roots} | dict(chosen.switched)


def _from_file(file: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return {}, ()
    except OSError as error:
        return {}, (f"{file} cannot be read ({error.strerror}). Defaults are used.",)
    try:
        # Notepad writes a byte order mark, which TOML does not allow.
        settings, faults = document.settings(raw.decode("utf-8-sig"), file.parent)
    except UnicodeDecodeError:
        return {}, (f"{file} is broken: it is not text in UTF-8. {_set_aside(file)}",)
    except (ValueError, RecursionError) as error:
        return {}, (f"{file} is broken: {error}. {_set_aside(file)}",)
    return settings, tuple(f"{file}, {fault}" for fault in faults)


def _set_aside(file: Path) -> str:
    try:
        bad = _free_name(file)
        file.rename(bad)
    except OSError as error:
        return f"Defaults are used; it could not be set aside ({error.strerror})."
    return f"It is kept as {bad.name}, and defaults are used."


def _free_name(file: Path) -> Path:
    bad = file.with_name(f"{file.name}.bad")
    number = 0
    while bad.exists():
        number += 1
        bad = file.with_name(f"{file.name}.bad.{number}")
    return bad


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for key in KEYS:
        name = f"TRAYAPP_{key.upper()}"
        if text := environ.get(name, "").strip():
            found[key] = _variable(name, key, text)
    return found


def _variable(name: str, key: str, text: str) -> object:
    try:
        return checked(key, _from_text(key, text), Path.cwd())
    except ValueError as error:
        raise TrayAppError(
            f"{name} {error}.", f"Correct the environment variable, or remove it: unset {name}"
        ) from error


def _from_text(key: str, text: str) -> object:
    """The TOML value that a variable's text stands for; the text itself when it stands for none."""
    default = getattr(Config(), key)
    if key in TABLES:
        raise ValueError("cannot be given in the environment: write its tables in config.toml")
    if key == "roots":
        return [part for part in text.split(os.pathsep) if part]
    if isinstance(default, tuple):
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(default, str):
        return text
    if isinstance(default, bool):
        return _SWITCH.get(text.lower(), text)
    try:
        return float(text) if isinstance(default, float) else int(text)
    except ValueError:
        return text


def _from_options(options: Mapping[str, object]) -> dict[str, Any]:
    given = {key: value for key, value in options.items() if value is not None}
    return {key: _option(key, value) for key, value in given.items()}


def _option(key: str, value: object) -> object:
    try:
        return checked(key, value, Path.cwd())
    except ValueError as error:
        hint = f"For example: trayapp run --{key} {getattr(Config(), key)}"
        raise TrayAppError(f"--{key} {error}.", hint) from error
