"""Sharing as the service does it: listeners that come and go, a yes that is waited for, devices.

The network is a list of loopback addresses that the test changes; a second computer, in a network
namespace, is that of tests/hostile/test_lan.py.
"""

import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.service.test_service import make, site, start
from tests.streams import open_stream
from tests.support import wait_for
from trayapp import lan
from trayapp.errors import TrayAppError
from trayapp.lan import LanAddress
from trayapp.service import Service, sharing

__all__ = ["make", "site"]

Make = Callable[..., Service]

FIRST = LanAddress("127.0.0.2", "eth0", 0, "127.0.0.0/24")
SECOND = LanAddress("127.0.0.3", "wlan0", 0, "127.0.0.0/24")

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="it has one loopback address only")


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[LanAddress]:
    """The addresses of this computer from now on."""
    found = [FIRST]

    def read() -> tuple[LanAddress, ...]:
        return tuple(found)

    monkeypatch.setattr(lan, "read_addresses", read)
    monkeypatch.setattr(lan, "Monitor", partial(lan.Monitor, read=read, period=0.05))
    return found


@pytest.fixture
def service(make: Make, network: list[LanAddress]) -> Service:
    service = make()
    start(service)
    return service


def port(service: Service) -> int:
    return int(service.url.rpartition(":")[2])


def reaches(address: LanAddress, service: Service) -> bool:
    try:
        socket.create_connection((address.address, port(service)), timeout=2).close()
    except ConnectionRefusedError:
        return False
    return True


def test_it_is_off_until_it_is_switched_on(service: Service) -> None:
    assert not service.state().lan.on
    assert not reaches(FIRST, service)
    service.set_lan(True)
    assert service.state().lan.urls[0] == f"http://127.0.0.2:{port(service)}"
    assert reaches(FIRST, service)
    service.set_lan(True)
    service.set_lan(False)
    assert service.state().lan.urls == ()
    assert not reaches(FIRST, service)


def test_it_follows_the_network(service: Service, network: list[LanAddress]) -> None:
    service.set_lan(True)
    network[:] = [SECOND]
    wait_for(lambda: reaches(SECOND, service) and not reaches(FIRST, service))
    network.clear()
    wait_for(lambda: service.state().lan.problem == sharing.NOWHERE)
    assert service.state().lan.on
    network[:] = [FIRST]
    wait_for(lambda: reaches(FIRST, service))
    assert service.state().lan.problem == ""


def test_an_address_that_cannot_be_had_is_a_problem_and_the_others_serve(
    service: Service, network: list[LanAddress]
) -> None:
    with socket.create_server(("127.0.0.2", port(service)), reuse_port=False):
        network.append(SECOND)
        service.set_lan(True)
        state = service.state().lan
    assert state.problem == f"127.0.0.2: Port {port(service)} is in use by another program."
    assert [url for url in state.urls if "127.0.0." in url] == [f"http://127.0.0.3:{port(service)}"]


def test_the_dashboard_asks_and_somebody_here_says_yes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.access.set_lan(True, confirmed=False)
    state = service.state().lan
    assert (state.on, state.asked) == (False, True)
    assert not reaches(FIRST, service)
    service.set_lan(True)
    state = service.state().lan
    assert (state.on, state.asked) == (True, False)
    service.access.set_lan(False, confirmed=False)
    assert not service.state().lan.on
    monkeypatch.setattr(sharing, "ASKED_FOR", 0.2)
    service.access.set_lan(True, confirmed=False)
    wait_for(lambda: not service.state().lan.asked)


def test_what_is_kept_is_on_at_the_next_start(make: Make, network: list[LanAddress]) -> None:
    service = make(lan=True)
    start(service)
    assert service.state().lan.on
    assert service.state().lan.keep
    service.access.keep_lan(False)
    assert not service.state().lan.keep
    service.stop()
    assert not reaches(FIRST, service)


def test_nobody_is_invited_and_nothing_kept_while_it_is_off(service: Service) -> None:
    for refused in (service.access.invite, partial(service.access.keep_lan, True)):
        with pytest.raises(TrayAppError, match="trayapp lan on"):
            refused()


def test_without_a_network_nobody_can_be_invited(
    service: Service, network: list[LanAddress]
) -> None:
    network.clear()
    service.set_lan(True)
    with pytest.raises(TrayAppError, match="no local network"):
        service.access.invite()


def test_to_forget_all_is_another_read_key(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "home" / "read-key"
    before = file.read_text()
    service.access.forget_devices()
    assert file.read_text() != before
    assert oct(file.stat().st_mode)[-3:] == "600"


def test_pages_from_disk_are_let_in_when_allowed(service: Service) -> None:
    def opens() -> int:
        reader = open_stream(port(service), "/stream", "Origin: null")
        while not reader.head:
            reader.read()
        reader.close()
        return reader.status

    assert opens() == 403
    assert service.state().disk_refused
    service.allow_from_disk(True)
    assert (opens(), service.state().from_disk) == (200, True)
    service.allow_from_disk(False)
    assert opens() == 403
