"""A session bus of the test's own, in the environment as a desktop sets it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import need
from tests.rig.sessionbus import OwnBus, session_bus


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnBus]:
    """A running bus that this process takes for its desktop's."""
    need("dbus-daemon")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with tempfile.TemporaryDirectory() as folder, session_bus(Path(folder)) as running:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", running.address)
        yield running
