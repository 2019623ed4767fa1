"""The parts of the Redis bus that are pure: addresses, ids, entries."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.bus.draft import Draft
from trayapp.bus.redis import Address, parse, wire
from trayapp.bus.redis.entry import decode, encode, timed
from trayapp.errors import TrayAppError

SECRET = "s3cr3t"
CHANGE_DATA = '{"action": "css", "cause": "a.css", "paths": [], "time": 1.0}'


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://host", Address("host")),
        ("redis://localhost:7000/3", Address("localhost", 7000, 3)),
        ("redis://:p%40ss@host", Address("host", password="p@ss")),
        ("rediss://ada:x@[::1]:7/", Address("::1", 7, user="ada", password="x", tls=True)),
        ("redis://host?name=team", Address("host", name="team")),
    ],
)
def test_an_address_is_read_from_a_url(url: str, address: Address) -> None:
    assert parse(url) == address


@pytest.mark.parametrize(
    "url",
    [
        f"http://:{SECRET}@host",
        f"redis://:{SECRET}/x@host",
        f"redis://:{SECRET}@host:port",
        f"redis://:{SECRET}@host/path",
        f"redis://:{SECRET}@host/0?password={SECRET}",
        f"redis://:{SECRET}@host/0?name={SECRET}!",
        f"redis://:{SECRET}@host/0?ca=/a.pem",
        f"redis://:{SECRET}@[host",
        f"redis://:{SECRET}#@host",
        f"redis:///{SECRET}",
    ],
)
def test_what_is_no_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(TrayAppError) as caught:
        parse(url)
    assert SECRET not in f"{caught.value} {caught.value.__cause__} {caught.value.hint}"


def test_no_text_of_an_address_has_its_password() -> None:
    address = parse(f"rediss://ada:{SECRET}@host/2")
    assert SECRET not in f"{address} {address!r} {address.place}"
    assert str(address) == "rediss://ada:***@host:6379/2"


@pytest.mark.parametrize(
    ("url", "exposed"),
    [
        ("redis://:x@10.0.0.2", True),
        ("redis://:x@example.org", True),
        ("rediss://:x@10.0.0.2", False),
        ("redis://:x@127.0.0.1", False),
        ("redis://:x@localhost", False),
        ("redis://10.0.0.2", False),
    ],
)
def test_a_password_in_plain_text_over_a_network_is_noticed(url: str, exposed: bool) -> None:
    assert parse(url).exposes_password is exposed


@given(
    st.integers(1, 2**53),
    st.text("0123456789abcdef", min_size=12, max_size=12),
    st.integers(0, 2**33),
    st.integers(0, wire.LOCALS - 1),
)
def test_an_id_is_read_as_it_was_made(epoch: int, run: str, shared: int, local: int) -> None:
    number = shared * wire.LOCALS + local
    place = wire.parse(f"{wire.epoch(epoch, run)}-{number}")
    assert place == wire.Place(epoch, run, number)
    assert place.shared == shared
    assert len(f"{wire.epoch(epoch, run)}") <= 32


@pytest.mark.parametrize(
    "cursor", ["", "r-1", "1r-1", "01rab-1", "1rab-", "1rab--1", "9f3c51aa0e42-1"]
)
def test_what_is_no_id_of_ours_is_none(cursor: str) -> None:
    assert wire.parse(cursor) is None


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    st.text("abcXYZ019_-", min_size=1, max_size=64) | st.sampled_from(["hello", "bye", "notify"]),
)
def test_an_event_goes_through_an_entry(data: str, topic: str) -> None:
    draft = Draft(topic, data, "kind", "root", ("outer",))
    value = b"1700000000500000 ab:7 " + encode(draft, "here")
    entry = decode(b"17-3", [b"e", value])
    assert entry.draft == (None if topic in ("hello", "bye") else draft)
    if entry.draft is None:
        return
    assert (entry.epoch, entry.number, entry.stamp) == (17, 3, 1700000000.5)
    assert (entry.run, entry.batch, entry.origin) == ("ab", 7, "here")


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"x",
        b"1 a:1 []",
        b"1 a:1 " + b"[" * 30000,
        b"1 a:x " + encode(Draft("t", "x"), "o"),
        b"x a:1 " + encode(Draft("t", "x"), "o"),
        b"1" + b"0" * 400 + b" a:1 " + encode(Draft("t", "x"), "o"),
        b'1 a:1 ["o","t","","x","","text"]',
        b'1 a:1 ["o","t","",7,"",[]]',
        b'1 a:1 ["o","t","",null,"",[null]]',
        b"1 a:1 " + encode(Draft("a/b", "x"), "o"),
        b"1 a:1 " + encode(Draft("t", "x", "a\nid: 9"), "o"),
        b"1 a:1 " + encode(Draft("t", "x", "reset"), "o"),
        b"1 a:1 " + encode(Draft("state", "x"), "o"),
        b"1 a:1 " + encode(Draft("change", "{", "change"), "o"),
        b"1 a:1 " + encode(Draft("change", "[]", "change"), "o"),
        b"1 a:1 " + encode(Draft("change", '{"action": "css"}', "change"), "o"),
        b"1 a:1 " + encode(Draft("change", CHANGE_DATA), "o"),
        b"1 a:1 " + encode(Draft("t", CHANGE_DATA, "change"), "o"),
        b"\xff 1 2",
    ],
)
def test_what_is_no_event_only_counts(value: bytes) -> None:
    entry = decode(b"17-3", [b"e", value])
    assert entry.draft is None
    assert (entry.epoch, entry.number) == (17, 3)
    assert decode(b"17-4", [b"e", b"1", b"f", b"2"]).draft is None


def test_a_change_gets_the_time_of_this_computer() -> None:
    draft = timed(Draft("change", CHANGE_DATA, "change", "site"), 1234.5678)
    assert json.loads(draft.data)["time"] == 1234.568
    assert timed(Draft("t", CHANGE_DATA), 1.0).data == CHANGE_DATA


@pytest.mark.parametrize(
    "data",
    [
        '{"action": "css", "cause": "a", "paths": [null]}',
        '{"action": "css", "cause": "a", "paths": [5]}',
        '{"action": "css", "cause": "a", "paths": [{"path": 5, "change": "modified"}]}',
        '{"action": "css", "cause": "a", "paths": [{"path": "a"}]}',
        '{"action": "css", "cause": "a", "paths": {}}',
        '{"action": "css", "cause": "a", "paths": [], "more": "many"}',
        '{"action": "css", "cause": "a", "paths": [], "more": NaN}',
        '{"action": "css", "cause": "a", "paths": [], "root": 5}',
        '{"action": 5, "cause": "a", "paths": []}',
        "[]",
        "5",
    ],
)
def test_a_change_that_no_page_can_read_is_no_event(data: str) -> None:
    text = json.dumps(["origin", "change", "change", data, "site", []])
    assert decode(b"1-1", [b"e", f"1 run:1 {text}".encode()]).draft is None


@pytest.mark.parametrize("stamp", [-1, 10**19, 10**40, 10**400])
def test_an_entry_of_an_impossible_time_is_no_event(stamp: int) -> None:
    text = json.dumps(["origin", "t", "", "x", "", []])
    assert decode(b"1-1", [b"e", f"{stamp} run:1 {text}".encode()]).draft is None
