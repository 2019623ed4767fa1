"""The order of addresses on machines as people have them, and that nothing global is ever used."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.lan.addresses import Interface, Kind, LanAddress, is_private, kind_of, lan_addresses

LOOPBACK = [("lo", "127.0.0.1/8"), ("lo", "::1/128")]

MACHINES = {
    "Linux, Wi-Fi, docker": (
        [
            *LOOPBACK,
            ("docker0", "172.17.0.1/16"),
            ("br-5b0a1e4f9c2d", "172.18.0.1/16"),
            ("vethf00dfeed", "fe80::42:1/64"),
            ("wlp3s0", "fe80::1234/64"),
            ("wlp3s0", "2003:e5:1f20::17/64"),
            ("wlp3s0", "fd12:3456::17/64"),
            ("wlp3s0", "192.168.178.44/24"),
        ],
        {"192.168.178.44", "2003:e5:1f20::17"},
        [
            "192.168.178.44",
            "fd12:3456::17",
            "172.17.0.1",
            "172.18.0.1",
            "fe80::1234",
            "fe80::42:1",
        ],
    ),
    "Linux, everything through a VPN": (
        [
            *LOOPBACK,
            ("wg0", "10.8.0.2/24"),
            ("virbr0", "192.168.122.1/24"),
            ("eth0", "192.168.1.5/24"),
        ],
        {"10.8.0.2"},
        ["192.168.1.5", "192.168.122.1", "10.8.0.2"],
    ),
    "Linux, cable and Wi-Fi, tailscale, default by the cable": (
        [
            *LOOPBACK,
            ("wlan0", "10.0.0.7/24"),
            ("tailscale0", "100.101.102.103/32"),
            ("tailscale0", "fd7a:115c:a1e0::1/128"),
            ("enp0s31f6", "10.0.0.6/24"),
        ],
        {"10.0.0.6"},
        ["10.0.0.6", "10.0.0.7", "fd7a:115c:a1e0::1"],
    ),
    "Linux, a bridge of the user's own holds the address": (
        [*LOOPBACK, ("docker0", "172.17.0.1/16"), ("br0", "192.168.1.5/24")],
        {"192.168.1.5"},
        ["192.168.1.5", "172.17.0.1"],
    ),
    "Linux, a provider's mobile network": (
        [*LOOPBACK, ("wwan0", "10.120.3.4/30"), ("wlan0", "192.168.1.5/24")],
        {"10.120.3.4"},
        ["192.168.1.5", "10.120.3.4"],
    ),
    "Linux, a server in the open internet": (
        [*LOOPBACK, ("eth0", "198.51.100.20/24"), ("eth0", "2a01:4f8::2/64")],
        {"198.51.100.20"},
        [],
    ),
    "macOS, Wi-Fi, Parallels, the system's tunnels": (
        [
            ("lo0", "127.0.0.1/8"),
            ("lo0", "fe80::1/64"),
            ("utun0", "fe80::aaaa/64"),
            ("bridge100", "192.168.64.1/24"),
            ("vnic0", "10.211.55.2/24"),
            ("awdl0", "fe80::bbbb/64"),
            ("utun4", "10.6.0.2/32"),
            ("en0", "192.168.0.23/24"),
        ],
        {"10.6.0.2"},
        [
            "192.168.0.23",
            "192.168.64.1",
            "10.211.55.2",
            "10.6.0.2",
            "fe80::bbbb",
            "fe80::aaaa",
        ],
    ),
    "macOS, Wi-Fi beside a cable to another computer": (
        [("en5", "169.254.7.8/16"), ("en0", "172.20.10.4/28")],
        {"172.20.10.4"},
        ["172.20.10.4", "169.254.7.8"],
    ),
    "Windows, WSL, Hyper-V, VirtualBox, VMware": (
        [
            ("Loopback Pseudo-Interface 1", "127.0.0.1/8"),
            ("vEthernet (WSL)", "172.28.224.1/20"),
            ("vEthernet (Default Switch)", "172.21.0.1/20"),
            ("Ethernet 2", "192.168.56.1/24"),
            ("VMware Network Adapter VMnet8", "192.168.150.1/24"),
            ("LAN-Verbindung* 2", "192.168.137.1/24"),
            ("WLAN", "192.168.2.31/24"),
        ],
        {"192.168.2.31"},
        [
            "192.168.2.31",
            "172.28.224.1",
            "172.21.0.1",
            "192.168.56.1",
            "192.168.150.1",
            "192.168.137.1",
        ],
    ),
    "Windows, a VPN holds the default route": (
        [
            ("OpenVPN TAP-Windows6", "10.9.0.6/24"),
            ("ProtonVPN", "10.2.0.2/32"),
            ("Ethernet", "192.168.1.40/24"),
        ],
        {"10.2.0.2"},
        ["192.168.1.40", "10.2.0.2", "10.9.0.6"],
    ),
    "Windows, a LAN that has VirtualBox's numbers": (
        [("WLAN", "10.0.0.8/24"), ("Ethernet", "192.168.56.20/24")],
        {"192.168.56.20"},
        ["192.168.56.20", "10.0.0.8"],
    ),
    "Windows, an external switch took over the cable": (
        [
            ("Tailscale", "fd7a:115c:a1e0::2/128"),
            ("vEthernet (WSL)", "172.28.224.1/20"),
            ("vEthernet (External)", "192.168.1.9/24"),
        ],
        {"192.168.1.9"},
        ["192.168.1.9", "172.28.224.1", "fd7a:115c:a1e0::2"],
    ),
}


def rows(machine: list[tuple[str, str]]) -> list[Interface]:
    """The rows of one machine; each interface has a number, in the order they come."""
    names = list(dict.fromkeys(name for name, _ in machine))
    return [
        Interface(name, text.partition("/")[0], int(text.partition("/")[2]), 1 + names.index(name))
        for name, text in machine
    ]


@pytest.mark.parametrize("machine", MACHINES)
def test_likeliest_address_comes_first(machine: str) -> None:
    found, sources, wanted = MACHINES[machine]
    ordered = [one.address for one in lan_addresses(rows(found), sources)]
    assert ordered == wanted


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, Kind.PHYSICAL) for name in ("eth0", "enp3s0", "wlan0", "wlp2s0", "en0", "usb0")),
        *(
            (name, Kind.PHYSICAL)
            for name in ("br0", "vmbr0", "bond0", "bridge0", "enx00e04c680001")
        ),
        *((name, Kind.PHYSICAL) for name in ("Ethernet", "Wi-Fi", "WLAN", "Ethernet 3", "eth0.20")),
        *(
            (name, Kind.VIRTUAL)
            for name in ("docker0", "docker_gwbridge", "veth12ab", "virbr0-nic")
        ),
        *((name, Kind.VIRTUAL) for name in ("vboxnet0", "vmnet8", "lxcbr0", "incusbr0", "podman1")),
        *((name, Kind.VIRTUAL) for name in ("bridge100", "vnic1", "ap1", "llw0", "cni0", "vnet3")),
        ("VirtualBox Host-Only Network #2", Kind.VIRTUAL),
        ("Local Area Connection* 12", Kind.VIRTUAL),
        *((name, Kind.TUNNEL) for name in ("tun0", "utun3", "wg-mullvad", "ppp0", "zt5u4abcde")),
        *((name, Kind.TUNNEL) for name in ("tailscale0", "proton0", "nordlynx", "ipsec0", "tap0")),
        *((name, Kind.TUNNEL) for name in ("NordLynx", "WireGuard Tunnel", "Cisco AnyConnect")),
        *(
            (name, Kind.TUNNEL)
            for name in ("ZeroTier One [8056c2]", "CloudflareWARP", "Cellular 2")
        ),
    ],
)
def test_names_of_interfaces(name: str, kind: Kind) -> None:
    assert kind_of(name) is kind


def test_point_to_point_is_a_tunnel_whatever_its_name() -> None:
    assert kind_of("office", point_to_point=True) is Kind.TUNNEL


@pytest.mark.parametrize(
    "address",
    [
        "100.64.0.1",  # a provider's customers, tailscale
        "192.0.0.8",
        "198.51.100.1",
        "203.0.113.1",
        "0.0.0.0",
        "127.0.0.1",
        "172.32.0.1",
        "172.15.255.255",
        "192.169.0.1",
        "11.0.0.1",
        "224.0.0.251",
        "255.255.255.255",
        "8.8.8.8",
        "::",
        "::1",
        "2003:e5::1",
        "2001:db8::1",
        "64:ff9b::a00:1",
        "::ffff:192.168.1.5",  # mapped
        "::192.168.1.5",
        "2002:c0a8:105::1",
        "fec0::1",
        "ff02::fb",
    ],
)
def test_no_other_address_is_used(address: str) -> None:
    assert not is_private(address)
    assert lan_addresses([Interface("eth0", address, 24, 2)], {address}) == ()


NEARBY = [
    st.ip_addresses(network=text)
    for text in ("10.0.0.0/7", "172.0.0.0/11", "192.168.0.0/15", "100.0.0.0/9", "fc00::/6")
]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.ip_addresses(), *NEARBY),
            st.integers(0, 32),
            st.sampled_from(["eth0", "tun0"]),
        )
    ),
    st.integers(0, 9),
)
def test_nothing_global_ever(
    found: list[tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int, str]], default: int
) -> None:
    machine = [Interface(name, str(address), prefix, 3) for address, prefix, name in found]
    sources = {str(address) for address, _, _ in found[default : default + 1]}
    for one in lan_addresses(machine, sources):
        address = ipaddress.ip_address(one.address)
        assert not address.is_global
        assert address.is_private
        assert not address.is_loopback
        assert not address.is_multicast


def test_what_is_down_is_left_out() -> None:
    assert lan_addresses([Interface("eth0", "10.0.0.1", 8, 2, up=False)], {"10.0.0.1"}) == ()


def test_link_local_ipv6_needs_its_interface() -> None:
    unknown, known = Interface("Wi-Fi", "fe80::1", 64), Interface("en0", "fe80::1", 64, 7)
    assert lan_addresses([unknown, known], set()) == (LanAddress("fe80::1", "en0", 7, "fe80::/64"),)


def test_an_address_named_twice_comes_once() -> None:
    twice = [Interface("eth0", "10.0.0.1", 8, 2), Interface("eth0", "10.0.0.1", 8, 2)]
    assert lan_addresses(twice, set()) == (LanAddress("10.0.0.1", "eth0", 0, "10.0.0.0/8"),)


def test_urls() -> None:
    assert LanAddress("192.168.1.5", "eth0").url(8765) == "http://192.168.1.5:8765"
    assert LanAddress("fd00::5", "eth0").url(80) == "http://[fd00::5]:80"
