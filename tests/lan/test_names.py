"""What a computer is called in its network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.lan.names import alias_of, label_of, names_of, own_names, title_of


@pytest.mark.parametrize(
    ("host", "label"),
    [
        ("my-pc", "my-pc"),
        ("My-PC.fritz.box", "my-pc"),
        ("Annas-MacBook-Pro.local", "annas-macbook-pro"),
        ("My PC", "my-pc"),
        ("my_pc", "my-pc"),
        ("Jürgens Rechner", "jurgens-rechner"),
        ("-odd-", "odd"),
        ("192.168.1.5", "192-168-1-5"),
        ("x" * 80, "x" * 63),
        ("x" * 62 + "--y", "x" * 62),
        ("日本", "trayapp"),
        ("localhost.localdomain", "trayapp"),
        ("localhost", "trayapp"),
        ("", "trayapp"),
        (".", "trayapp"),
    ],
)
def test_hostname_becomes_a_legal_label(host: str, label: str) -> None:
    assert label_of(host) == label


def test_names_others_may_ask_for() -> None:
    assert names_of("My-PC") == ("my-pc", "my-pc.local", "my-pc-trayapp.local")
    assert names_of("my_pc")[3:] == ("my_pc", "my_pc.local")
    assert names_of("localhost") == ("trayapp", "trayapp.local", "trayapp-trayapp.local")


def test_title_keeps_what_people_call_it() -> None:
    assert title_of("Jürgens PC.fritz.box") == "trayapp on Jürgens PC"
    assert title_of("bad\nname") == "trayapp on bad-name"
    assert title_of("") == "trayapp on trayapp"


@given(st.text(max_size=90))
def test_every_hostname_gives_legal_names(host: str) -> None:
    label = label_of(host)
    for one in (label, alias_of(label)):
        assert 0 < len(one) <= 63
        assert one.strip("-") == one
        assert set(one) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(title_of(host).encode()) <= 60
    assert "." not in title_of(host)
    assert "localhost" not in names_of(host)


def test_this_computer_has_names() -> None:
    assert own_names()[1] == f"{own_names()[0]}.local"
