"""`trayapp pipe`: each line of the standard input is an event."""

import codecs
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from trayapp.cli import standard
from trayapp.cli.boundary import say
from trayapp.cli.publisher import Publisher, check_topic, check_type
from trayapp.errors import TrayAppError
from trayapp.event import NOTIFY
from trayapp.paths import locate

PATIENCE = 30.0
"""Seconds a line is offered while trayapp restarts."""

AT_ONCE = 64
"""Lines in one request at most: so many may be there twice when trayapp ends while it answers."""

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
    for octets, lines in groups(source):
        if tee:
            standard.put(octets)
        try:
            for batch in batches([part for line in lines for part in parts(line)], topic):
                if len(batch) == 1:
                    publisher.publish(topic, batch[0], query)
                else:
                    publisher.publish_lines(topic, batch, query)
                sent += len(batch)
        except TrayAppError as error:
            told = f"{sent:,} {'event was' if sent == 1 else 'events were'} sent before."
            raise TrayAppError(f"{error.message} {told}", error.hint) from error


def groups(source: BinaryIO) -> Iterator[tuple[bytes, list[str]]]:
    """What comes at once: as it is, and the lines that it ends, as text without their ends. A line
    that is too long comes in pieces, cut between characters. What is no UTF-8 becomes U+FFFD."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    rest = b""
    # read1, not read or readline: those wait for more where a line has come.
    while octets := source.read1(LONGEST):  # type: ignore[attr-defined]
        *ended, rest = (rest + octets).split(b"\n")
        lines = [decode(line.rstrip(b"\r"), True) for line in ended]
        if len(rest) >= LONGEST:
            lines.append(decode(rest))
            rest = b""
        yield octets, lines
    yield b"", [decode(rest, True)]


def batches(lines: Sequence[str], topic: str) -> Iterator[Sequence[str]]:
    """`lines` in groups that fit into one request. Notifications go one by one."""
    begin, size = 0, 0
    for place, line in enumerate(lines):
        size += len(line.encode()) + 1
        if place > begin and (size > LONGEST or place - begin >= AT_ONCE or topic == NOTIFY):
            yield lines[begin:place]
            begin, size = place, len(line.encode()) + 1
    if lines[begin:]:
        yield lines[begin:]


def parts(text: str) -> list[str]:
    """`text` as events that are short enough; none for an empty line."""
    if len(text.encode()) <= LONGEST:
        return [text] if text else []
    step = LONGEST // _LONGEST_CHARACTER
    return [text[start : start + step] for start in range(0, len(text), step)]


def _say_waiting(error: TrayAppError) -> None:
    say(f"{error.message} Waiting for it, {PATIENCE:.0f} seconds at most …", error=True)
