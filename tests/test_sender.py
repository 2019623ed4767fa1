"""What limits count a connection as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.sender import sender_of


@pytest.mark.parametrize(
    ("remote", "own", "sender"),
    [
        ("127.0.0.1", "127.0.0.1", ""),
        ("::1", "::1", ""),
        ("::ffff:127.0.0.1", "", ""),
        ("192.168.1.7", "192.168.1.1", "192.168.1.7"),
        ("::ffff:192.168.1.7", "", "192.168.1.7"),
        ("fd77::1", "fd77::ffff", "fd77::/64"),
        ("fd77::dead:beef", "", "fd77::/64"),
        ("fd77:0:0:1::1", "", "fd77:0:0:1::/64"),
        ("fe80::1%eth0", "fe80::2%eth0", "fe80::/64"),
        ("fd77::1", "fd77::1", "fd77::1"),
        ("192.168.1.1", "192.168.1.1", "192.168.1.1"),
        ("<local>", "", "<local>"),
        ("", "", ""),
    ],
)
def test_what_is_not_paired_is_counted_by_address_or_subnet(
    remote: str, own: str, sender: str
) -> None:
    assert sender_of(remote, own) == sender


@given(st.ip_addresses(), st.ip_addresses())
def test_a_device_is_one_sender_whatever_its_addresses(one: object, other: object) -> None:
    assert sender_of(str(one), "", "phone") == sender_of(str(other), "", "phone")
    assert sender_of(str(one), "", "phone") != sender_of(str(one), "", "tablet")
    assert sender_of(str(one), "", "phone") != sender_of(str(one))


@given(st.text(), st.text())
def test_no_text_is_too_odd(remote: str, own: str) -> None:
    sender_of(remote, own)
