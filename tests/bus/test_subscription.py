"""Which events a selection lets through."""

import pytest

from trayapp.bus import MemoryBus, Selection


@pytest.mark.parametrize(
    ("roots", "wanted"),
    [
        (None, True),
        (["css"], True),
        (["site"], True),
        (["work", "blog"], True),
        (["blog"], False),
    ],
)
def test_a_change_passes_for_its_root_and_those_it_lies_in(
    roots: list[str] | None, wanted: bool
) -> None:
    event = MemoryBus().publish("change", "{}", root="css", within=("site", "work"))
    selection = Selection(roots=frozenset(roots) if roots else None)
    assert selection.wants(event) is wanted


@pytest.mark.parametrize(
    ("topic", "typed", "wanted"),
    [
        ("log", True, "tick"),
        ("log", False, ""),
        ("change", False, "tick"),
        ("notify", False, "tick"),
    ],
)
def test_without_types_only_those_of_publishers_are_left_out(
    topic: str, typed: bool, wanted: str
) -> None:
    event = MemoryBus().publish(topic, "{}", type="tick")
    assert Selection(envelope=True, typed=typed).type_of(event) == wanted


def test_roots_narrow_nothing_but_changes() -> None:
    event = MemoryBus().publish("notify", "{}")
    assert Selection(roots=frozenset({"site"})).wants(event)
