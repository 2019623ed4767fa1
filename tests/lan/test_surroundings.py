"""What is found of firewalls, VPNs and networks, from what the programs of each system print."""

import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from trayapp.lan.addresses import Interface, LanAddress
from trayapp.lan.interfaces import read_addresses
from trayapp.lan.remedies import Firewall
from trayapp.lan.surroundings import (
    advice,
    linux_firewall,
    network_name,
    refuses,
    refusing_chain,
    said,
    tunnels_of,
)

DEBIAN_NFTABLES = """#!/usr/sbin/nft -f
flush ruleset
table inet filter {
\tchain input {
\t\ttype filter hook input priority filter;
\t}
\tchain forward {
\t\ttype filter hook forward priority filter; policy drop;
\t}
}
"""

ARCH_NFTABLES = """destroy table inet filter
table inet filter {
  chain input {
    type filter hook input priority filter
    policy drop
    ct state invalid drop comment "early drop of invalid connections"
    tcp dport ssh accept
  }
}
"""

REJECTING = """table inet guard {
  chain helper { reject
  }
  chain incoming {
    type filter hook input priority 0; policy accept;
    ct state invalid drop
    # nothing drops here
    ct state established,related accept
    counter reject with icmpx admin-prohibited
  }
}
"""

LISTED_IPTABLES = "-P INPUT ACCEPT\n-A INPUT -i lo -j ACCEPT\n"


class System:
    """A computer that answers some commands and has some files."""

    def __init__(self, answers: dict[str, str], files: dict[str, str]) -> None:
        self.answers = answers
        self.files = files

    def say(self, *command: str) -> str:
        return self.answers.get(" ".join(command), "")

    def text(self, files: Iterable[Path]) -> str:
        return next((self.files[str(one)] for one in files if str(one) in self.files), "")


ACTIVE = "systemctl show --property=ActiveState --value "
NFT_ACTIVE = f"{ACTIVE}nftables"
IPTABLES_ACTIVE = f"{ACTIVE}netfilter-persistent iptables"


@pytest.mark.parametrize(
    ("answers", "files", "wanted"),
    [
        ({}, {}, None),
        ({}, {"/etc/ufw/ufw.conf": "# set to yes\nENABLED=yes\n"}, Firewall("ufw")),
        ({}, {"/etc/ufw/ufw.conf": "# ENABLED=yes\nENABLED=no\n"}, None),
        (
            {"systemctl is-active firewalld": "active\n", "nft list ruleset": ARCH_NFTABLES},
            {},
            Firewall("firewalld"),
        ),
        (
            {NFT_ACTIVE: "active\n"},
            {"/etc/nftables.conf": ARCH_NFTABLES},
            Firewall("nftables", "inet filter input"),
        ),
        ({NFT_ACTIVE: "inactive\n"}, {"/etc/nftables.conf": ARCH_NFTABLES}, None),
        ({NFT_ACTIVE: "active\n"}, {"/etc/nftables.conf": DEBIAN_NFTABLES}, None),
        ({"nft list ruleset": REJECTING}, {}, Firewall("nftables", "inet guard incoming")),
        ({"iptables -S INPUT": LISTED_IPTABLES}, {}, None),
        ({"iptables -S INPUT": "-P INPUT DROP\n"}, {}, Firewall("iptables")),
        (
            {IPTABLES_ACTIVE: "active\n\ninactive\n"},
            {"/etc/iptables/rules.v4": "*filter\n:INPUT DROP [0:0]\nCOMMIT\n"},
            Firewall("iptables"),
        ),
    ],
)
def test_firewall_that_is_on(
    answers: dict[str, str], files: dict[str, str], wanted: Firewall | None
) -> None:
    system = System(answers, files)
    assert linux_firewall(system.say, system.text) == wanted


def test_chain_that_refuses() -> None:
    assert refusing_chain(ARCH_NFTABLES) == "inet filter input"
    assert refusing_chain(DEBIAN_NFTABLES) == ""
    assert refusing_chain("") == ""
    translated = "table ip filter {\n chain INPUT {\n  type filter hook input; policy drop;\n"
    assert refusing_chain(translated) == "ip filter INPUT"


def test_iptables_that_refuses() -> None:
    assert refuses("-P INPUT ACCEPT\n-A INPUT -s 10.0.0.9 -j REJECT --reject-with tcp-reset\n")
    assert not refuses("-P INPUT ACCEPT\n-P FORWARD DROP\n")
    assert not refuses("")


@pytest.mark.parametrize(
    ("system", "command", "answer", "name"),
    [
        ("linux", "nmcli -g GENERAL.CONNECTION device show wlan0", "Home 5G\n", "Home 5G"),
        ("linux", "", "", ""),
        (
            "win32",
            "netsh wlan show interfaces",
            "    Name                   : WLAN\n    SSID                   : Home 5G\n"
            "    AP BSSID               : 00:11:22:33:44:55\n",
            "Home 5G",
        ),
        (
            "darwin",
            "networksetup -getairportnetwork wlan0",
            "Current Wi-Fi Network: Home 5G\n",
            "Home 5G",
        ),
        (
            "darwin",
            "networksetup -getairportnetwork wlan0",
            "You are not associated with an AirPort network.\n",
            "",
        ),
    ],
)
def test_name_of_the_network(system: str, command: str, answer: str, name: str) -> None:
    assert network_name(system, "wlan0", System({command: answer}, {}).say) == name


def test_vpns_that_are_up() -> None:
    found = [
        Interface("utun0", "fe80::1", 64, 9),  # macOS's own
        Interface("utun4", "10.6.0.2", 32),
        Interface("utun4", "fd00::9", 64),
        Interface("tailscale0", "100.101.102.103", 32),
        Interface("wg1", "10.7.0.2", 24, up=False),
        Interface("wwan0", "10.120.0.9", 30, point_to_point=True),
        Interface("en0", "192.168.1.5", 24),
    ]
    assert tunnels_of(found) == ("utun4", "tailscale0")


def test_a_program_that_is_missing_or_fails_says_nothing() -> None:
    assert said("no-such-program") == ""
    assert said("false") == ""
    assert said("echo", "yes") == "yes\n"


def test_advice_for_this_computer_comes_soon() -> None:
    address = LanAddress("192.168.1.5", "lan0", 0, "192.168.1.0/24")
    before = time.monotonic()
    told = advice(8765, read_addresses() or [address])
    assert time.monotonic() - before < 3
    assert len(told) >= 4
