"""Which addresses are told to the network, and from where."""

from trayapp.lan.addresses import Kind, LanAddress
from trayapp.lan.announcement import Announcement, announcement

WIFI = LanAddress("192.168.1.5", "wlan0")
WIFI_ULA = LanAddress("fd00::5", "wlan0")
WIFI_LOCAL = LanAddress("fe80::5", "wlan0", 3)
CABLE = LanAddress("10.0.0.5", "eth0")
DOCKER = LanAddress("172.17.0.1", "docker0", kind=Kind.VIRTUAL)
BRIDGE = LanAddress("172.18.0.1", "br-0123", kind=Kind.VIRTUAL)


def test_what_a_phone_cannot_reach_is_not_announced() -> None:
    told = announcement([WIFI, WIFI_ULA, CABLE, DOCKER, WIFI_LOCAL])
    assert told == Announcement(("192.168.1.5", "10.0.0.5"), ("192.168.1.5", "fd00::5", "10.0.0.5"))


def test_a_network_of_ipv6_alone() -> None:
    assert announcement([WIFI_ULA, WIFI_LOCAL]) == Announcement(("fd00::5",), ("fd00::5",))


def test_a_cable_between_two_computers() -> None:
    cable = LanAddress("169.254.7.7", "eth0")
    assert announcement([cable]) == Announcement(("169.254.7.7",), ("169.254.7.7",))


def test_where_there_is_nothing_else_the_likeliest_interface_is_taken() -> None:
    assert announcement([DOCKER, BRIDGE]) == Announcement(("172.17.0.1",), ("172.17.0.1",))


def test_without_a_network_nothing_is_announced() -> None:
    assert announcement([]) == Announcement()
