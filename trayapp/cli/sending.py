"""`trayapp send`: one event."""

import os
import sys
from collections.abc import Mapping, Sequence

import click

from trayapp.cli.boundary import say
from trayapp.cli.publisher import Publisher, check_topic, check_type
from trayapp.errors import TrayAppError
from trayapp.paths import locate

MAX_TEXT = 65536


def send(words: Sequence[str], topic: str, type_: str | None, fields: Mapping[str, object]) -> None:
    """Send the words, or the standard input when they are `-` or missing. `fields` are those of a
    notification, None for those that were not given. Raises: TrayAppError."""
    given = {name: str(value) for name, value in fields.items() if value is not None}
    check_topic(topic)
    if type_ is not None:
        check_type(topic, given)
        given["event"] = type_
    text = _standard_input() if not words or words == ("-",) else " ".join(words)
    if not text:
        raise TrayAppError("The text to send is empty.", 'Say something: trayapp send "Hello"')
    publisher = Publisher(locate(os.environ))
    try:
        say(f"Sent as {publisher.publish(topic, text, given)}")
    finally:
        publisher.close()


def _standard_input() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("Say what to send: trayapp send TEXT, or pipe it in.")
    data = sys.stdin.buffer.read(MAX_TEXT + 1)
    if len(data) > MAX_TEXT:
        raise TrayAppError(
            "The text on the standard input is longer than 64 KiB.",
            "Send a part of it: … | tail -c 4000 | trayapp send",
        )
    try:
        return data.decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError as error:
        raise TrayAppError(
            "The text on the standard input is not UTF-8.",
            "Convert it first: … | iconv -t UTF-8 | trayapp send",
        ) from error
