"""What people are told when a device does not get through, on each system."""

import shlex

import pytest

from trayapp.lan.addresses import LanAddress
from trayapp.lan.remedies import Firewall, Surroundings, remedies

WIFI = LanAddress("192.168.1.5", "wlan0", 0, "192.168.1.0/24")
WIFI_6 = LanAddress("fd00::5", "wlan0", 0, "fd00::/64")


def commands(around: Surroundings, address: LanAddress = WIFI) -> list[str]:
    return [one.command for one in remedies(around, 8765, [address]) if one.command]


@pytest.mark.parametrize(
    ("firewall", "address", "command"),
    [
        (
            Firewall("ufw"),
            WIFI,
            "sudo ufw allow from 192.168.1.0/24 to any port 8765 proto tcp",
        ),
        (
            Firewall("ufw"),
            WIFI_6,
            "sudo ufw allow from fd00::/64 to any port 8765 proto tcp",
        ),
        (
            Firewall("firewalld"),
            WIFI,
            'sudo firewall-cmd --add-rich-rule=\'rule family="ipv4" source '
            'address="192.168.1.0/24" port port="8765" protocol="tcp" accept\'',
        ),
        (
            Firewall("nftables", "inet filter input"),
            WIFI,
            "sudo nft insert rule inet filter input ip saddr 192.168.1.0/24 tcp dport 8765 accept",
        ),
        (
            Firewall("nftables", "inet guard incoming"),
            WIFI_6,
            "sudo nft insert rule inet guard incoming ip6 saddr fd00::/64 tcp dport 8765 accept",
        ),
        (
            Firewall("iptables"),
            WIFI,
            "sudo iptables -I INPUT -p tcp -s 192.168.1.0/24 --dport 8765 -j ACCEPT",
        ),
        (
            Firewall("iptables"),
            WIFI_6,
            "sudo ip6tables -I INPUT -p tcp -s fd00::/64 --dport 8765 -j ACCEPT",
        ),
    ],
)
def test_firewalls_of_linux(firewall: Firewall, address: LanAddress, command: str) -> None:
    told = remedies(Surroundings("linux", firewall), 8765, [address])
    assert told[0].command == command
    assert firewall.name in told[0].text
    assert shlex.split(command)[0] == "sudo"


def test_a_firewall_nobody_saw_is_not_claimed() -> None:
    first = remedies(Surroundings("linux"), 8765, [WIFI])[0]
    assert "No firewall was seen" in first.text
    assert "TCP port 8765" in first.text


def test_windows() -> None:
    around = Surroundings("win32", program=r"C:\Users\Ann O'Neill\trayapp.exe")
    address = LanAddress("192.168.1.5", "Ann's Wi-Fi", 0, "192.168.1.0/24")
    rule, profile, blocked, _ = commands(around, address)
    assert "-LocalPort 8765 -RemoteAddress LocalSubnet -Profile Private" in rule
    assert "-InterfaceAlias 'Ann''s Wi-Fi' -NetworkCategory Private" in profile
    assert r"Program -eq 'C:\Users\Ann O''Neill\trayapp.exe'" in blocked
    assert not any("ufw" in one or "sudo" in one for one in commands(around, address))


def test_macos() -> None:
    tool = "/usr/libexec/ApplicationFirewall/socketfilterfw"
    program = "/Applications/Tray App.app/Contents/MacOS/trayapp"
    around = Surroundings("darwin", Firewall("macos"), program=program)
    words = shlex.split(commands(around)[0])
    assert words == ["sudo", tool, "--add", program, "--unblockapp", program]
    assert len(commands(Surroundings("darwin", program=program))) == len(commands(around)) - 1


def test_the_network_is_named() -> None:
    named = Surroundings("linux", network="Home 5G")
    assert any("“Home 5G” (192.168.1.0/24)" in one.text for one in remedies(named, 1, [WIFI]))
    assert any(
        "computer, 192.168.1.0/24:" in one.text
        for one in remedies(Surroundings("linux"), 1, [WIFI])
    )


@pytest.mark.parametrize(
    ("tunnel", "command"),
    [
        ("wg0", "sudo wg-quick down wg0"),
        ("wg-office", "sudo wg-quick down wg-office"),
        ("wg0-mullvad", "mullvad lan set allow"),
        ("nordlynx", "nordvpn set lan-discovery enabled"),
        ("Tailscale", "tailscale set --exit-node-allow-lan-access=true"),
        ("tun0", ""),
        ("wg0; reboot", ""),
    ],
)
def test_a_vpn_is_named_with_what_helps(tunnel: str, command: str) -> None:
    told = remedies(Surroundings("linux", tunnels=(tunnel,)), 8765, [WIFI])
    (one,) = [one for one in told if f"({tunnel})" in one.text]
    assert one.command == command


def test_guest_networks_the_phone_and_a_way_to_try() -> None:
    told = remedies(Surroundings("linux"), 8765, [WIFI])
    assert any("guest Wi-Fi" in one.text and "isolation" in one.text for one in told)
    assert any("on the phone" in one.text for one in told)
    assert told[-1].command == "curl -sI http://192.168.1.5:8765/pair"


def test_without_a_network_there_is_one_thing_to_do() -> None:
    (one,) = remedies(Surroundings("linux", Firewall("ufw"), tunnels=("tun0",)), 8765, [])
    assert "no local network" in one.text


@pytest.mark.parametrize("system", ["linux", "darwin", "win32", "freebsd14"])
def test_every_sentence_is_one(system: str) -> None:
    around = Surroundings(system, tunnels=("tun0",), program="/opt/trayapp/trayapp")
    for one in remedies(around, 8765, [WIFI]):
        assert one.text[0].isupper()
        assert one.text.endswith((".", ":"))
        assert one.text.endswith(":") <= bool(one.command)
        assert "\n" not in one.text + one.command
