"""A running trayapp, and a home folder to try recipes in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import need
from tests.recipes.workplace import Workplace
from tests.support import Running, program_environ


@pytest.fixture(scope="package")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    """The program, watching an empty folder, and where it keeps its state: one for all recipes."""
    state = tmp_path_factory.mktemp("state")
    arguments = ["run", str(tmp_path_factory.mktemp("site")), "--no-tray", "--port", "0"]
    running = Running(arguments, program_environ(state), tmp_path_factory.mktemp("program"))
    try:
        assert running.port
        yield running, state
    finally:
        running.stop()


@pytest.fixture
def workplace(desk: tuple[Running, Path], tmp_path: Path) -> Iterator[Workplace]:
    """Where lines are typed; what they start ends with the test."""
    need("sh", "curl")
    running, state = desk
    place = Workplace(tmp_path, state=state)
    place.port = running.port
    try:
        place.listen()
        yield place
    finally:
        place.end()
