"""Where the session bus is, what text it takes, and a bus that does not take anything."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest
from jeepney import DBusAddress, new_signal

from tests.rig.sessionbus import OwnBus
from trayapp.desktop import sessionbus
from trayapp.desktop.sessionbus import SessionBus, address, printable
from trayapp.errors import Unavailable


def test_given_address_wins() -> None:
    environ = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x", "XDG_RUNTIME_DIR": "/run/user/1"}
    assert address(environ) == "unix:path=/x"


def test_socket_of_the_user_is_found(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "bus"))
        assert address({"XDG_RUNTIME_DIR": str(tmp_path)}) == f"unix:path={tmp_path}/bus"


@pytest.mark.parametrize("environ", [{}, {"XDG_RUNTIME_DIR": ""}, {"XDG_RUNTIME_DIR": "/nowhere"}])
def test_no_bus_is_a_lookup_error(environ: dict[str, str]) -> None:
    with pytest.raises(LookupError):
        address(environ)


def test_bus_that_does_not_answer_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "bus"))
        listening.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/bus")
        with pytest.raises(Unavailable, match="no session bus"):
            SessionBus.open()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode 🎉", "plain, ünïcode 🎉"),
        ("two\nlines\tand\u2028three", "two lines and three"),
        ("nul\0", "nul\N{REPLACEMENT CHARACTER}"),
        ("not UTF-8: \udcff", "not UTF-8: \N{REPLACEMENT CHARACTER}"),
        ("bell\x07", "bell\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_text_is_made_fit_for_the_bus(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_send_after_close_is_quiet_and_receive_says_so(bus: OwnBus) -> None:
    connected = SessionBus.open()
    connected.close()
    connected.send(new_signal(DBusAddress("/x", interface="x.y"), "Z"))
    with pytest.raises(ConnectionError):
        receive_all(connected)
    connected.release()
    connected.release()


def test_bus_that_takes_nothing_is_given_up(bus: OwnBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessionbus, "SEND_WITHIN", 0.2)
    connected = SessionBus.open()
    os.kill(bus.pid, signal.SIGSTOP)
    large = new_signal(DBusAddress("/x", interface="x.y"), "Z", "s", ("x" * 1_000_000,))
    started = time.monotonic()
    connected.send(large)
    connected.send(large)
    assert 0.1 < time.monotonic() - started < 2
    with pytest.raises(ConnectionError):
        receive_all(connected)
    connected.release()
    os.kill(bus.pid, signal.SIGCONT)


def receive_all(connected: SessionBus) -> None:
    """Receive until it fails; a bus greets us with a signal or two."""
    while True:
        connected.receive()
