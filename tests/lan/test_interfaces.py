"""Reading the interfaces of a real computer, in a namespace that has some."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from tests.hostile.network import HOST_ADDRESS, Lan
from trayapp.lan.addresses import Interface
from trayapp.lan.interfaces import own_addresses, prefix_of, read_addresses, read_interfaces

READ = """
import json
from trayapp.lan import read_addresses
found = read_addresses()
print(json.dumps([(one.address, one.interface, one.network, one.scope) for one in found]))
"""


def in_namespace(namespace: str, *command: str) -> str:
    """What a program prints whose whole process is in the namespace."""
    enter = ["nsenter", f"--net=/run/netns/{namespace}", *command]
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(enter, capture_output=True, text=True, check=True, cwd=root, timeout=20)
    return done.stdout


def test_addresses_of_a_computer(computers: Lan) -> None:
    for line in (
        "link add docker0 type veth peer name vethd0c",
        "link add eth9 type veth peer name vethe9",
        "address add 172.17.0.1/16 dev docker0",
        "address add 100.64.7.7/10 dev lan0",
        "address add 203.0.113.7/24 dev lan0",
        "address add 2003:e5::7/64 dev lan0 nodad",
        "address add fd00:7::7/64 dev lan0 nodad",
        "address add 10.99.0.1/24 dev eth9",  # stays down
        "link set docker0 up",
        "link set vethd0c up",
        "route add default via 172.17.0.2",
    ):
        in_namespace(computers.host, "ip", *line.split())
    found = json.loads(in_namespace(computers.host, sys.executable, "-c", READ))
    assert found[0] == [HOST_ADDRESS, "lan0", "10.77.0.0/24", 0]
    assert ["fd00:7::7", "lan0", "fd00:7::/64", 0] in found[1:3]
    routed = [row for row in found if not row[0].startswith("fe80::")]
    assert routed[-1] == ["172.17.0.1", "docker0", "172.17.0.0/16", 0]
    assert not {"100.64.7.7", "203.0.113.7", "2003:e5::7", "10.99.0.1"} & {row[0] for row in found}
    assert found[len(routed) :]
    assert all(
        address.startswith("fe80::") and scope for address, *_, scope in found[len(routed) :]
    )


def test_of_this_computer_only_private_ones() -> None:
    assert {one.address for one in read_addresses()} <= own_addresses()
    assert "127.0.0.1" in own_addresses()


def test_windows_and_macos_as_psutil_documents_them(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def address(family: int, text: str, mask: str | None, peer: str | None = None) -> object:
        return SimpleNamespace(family=family, address=text, netmask=mask, broadcast=None, ptp=peer)

    found = {
        "Wi-Fi 7": [
            address(-1, "00-11-22-33-44-55", None),
            address(socket.AF_INET, "192.168.1.5", "255.255.255.0"),
            address(socket.AF_INET6, "fe80::5", None),
        ],
        "utun9": [address(socket.AF_INET, "10.8.0.2", "255.255.255.255", "10.8.0.1")],
        "Ethernet": [address(socket.AF_INET, "169.254.1.1", "255.255.0.0")],
    }
    state = SimpleNamespace(isup=True)  # flags are missing on Windows in older psutil
    states = {"Wi-Fi 7": state, "utun9": state, "Ethernet": SimpleNamespace(isup=False, flags="")}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: found)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: states)
    assert read_interfaces() == (
        Interface("Wi-Fi 7", "192.168.1.5", 24),
        Interface("Wi-Fi 7", "fe80::5", 64),
        Interface("utun9", "10.8.0.2", 32, point_to_point=True),
        Interface("Ethernet", "169.254.1.1", 16, up=False),
    )


@pytest.mark.parametrize(
    ("netmask", "address", "bits"),
    [
        ("255.255.240.0", "172.28.224.1", 20),
        ("ffff:ffff:ffff:ffff::", "fd00::1", 64),
        (None, "fd00::1", 64),
        (None, "10.0.0.1", 32),
    ],
)
def test_netmasks(netmask: str | None, address: str, bits: int) -> None:
    assert prefix_of(netmask, address) == bits
