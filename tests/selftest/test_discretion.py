"""A report can be pasted: it says not who, where, or which computer."""

import pytest

from trayapp.selftest.discretion import Discretion

ANNA = Discretion((("/home/anna", "~"), ("/tmp/trial", "(folder)")), ("anna", "annas-laptop"))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("cannot open /home/anna/site", "cannot open ~/site"),
        ("no /tmp/trial/site here", "no (folder)/site here"),
        ("Anna on annas-laptop", "… on …"),
        ("a savannah", "a savannah"),
        ("at 192.168.1.20:8765.", "at (address):8765."),
        ("fe80::1ff:fe23:4567:890a%eth0 and 2001:db8::7", "(address) and (address)"),
        ("127.0.0.1 and ::1 are everybody's", "127.0.0.1 and ::1 are everybody's"),
        ("READY after 0.43 s: well", "READY after 0.43 s: well"),
        ("http://localhost:8765/client.js", "http://localhost:8765/client.js"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_is_private_is_left_out(said: str, shown: str) -> None:
    assert ANNA.apply(said) == shown


def test_a_report_has_short_lines() -> None:
    assert len(ANNA.apply("word " * 100)) == 200
