"""What can be said of the page script without running it."""

import gzip
import re
from pathlib import Path

import pytest

from trayapp.web import client

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def text() -> str:
    return client.script()


@pytest.fixture
def manual() -> str:
    return (ROOT / "docs" / "client.md").read_text(encoding="utf-8")


def test_it_is_small(text: str) -> None:
    assert len(gzip.compress(text.encode())) < 12 * 1024


def test_it_reads_the_same_in_every_encoding(text: str) -> None:
    """A page without a charset hands its own guess down to its scripts."""
    assert text.isascii()


def test_every_option_is_documented(text: str, manual: str) -> None:
    options = set(re.findall(r"dataset\.(\w+)", text))

    assert options == set(re.findall(r"^\| `data-(\w+)`", manual, re.MULTILINE))


def test_every_event_is_documented(text: str, manual: str) -> None:
    events = set(re.findall(r'tell\("(trayapp:\w+)"', text))

    assert events == set(re.findall(r"^\| `(trayapp:\w+)`", manual, re.MULTILINE))
