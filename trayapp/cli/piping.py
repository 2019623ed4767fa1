"""`trayapp pipe`: each line of the standard input is an event."""

import codecs
import os
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from trayapp.cli import standard
from trayapp.cli.boundary import say
from trayapp.cli.publisher import Publisher, check_topic, check_type
from trayapp.errors import TrayAppError
from trayapp.paths import locate

PATIENCE = 30.0
"""Seconds a line is offered while trayapp restarts."""

LONGEST = 65536
_LONGEST_CHARACTER = 4


def pipe(topic: str, type_: str | None, *, tee: bool) -> None:
    """Publish line by line, as fast as that goes, until the input ends. Raises: TrayAppError."""
    check_topic(topic)
    if type_ is not None:
        check_type(topic, {})
    source = standard.source()
    publisher = Publisher(locate(os.environ), patience=PATIENCE, on_wait=_say_waiting)
    try:
        publisher.connect()
        _publish(source, publisher, topic, {"event": type_} if type_ else {}, tee=tee)
    finally:
        publisher.close()


def _publish(
    source: BinaryIO, publisher: Publisher, topic: str, query: Mapping[str, str], *, tee: bool
) -> None:
    sent = 0
    for octets, text in pieces(source):
        if tee:
            standard.put(octets)
        try:
            for part in parts(text):
                publisher.publish(topic, part, query)
                sent += 1
        except TrayAppError as error:
            told = f"{sent:,} {'event was' if sent == 1 else 'events were'} sent before."
            raise TrayAppError(f"{error.message} {told}", error.hint) from error


def pieces(source: BinaryIO) -> Iterator[tuple[bytes, str]]:
    """The lines of `source` as they are, and as text without their ends; longer ones cut between
    characters. What is no UTF-8 becomes U+FFFD."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    while octets := source.readline(LONGEST - _LONGEST_CHARACTER):
        ended = octets.endswith(b"\n")
        yield octets, decode(octets.rstrip(b"\r\n") if ended else octets, ended)
    if rest := decode(b"", True):
        yield b"", rest


def parts(text: str) -> list[str]:
    """`text` as events that are short enough; none for an empty line."""
    if len(text.encode()) <= LONGEST:
        return [text] if text else []
    step = LONGEST // _LONGEST_CHARACTER
    return [text[start : start + step] for start in range(0, len(text), step)]


def _say_waiting(error: TrayAppError) -> None:
    say(f"{error.message} Waiting for it, {PATIENCE:.0f} seconds at most …", error=True)
