"""Paired devices: codes, cookies, what is kept and what is forgotten."""

import json
import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.fakes import Clock
from trayapp.errors import TrayAppError
from trayapp.web.devicefile import NAME_LENGTH, clean_name
from trayapp.web.devices import (
    CODE_LIFETIME,
    COOKIE,
    LIFETIME,
    MOST,
    SEEN_AGAIN,
    WRONG,
    WRONG_IN_TOTAL,
    Devices,
)
from trayapp.web.tokens import Verdict

PHONE = "192.168.1.20"
TABLET = "192.168.1.21"


class Kept:
    """Devices in a file, with a clock of their own; `changes` counts the calls back."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.clock = Clock()
        self.changes = 0
        self.devices = self.again()

    def again(self) -> Devices:
        """As after a restart."""
        self.devices = Devices(self.file, self._changed, clock=self.clock)
        self.devices.load()
        return self.devices

    def pair(self, name: str = "phone", address: str = PHONE) -> tuple[str, str]:
        """A device that is paired now, and the value of its cookie."""
        pairing = self.devices.pair(self.devices.issue_code(0), name, address, 0)
        assert pairing.verdict is Verdict.RIGHT
        return pairing.device, value(pairing.cookie)

    def names(self) -> list[str]:
        return [each.name for each in self.devices.states({})]

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "devices.json")


def value(cookie: str) -> str:
    return cookie.partition(";")[0].partition("=")[2]


# Pairing


def test_a_code_pairs_one_device_once(kept: Kept) -> None:
    code = kept.devices.issue_code(0)
    pairing = kept.devices.pair(code, "My phone", PHONE, 1)
    assert pairing.verdict is Verdict.RIGHT
    assert kept.devices.recognise(value(pairing.cookie), PHONE) == pairing.device
    again = kept.devices.pair(code, "Thief", TABLET, 2)
    assert (again.verdict, again.device, again.cookie) == (Verdict.WRONG, "", "")
    assert kept.names() == ["My phone"]


def test_a_code_dies_after_two_minutes(kept: Kept) -> None:
    code = kept.devices.issue_code(0)
    assert kept.devices.pair(code, "", PHONE, CODE_LIFETIME).verdict is Verdict.WRONG
    assert kept.devices.states({}) == ()


def test_no_script_can_read_the_cookie_and_no_other_site_send_it(kept: Kept) -> None:
    code = kept.devices.issue_code(0)
    cookie = kept.devices.pair(code, "", PHONE, 0).cookie
    name, _, attributes = cookie.partition("=")
    assert name == COOKIE
    assert set(attributes.split("; ")[1:]) == {
        "HttpOnly",
        "SameSite=Strict",
        "Path=/",
        "Max-Age=2592000",
    }


def test_wrong_codes_are_limited_for_each_address_and_the_right_one_still_pairs(
    kept: Kept,
) -> None:
    verdicts = [kept.devices.pair("wrong", "", PHONE, 0).verdict for _ in range(100)]
    assert verdicts == [Verdict.WRONG] * WRONG.burst + [Verdict.LIMITED] * (100 - WRONG.burst)
    assert kept.devices.pair("wrong", "", PHONE, 61).verdict is Verdict.WRONG
    assert kept.devices.pair("wrong", "", TABLET, 0).verdict is not Verdict.RIGHT
    kept.pair()


def test_the_addresses_of_one_subnet_guess_as_one(kept: Kept) -> None:
    verdicts = [kept.devices.pair("wrong", "", f"fd77::{each:x}", 0).verdict for each in range(30)]
    assert verdicts.count(Verdict.WRONG) == WRONG.burst
    assert kept.devices.pair("wrong", "", "fd77:0:0:1::1", 0).verdict is Verdict.WRONG


def test_wrong_codes_are_limited_in_total(kept: Kept) -> None:
    verdicts = [kept.devices.pair("wrong", "", f"10.0.0.{each}", 0).verdict for each in range(200)]
    assert verdicts.count(Verdict.WRONG) == WRONG_IN_TOTAL.burst
    assert verdicts[-1] is Verdict.LIMITED


def test_a_device_that_pairs_again_keeps_its_place_and_loses_its_old_cookie(kept: Kept) -> None:
    device, old = kept.pair()
    code = kept.devices.issue_code(0)
    pairing = kept.devices.pair(code, "phone again", TABLET, 0, former=device)
    assert pairing.device == device
    assert kept.names() == ["phone again"]
    assert kept.devices.recognise(old, PHONE) == ""
    assert kept.devices.recognise(value(pairing.cookie), PHONE) == device


def test_a_former_device_that_nobody_knows_is_a_new_one(kept: Kept) -> None:
    code = kept.devices.issue_code(0)
    pairing = kept.devices.pair(code, "", PHONE, 0, former="chosen by the device")
    assert pairing.device not in {"", "chosen by the device"}


def test_the_number_of_devices_is_bounded(kept: Kept) -> None:
    first, cookie = kept.pair()
    for _ in range(MOST):
        kept.clock.now += 1
        kept.pair("later")
    assert len(kept.devices.states({})) == MOST
    assert kept.devices.recognise(cookie, PHONE) == ""


# Recognising


def test_only_the_whole_cookie_is_recognised(kept: Kept) -> None:
    device, cookie = kept.pair()
    other, another = kept.pair("tablet")
    _, _, secret = cookie.partition(".")
    for wrong in (
        "",
        ".",
        device,
        f"{device}.",
        f".{secret}",
        f"{other}.{secret}",
        f"{cookie}x",
        cookie[:-1],
        cookie.upper(),
        "\udcff.é",
    ):
        assert kept.devices.recognise(wrong, PHONE) == ""
    assert kept.devices.recognise(another, TABLET) == other


@given(st.text(max_size=80))
def test_no_text_is_a_cookie(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    kept = Kept(tmp_path_factory.getbasetemp() / "no-such-folder" / "devices.json")
    kept.pair()
    assert kept.devices.recognise(text, PHONE) == ""


def test_a_pairing_ends_after_30_days_here_as_in_the_browser(kept: Kept) -> None:
    device, cookie = kept.pair()
    kept.clock.now += LIFETIME - 1
    assert kept.devices.recognise(cookie, PHONE) == device
    kept.clock.now += 1
    assert kept.devices.recognise(cookie, PHONE) == ""
    assert kept.devices.states({}) == ()
    assert kept.again().states({}) == ()


def test_where_and_when_a_device_was_seen_is_noted(kept: Kept) -> None:
    _, cookie = kept.pair()
    paired, changes = kept.clock.now, kept.changes
    kept.clock.now += 1
    kept.devices.recognise(cookie, PHONE)
    assert kept.changes == changes
    kept.clock.now += SEEN_AGAIN
    kept.devices.recognise(cookie, PHONE)
    kept.devices.recognise(cookie, TABLET)
    assert kept.changes == changes + 2
    (state,) = kept.devices.states({})
    assert (state.paired, state.seen, state.address) == (paired, kept.clock.now, TABLET)
    kept.devices.save()
    assert kept.again().states({}) == (state,)


def test_the_last_seen_comes_first_and_streams_are_counted(kept: Kept) -> None:
    phone, _ = kept.pair("phone")
    kept.clock.now += 1
    tablet, _ = kept.pair("tablet", TABLET)
    states = kept.devices.states({phone: 3, "gone": 7})
    assert [(each.device, each.streams) for each in states] == [(tablet, 0), (phone, 3)]


# Names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna's  phone ", "Anna's phone"),
        ("", "Device"),
        ("\r\n\t", "Device"),
        ("a\r\nSet-Cookie: x", "a Set-Cookie: x"),
        ("\x1b[31mred\x07", "[31mred"),
        ("\u202eevil\u2066", "evil"),
        ("a\ud800b", "a b"),
        ("日本 📱", "日本 📱"),
        ("x" * 1000, "x" * NAME_LENGTH),
    ],
)
def test_a_name_is_one_short_line_of_what_shows(kept: Kept, name: str, shown: str) -> None:
    kept.pair(name)
    assert kept.names() == [shown]
    assert [each.name for each in kept.again().states({})] == [shown]


@given(st.text())
def test_cleaning_a_name_twice_changes_nothing_more(name: str) -> None:
    clean = clean_name(name)
    assert clean_name(clean) == clean
    assert len(clean) <= NAME_LENGTH


def test_a_device_can_be_renamed(kept: Kept) -> None:
    device, cookie = kept.pair()
    kept.devices.rename(device, "Kitchen")
    assert kept.names() == ["Kitchen"]
    assert kept.again().recognise(cookie, PHONE) == device
    with pytest.raises(TrayAppError, match="name"):
        kept.devices.rename(device, " \n")
    with pytest.raises(TrayAppError, match="no such device"):
        kept.devices.rename("nobody", "Kitchen")


# Forgetting


def test_a_forgotten_device_is_nobody_also_after_a_restart(kept: Kept) -> None:
    device, cookie = kept.pair()
    other, another = kept.pair("tablet")
    kept.devices.forget(device)
    for devices in (kept.devices, kept.again()):
        assert devices.recognise(cookie, PHONE) == ""
        assert devices.recognise(another, TABLET) == other
    with pytest.raises(TrayAppError, match="no such device"):
        kept.devices.forget(device)


def test_forgetting_all_ends_the_codes_as_well(kept: Kept) -> None:
    _, cookie = kept.pair()
    code = kept.devices.issue_code(0)
    kept.devices.forget_all()
    assert kept.devices.pair(code, "", PHONE, 1).verdict is Verdict.WRONG
    for devices in (kept.devices, kept.again()):
        assert devices.recognise(cookie, PHONE) == ""
        assert devices.states({}) == ()


# The file


def test_the_file_holds_no_secret_and_is_this_users_alone(kept: Kept) -> None:
    code = kept.devices.issue_code(0)
    cookie = value(kept.devices.pair(code, "phone", PHONE, 0).cookie)
    text = kept.file.read_text()
    assert code not in text
    assert cookie not in text
    assert cookie.partition(".")[2] not in text
    if sys.platform != "win32":
        assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600


def test_a_device_stays_paired_over_a_restart_and_a_code_does_not(kept: Kept) -> None:
    device, cookie = kept.pair()
    code = kept.devices.issue_code(0)
    devices = kept.again()
    assert devices.recognise(cookie, PHONE) == device
    assert devices.pair(code, "", PHONE, 1).verdict is Verdict.WRONG


def damages() -> Iterator[bytes]:
    """Files that hold something else than devices, most of them very nearly devices."""
    good = {
        "device": "0" * 16,
        "digest": "0" * 64,
        "name": "phone",
        "paired": 1.0,
        "seen": 1.0,
        "address": PHONE,
    }
    yield from (b"", b"{", b"\xff\xfe\x00", b"[]", b"null", b'{"devices": {}}', b"[" * 100_000)
    wrong = {"device": "../x", "digest": "00", "name": "a\nb", "paired": "1", "seen": True}
    for member, bad in wrong.items():
        yield json.dumps({"devices": [good, good | {member: bad}]}).encode()
    entries: list[object] = [None, 7, [], "x", {}, good | {"more": 1}]
    for entry in (*entries, good | {"paired": float("nan")}):
        yield json.dumps({"devices": [entry]}).encode()


@pytest.mark.parametrize(
    "damage", list(damages()), ids=lambda damage: damage[-40:].decode("latin-1")
)
def test_a_damaged_file_costs_the_pairings_and_nothing_else(
    kept: Kept, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    kept.file.write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        devices = kept.again()
    assert devices.states({}) == ()
    assert "devices.json" in caplog.text
    device, cookie = kept.pair()
    assert kept.again().recognise(cookie, PHONE) == device


def test_nothing_is_written_that_has_not_changed(kept: Kept) -> None:
    kept.devices.save()
    assert not kept.file.exists()
    kept.pair()
    kept.file.unlink()
    kept.devices.save()
    assert not kept.file.exists()


def test_what_cannot_be_kept_holds_for_this_run(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "gone" / "devices.json")
    device, cookie = kept.pair()
    assert kept.devices.recognise(cookie, PHONE) == device
    with pytest.raises(TrayAppError, match="Cannot write"):
        kept.devices.forget(device)
    assert kept.devices.recognise(cookie, PHONE) == ""
    kept.file.parent.mkdir()
    kept.devices.save()
    assert kept.again().states({}) == ()
