"""Rules: what the user wants done about an event. Pure."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from trayapp.config import Rule
from trayapp.event import CHANGE, COMMAND, NOTIFY, Event

LONGEST = 4096
"""Characters of a message that is shown."""

_LINES = 4

# Colours and the like (ECMA-48: CSI, OSC, short sequences), as in the page script's overlay.js.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")


@dataclass(frozen=True, slots=True)
class Words:
    """An event as people are told of it."""

    title: str
    message: str


class Rules:
    """All rules. What they have published themselves is matched by none."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = [
            (frozenset(rule.do), _glob(rule.topic), _glob(rule.type), _glob(rule.text))
            for rule in rules
        ]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def actions(self, event: Event) -> frozenset[str]:
        """What is to be done about it, of config's ACTIONS."""
        if not self._rules or is_ours(event):
            return frozenset()
        words = words_of(event)
        texts = (words.title, words.message) if _is_said(event) else (event.data,)
        done = [
            do
            for do, topic, type_, text in self._rules
            if topic(event.topic) and type_(event.type or "message") and any(map(text, texts))
        ]
        return frozenset().union(*done)


def is_ours(event: Event) -> bool:
    """Whether a rule has published it, or somebody has asked for a reload by hand."""
    if event.topic == CHANGE:
        return not event.root
    return event.type == NOTIFY and event.local and _fields(event).get("desktop") is False


def words_of(event: Event) -> Words:
    """A title and a message for it: those of a notification; of a command how it went and its last
    lines; of a change its root and what changed; of all else the topic and the data."""
    fields = _fields(event)
    if event.type == NOTIFY:
        return _words(fields.get("title") or "trayapp", fields.get("message"))
    if event.topic == CHANGE:
        return _words(event.root, fields.get("cause"))
    if event.topic == COMMAND and isinstance(fields.get("name"), str):
        lines = _plain(fields.get("output", "")).strip().splitlines()[-_LINES:]
        return _words(f"{fields['name']} {_outcome(fields)}", "\n".join(lines))
    return _words(event.topic, event.data)


def _words(title: object, message: object) -> Words:
    return Words(str(title), _plain(message or "")[:LONGEST])


def _plain(text: object) -> str:
    """It without the colours that programs print."""
    return _ESCAPE.sub("", str(text))


def _is_said(event: Event) -> bool:
    """Whether its data is not what people would call its text."""
    return event.type == NOTIFY or event.topic in (CHANGE, COMMAND)


def _outcome(report: dict[str, object]) -> str:
    if report.get("ok") is None:
        return "runs"
    return "succeeded" if report["ok"] else "failed"


def _fields(event: Event) -> dict[str, object]:
    try:
        fields = json.loads(event.data)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _glob(pattern: str) -> Callable[[str], object]:
    """Whether a text is as `pattern` says: * is any text, ? one character, case does not count. An
    empty one fits all. Each star but the last stops at the first place that fits, for good: else a
    text made for it would be tried in as many ways as it has letters, over and over."""
    if not pattern:
        return lambda _text: True
    first, *rest = (
        "".join("." if c == "?" else re.escape(c) for c in part)
        for part in re.sub(r"\*+", "*", pattern).split("*")
    )
    if not rest:
        return re.compile(first, re.IGNORECASE | re.DOTALL).fullmatch
    *inner, last = rest
    middle = "".join(f"(?>.*?{part})" for part in inner)
    return re.compile(f"{first}{middle}.*{last}", re.IGNORECASE | re.DOTALL).fullmatch
