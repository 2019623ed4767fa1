"""A session bus, a desktop without a screen, and a tray shown for a stand-in service."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import need
from tests.rig.fakedesk import FakeDesk
from tests.rig.sessionbus import PanelView, session_bus
from tests.rig.standin import StandInService
from trayapp import tray


class Shown:
    """A tray shown for `service` by a thread that plays the main thread; `said` is what it told
    the user in words."""

    def __init__(self, service: StandInService) -> None:
        self.service = service
        self.said: list[str] = []
        self._thread = threading.Thread(
            target=tray.run, args=(service, self.said.append), name="main-of-test"
        )
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop the service, and see the tray end."""
        self.service.request_stop()
        self._thread.join(5)
        assert not self.is_running


@pytest.fixture
def bus_address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A session bus of this test's own, in the environment as a desktop sets it."""
    need("dbus-daemon")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with tempfile.TemporaryDirectory() as folder, session_bus(Path(folder)) as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        yield bus.address


@pytest.fixture
def desk(bus_address: str) -> Iterator[FakeDesk]:
    """A tray and a notification service on the bus."""
    with FakeDesk(bus_address, "tray", "notifications") as running:
        yield running


@pytest.fixture
def view(bus_address: str) -> Iterator[PanelView]:
    """The bus as a panel sees it."""
    with PanelView(bus_address) as looking:
        yield looking


@pytest.fixture
def show(home: Path) -> Iterator[Callable[[StandInService], Shown]]:
    """Show the tray for a service, until the end of the test."""
    with ExitStack() as stack:

        def start(service: StandInService) -> Shown:
            service.notifier.start()
            stack.callback(service.notifier.stop)
            shown = Shown(service)
            stack.callback(shown.stop)
            return shown

        yield start


@pytest.fixture
def service() -> StandInService:
    """On, watching one folder, with two pages."""
    return StandInService()


@pytest.fixture
def shown(
    desk: FakeDesk, service: StandInService, show: Callable[[StandInService], Shown]
) -> Shown:
    """The tray of `service`, registered with the desk."""
    running = show(service)
    desk.wait("registered")
    return running
