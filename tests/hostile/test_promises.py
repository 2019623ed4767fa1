"""Every promise of docs/security.md is held by a test that exists."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
TEXT = (TESTS.parent / "docs" / "security.md").read_text("utf-8")
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def promises() -> list[str]:
    """The items of the lists below "Promises", each as one line."""
    section = TEXT.split("\n## Promises\n", 1)[1].split("\n## ", 1)[0]
    items = re.split(r"^- ", section, flags=re.MULTILINE)[1:]
    return [" ".join(item.partition("\n\n")[0].split()) for item in items]


@pytest.mark.parametrize("promise", promises(), ids=lambda promise: promise[:40])
def test_a_promise_names_a_test(promise: str) -> None:
    assert NAMED.findall(promise), promise
    assert promise.partition("`")[0], "a promise says what it promises"


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED.findall(TEXT))))
def test_a_named_test_exists(file: str, name: str) -> None:
    assert f"\ndef {name}(" in (TESTS / file).read_text("utf-8")


def test_there_are_promises() -> None:
    assert len(promises()) > 30
    assert TEXT.count("::test_") == len(NAMED.findall(TEXT))
