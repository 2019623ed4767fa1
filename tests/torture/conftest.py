"""A folder to watch, and the program at work on it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Running


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with one page."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<p>Hello")
    return folder


@pytest.fixture
def program(run_trayapp: Callable[..., Running], site: Path) -> Running:
    """The program, watching `site`, on a port of its own."""
    return run_trayapp(site)
