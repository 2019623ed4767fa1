"""The tables of config.toml that say what happens by itself: commands run on changes, and rules."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from trayapp.config.values import absolute, is_pattern, name, shown, switch, texts
from trayapp.event import RESERVED_TOPICS, TOPIC

ACTIONS = ("desktop", "toast", "reload", "sound")
"""What a rule can do."""


@dataclass(frozen=True, slots=True)
class OnChange:
    """A command that runs when files change. `run` as text goes through the system's shell.

    `paths` are patterns as in a `.gitignore`. `root` is the label of the one watch root it is for,
    empty for all of them. It runs in `folder`, None: that of the root that changed. Its output goes
    to `topic`. With `restart`, a newer change ends the command that runs, and starts it anew.
    """

    run: str | tuple[str, ...]
    paths: tuple[str, ...]
    root: str = ""
    folder: Path | None = None
    name: str = ""
    topic: str = "output"
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What to `do` (of ACTIONS) for events. `topic`, `type` and `text` are patterns of * and ? for
    the whole text; empty ones match everything."""

    do: tuple[str, ...]
    topic: str = ""
    type: str = ""
    text: str = ""


def on_change(value: object, base: Path) -> tuple[OnChange, ...]:
    """The commands of `[[on_change]]`. Raises: ValueError, as all checks of values."""
    example = '[[on_change]] run = "make", paths = ["*.c"]'
    known = ("run", "paths", "root", "folder", "name", "topic", "restart")
    tables = _tables(value, known, ("run", "paths"), example)
    found = tuple(_on_change(table, base) for table in tables)
    names = [one.name for one in found]
    for each in names:
        if names.count(each) > 1:
            raise ValueError(
                f"must have different names; {shown(each)} is there twice. Give one a name of its "
                'own: name = "…"'
            )
    return found


def rules(value: object, base: Path) -> tuple[Rule, ...]:
    """The rules of `[[rules]]`. Raises: ValueError, as all checks of values."""
    example = '[[rules]] topic = "build", text = "*failed*", do = ["desktop"]'
    tables = _tables(value, ("topic", "type", "text", "do"), ("do",), example)
    return tuple(map(_rule, tables))


def _tables(
    value: object, known: tuple[str, ...], needed: tuple[str, ...], example: str
) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise ValueError(f"must be tables of config.toml, such as {example}; not {shown(value)}")
    for table in value:
        for key in table.keys() - set(known):
            raise ValueError(
                f"has no key {shown(key)}; there are {', '.join(known)}. "
                "What stands below a [[table]] belongs to it: settings come first"
            )
        for key in needed:
            if key not in table:
                raise ValueError(f"must have the key {key} in each table, such as {example}")
    return value


def _on_change(table: Mapping[str, Any], base: Path) -> OnChange:
    run = _run(table["run"])
    folder = table.get("folder")
    return OnChange(
        run,
        _at("paths", _patterns, table["paths"]),
        _at(
            "root", lambda text: name(text, "the label of a watched folder"), table.get("root", "")
        ),
        None if folder is None else _at("folder", lambda text: absolute(text, base), folder),
        _at("name", lambda text: name(text, "a name"), table.get("name", "")) or _first_word(run),
        _at("topic", _topic, table.get("topic", "output")),
        _at("restart", switch, table.get("restart", False)),
    )


def _at(key: str, check: Callable[[object], Any], value: object) -> Any:
    """The checked value; a fault is told with the key it is at."""
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"{key} {error}") from error


def _run(value: object) -> str | tuple[str, ...]:
    """A command line, or a program and its arguments."""
    words = value if isinstance(value, list) else [value]
    run = tuple(word for word in words if isinstance(word, str) and "\0" not in word)
    if len(run) < len(words) or not run or not run[0].strip():
        raise ValueError(
            f'run must be a command line, or a list like ["make", "css"], not {shown(value)}'
        )
    return run if isinstance(value, list) else run[0]


def _first_word(run: str | tuple[str, ...]) -> str:
    try:
        words = shlex.split(run) if isinstance(run, str) else run
    except ValueError:  # only a shell can read it
        words = str(run).split()
    text = PurePath(words[0]).name if words else ""
    return "".join(letter for letter in text if letter.isprintable())[:64] or "command"


def _patterns(value: object) -> tuple[str, ...]:
    found = texts(value, 'patterns as in a .gitignore, such as "*.scss"', is_pattern)
    if not found:
        raise ValueError('must have at least one pattern, such as "*.scss"')
    return found


def _topic(value: object) -> str:
    if not isinstance(value, str) or not TOPIC.match(value) or value in RESERVED_TOPICS:
        raise ValueError(
            f"must be 1 to 64 letters, digits, - or _, and no reserved word, not {shown(value)}"
        )
    return value


def _rule(table: Mapping[str, Any]) -> Rule:
    known = f"actions, of {', '.join(ACTIONS)}"
    do = _at("do", lambda value: texts(value, known, lambda text: text in ACTIONS), table["do"])
    fields = {
        key: _at(key, _wanted, table[key]) for key in ("topic", "type", "text") if key in table
    }
    if not do or not any(fields.values()):
        raise ValueError(
            "must say in each table what to do, and for which topic, type or text; "
            'for all events: topic = "*"'
        )
    return Rule(do, **fields)


def _wanted(value: object) -> str:
    if not isinstance(value, str) or len(value) > 1000:
        raise ValueError(f"must be a text, where * stands for any text, not {shown(value)}")
    return value
