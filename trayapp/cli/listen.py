"""`trayapp listen`: prints events as they come."""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from trayapp import logs
from trayapp.cli import standard
from trayapp.cli.boundary import say
from trayapp.cli.listening import Listening
from trayapp.cli.publisher import check_topic
from trayapp.errors import TrayAppError
from trayapp.event import CHANGE, COMMAND, NOTIFY, READABLE_TOPICS, RESET
from trayapp.paths import locate

_SINCE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([smhd]?)\Z", re.ASCII)
_ID = re.compile(r"[0-9A-Za-z]{1,32}-[0-9]{1,18}\Z", re.ASCII)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DAY = 86400.0


def listen(topics: Sequence[str], since: str | None, count: int | None, *, as_json: bool) -> None:
    """Print what is published under `topics`, or everything when none is named, until interrupted
    or `count` events have come. Raises: TrayAppError."""
    for topic in topics:
        if topic not in READABLE_TOPICS:
            check_topic(topic)
    asked, cursor = since_of(since)
    parameters = [("envelope", "1"), *(("topic", topic) for topic in topics), *asked]
    terminal = standard.is_terminal(standard.OUTPUT)
    for event in Listening(locate(os.environ), parameters, cursor, on_loss=_say_lost):
        if event.type == RESET:
            say("Some events were missed: trayapp no longer has them.", error=True)
            continue
        if as_json:
            printed = [_safe(event.data)]
        else:
            lines = described(json.loads(event.data), named=len(topics) == 1)
            printed = [logs.escaped(line) if terminal else line for line in lines]
        standard.put("".join(f"{line}\n" for line in printed).encode("utf-8", "replace"))
        if count is not None and (count := count - 1) == 0:
            return


def since_of(text: str | None) -> tuple[list[tuple[str, str]], str]:
    """Parameters of the stream and a cursor for a duration or the id of an event.

    Raises: TrayAppError.
    """
    if text is None:
        return [], ""
    if match := _SINCE.match(text):
        seconds = float(match[1]) * _SECONDS[match[2]]
        if seconds <= _DAY:
            return [("since", f"{seconds:.3f}s")], ""
    elif _ID.match(text):
        return [], text
    raise TrayAppError(
        f"--since {text!r} is neither a duration of at most a day nor the id of an event.",
        "For example: trayapp listen --since 10m",
    )


def described(envelope: dict[str, str], *, named: bool) -> Iterator[str]:
    """The lines for people of an event. Unless one topic was `named`, each begins with its own."""
    begin = "" if named else f"{envelope['topic']}: "
    for line in _text(envelope).split("\n"):
        yield begin + line.removesuffix("\r")


def _text(envelope: dict[str, str]) -> str:
    """What it says; events that trayapp knows in words, all others as they were published."""
    data = envelope["data"]
    told = _told.get(envelope["type"]) or _told.get(envelope["topic"])
    if told is None:
        return data
    try:
        said = json.loads(data)
        return told(said) if isinstance(said, dict) else data
    except (ValueError, LookupError, TypeError, RecursionError):  # somebody else's on that topic
        return data


def _change(change: dict[str, str]) -> str:
    return f"{change['root'] or 'all pages'}: {change['cause']}"  # a reload is of no root


def _notification(notification: dict[str, str]) -> str:
    title = notification.get("title")
    return f"{title}: {notification['message']}" if title else str(notification["message"])


def _report(report: dict[str, object]) -> str:
    if report.get("running"):
        return f"{report['name']}: started"
    done = "done" if report["ok"] else f"failed with exit code {report['exit']}"
    return f"{report['name']}: {done} after {report['seconds']} s"


_told: Mapping[str, Callable[[dict[str, Any]], str]] = {
    CHANGE: _change,
    NOTIFY: _notification,
    COMMAND: _report,
}


def _safe(envelope: str) -> str:
    """One line of JSON without characters that could drive a terminal."""
    if logs.escaped(envelope) == envelope:
        return envelope
    return json.dumps(json.loads(envelope))


def _say_lost(error: TrayAppError) -> None:
    say(f"{error.message} Waiting for it …", error=True)
