"""A cursor is honoured, or answered by exactly one reset; by header and by both query names."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.streams import Reader, open_stream
from tests.support import Running, program_environ
from tests.torture.publisher import publish

EVICTING = 140
"""Events of the largest size: more than the 8 MB that are held."""

FORMS = ("Last-Event-ID", "last_event_id", "lastEventId")

BAD = {
    "other epoch": "0123456789ab-3",
    "future": "{epoch}-999999",
    "far future": "{epoch}-9999999999999999999",
    "beyond all numbers": "{epoch}-" + "9" * 60,
    "negative": "{epoch}--1",
    "no number": "{epoch}-",
    "no epoch": "-141",
    "number only": "141",
    "garbage": "garbage",
    "too long": "x" * 129,
    "much too long": "7" * 5000,
    "too long but for its end": "{epoch}-" + "0" * 300 + "141",
    "percent-coded twice": "{epoch}%2D141",
    "inner space": "{epoch}- 141",
    "signed": "{epoch}-+141",
    "underscored": "{epoch}-1_41",
    "arabic digits": "{epoch}-١٤١",
    "fullwidth digits": "{epoch}-１４１",
    "two cursors": "{epoch}-140,{epoch}-141",
}
"""Cursors nobody could honour, after 141 events. What is no ASCII goes out as UTF-8."""

QUERY_ONLY = {
    "NUL": "\0",
    "NUL at the end": "{epoch}-141\0",
    "NUL inside": "{epoch}\0-141",
    "line end": "{epoch}-141\n",
    "CR LF and a header": "{epoch}-141\r\nX: y",
}
"""What no header can hold."""

CASES = [(form, name, text) for form in FORMS for name, text in BAD.items()]
CASES += [(form, name, text) for form in FORMS[1:] for name, text in QUERY_ONLY.items()]


class Lived:
    """A program whose first events have left the memory."""

    def __init__(self, running: Running) -> None:
        self.port = running.port
        for _ in range(EVICTING):
            publish(self.port, b"x" * 65536)
        self.last = publish(self.port, b"last")
        self.epoch = self.last.partition("-")[0]

    def ask(self, form: str, cursor: str) -> Reader:
        """Open a stream with `cursor`, given by the header or query parameter `form`."""
        if form == "Last-Event-ID":
            octets = cursor.encode().decode("latin-1")
            return open_stream(self.port, "/stream?topic=t", f"{form}: {octets}")
        return open_stream(self.port, f"/stream?topic=t&{form}={quote(cursor, safe='')}")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("cursors")
    yield from _lived(folder)


def _lived(folder: Path) -> Iterator[Lived]:
    site = folder / "site"
    site.mkdir()
    arguments = ["run", str(site), "--no-tray", "--port", "0"]
    running = Running(arguments, program_environ(folder / "home"), folder)
    try:
        yield Lived(running)
    finally:
        running.stop()


@pytest.mark.parametrize(
    ("form", "text"), [pytest.param(f, t, id=f"{f}-{name}") for f, name, t in CASES]
)
def test_a_bad_cursor_gets_exactly_one_reset_that_names_the_new_one(
    lived: Lived, form: str, text: str
) -> None:
    reader = lived.ask(form, text.format(epoch=lived.epoch))
    hello, reset = reader.next(), reader.next()
    head = publish(lived.port, b"next")
    following = reader.next()
    reader.close()

    assert (hello.type, reset.type) == ("hello", "reset")
    new = json.loads(reset.data)["id"]
    assert new == reset.id == hello.id
    assert (following.type, following.data, following.id) == ("message", "next", head)
    assert _number(new) + 1 == _number(head)


def _number(event_id: str) -> int:
    return int(event_id.rpartition("-")[2])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", [0, 1, 7])
def test_a_place_that_has_left_the_memory_is_read_from_the_log(
    lived: Lived, form: str, number: int
) -> None:
    reader = lived.ask(form, f"{lived.epoch}-{number}")
    events = [reader.next() for _ in range(EVICTING - number + 2)]
    reader.close()
    assert [_number(event.id) for event in events] == list(range(number, EVICTING + 2))


@pytest.mark.parametrize("form", FORMS)
def test_the_cursor_that_a_reset_names_is_good(lived: Lived, form: str) -> None:
    broken = lived.ask(form, "garbage")
    new = [broken.next(), broken.next()][1].id
    broken.close()
    ids = [publish(lived.port, b"missed") for _ in range(3)]
    reader = lived.ask(form, new)
    assert [reader.next().id for _ in range(4)] == [new, *ids]
    reader.close()


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_cursor_counts_as_none(lived: Lived, form: str) -> None:
    publish(lived.port, b"before")
    reader = lived.ask(form, "")
    assert reader.next().type == "hello"
    expected = publish(lived.port, b"after")
    assert reader.next().id == expected
    reader.close()


@pytest.mark.parametrize("form", FORMS)
def test_a_good_cursor_is_honoured_however_it_is_coded(lived: Lived, form: str) -> None:
    cursor = publish(lived.port, b"seen")
    missed = publish(lived.port, b"missed")
    if form == "Last-Event-ID":
        readers = [lived.ask(form, cursor), lived.ask(form, f"{cursor}  ")]  # RFC 9110 §5.5: OWS
    else:
        coded = "".join(f"%{octet:02X}" for octet in cursor.encode())
        target = f"/stream?topic=t&{form}={coded}"
        readers = [lived.ask(form, cursor), open_stream(lived.port, target)]
    for reader in readers:
        assert [(reader.next().type, reader.next().id) for _ in range(1)] == [("hello", missed)]
        reader.close()


def test_the_header_wins_over_the_query(lived: Lived) -> None:
    """A browser sends both after a reconnect: the address with the cursor of the page's start."""
    old = publish(lived.port, b"old")
    new = publish(lived.port, b"new")
    target = f"/stream?topic=t&last_event_id={old}"
    reader = open_stream(lived.port, target, f"Last-Event-ID: {new}")
    reader.next()
    expected = publish(lived.port, b"newest")
    assert reader.next().id == expected
    reader.close()
