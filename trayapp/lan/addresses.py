"""Which addresses of this computer other devices of its network may use, the likeliest first.

Pure: what the system says comes in as `Interface` rows. A private address only: one that is routed
on the open internet, or shared by a provider's customers (100.64/10), is never among them.
"""

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface, ip_network

PRIVATE = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")  # RFC 1918
    + ("169.254.0.0/16",)  # RFC 3927: two computers and a cable
    + ("192.0.2.0/24", "198.18.0.0/15")  # RFC 5737, RFC 2544: machines of laboratories have these
    + ("fc00::/7", "fe80::/10")  # RFC 4193, RFC 4291 §2.5.6
)

HOST_ONLY = ip_network("192.168.56.0/24")
"""What VirtualBox gives its host-only network, whose interface Windows may call `Ethernet 2`."""


class Kind(IntEnum):
    """What an interface leads to, the likeliest to lead to a phone first."""

    PHYSICAL = 0
    VIRTUAL = 1
    """Containers and virtual machines of this computer."""
    TUNNEL = 2
    """A VPN, or a provider's mobile network."""


_TUNNEL = re.compile(
    r"""
    (tun|tap|utun|ipsec|ppp|wg|wt|zt|vti|gre|sit|ham|feth|nebula|proton|pvpn|wwan|pdp_ip|rmnet)\d.*
    | (wg|tailscale|zt|nordlynx|cscotun|gpd|outline|cloudflarewarp|mullvad|warp).*
    | .*(vpn|wireguard|wintun|tap-windows|tailscale|zerotier|hamachi|nordlynx|mullvad|warp
        |anyconnect|fortinet|fortissl|pangp|globalprotect|teredo|isatap|6to4
        |cellular|mobile\ broadband).*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_VIRTUAL = re.compile(
    r"""
    (docker|virbr|veth|vnet|vmnet|vboxnet|vnic|lxc|lxd|incus|cni|podman|nerdctl|flannel|cali
        |cilium|weave|kube|mpqemubr|waydroid|ifb|dummy|macvtap|ovs|awdl|llw|anpi).*
    | br-.*             # docker's networks; br0 and vmbr0 are what people put their LAN on
    | bridge1\d\d       # macOS: machines and shared connections; bridge0 is Thunderbolt
    | ap\d              # macOS: the access point of a shared connection
    | vethernet\ .*     # Windows: Hyper-V and WSL
    | .*(virtualbox|vmware|parallels|hyper-v|wsl).*
    | .*\*\ ?\d+        # Windows: `Local Area Connection* 2`, Wi-Fi Direct
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Interface:
    """An IP address of an interface, without a zone. `scope` is the number of the interface, 0 when
    unknown."""

    name: str
    address: str
    prefix: int
    scope: int = 0
    up: bool = True
    point_to_point: bool = False


@dataclass(frozen=True, slots=True)
class LanAddress:
    """An address to listen on. `scope` is 0 but for fe80::/10; `network` as `192.168.1.0/24`."""

    address: str
    interface: str
    scope: int = 0
    network: str = ""
    kind: Kind = Kind.PHYSICAL

    @property
    def link_local(self) -> bool:
        """Whether it holds on one cable only; no browser takes such an IPv6 address."""
        return ip_address(self.address).is_link_local

    @property
    def version(self) -> int:
        """4 or 6."""
        return ip_address(self.address).version

    def url(self, port: int) -> str:
        """The base URL, without a slash at its end."""
        return f"http://{f'[{self.address}]' if self.version == 6 else self.address}:{port}"


def kind_of(name: str, *, point_to_point: bool = False) -> Kind:
    """What the interface called `name` leads to, by the names that three systems give."""
    if point_to_point or _TUNNEL.fullmatch(name):
        return Kind.TUNNEL
    return Kind.VIRTUAL if _VIRTUAL.fullmatch(name) else Kind.PHYSICAL


def lan_addresses(found: Iterable[Interface], sources: Set[str]) -> tuple[LanAddress, ...]:
    """What of `found` other devices may use. `sources` are the addresses that this computer sends
    from by its default routes.

    The default route's interface comes first among those of its kind; IPv4 before IPv6 of one
    interface; what is link-local last of all.
    """
    rows = [row for row in found if row.up]
    loopback = {row.name for row in rows if ip_address(row.address).is_loopback}  # lo0 has fe80::1
    rows = [row for row in rows if row.name not in loopback]
    default = {row.name for row in rows if row.address in sources}
    usable = {_usable(row, row.name in default): row for row in rows if _is_usable(row)}

    def rank(one: LanAddress) -> tuple[bool, Kind, bool, int, bool]:
        second = one.interface not in default
        return one.link_local, one.kind, second, one.version, one.address not in sources

    return tuple(sorted(usable, key=rank))


def is_private(address: str) -> bool:
    """Whether the IP address `address` is one that other devices may use."""
    found = ip_address(address)
    return any(found in network for network in PRIVATE if network.version == found.version)


def _is_usable(row: Interface) -> bool:
    """An address of fe80::/10 without its interface cannot be listened on."""
    if not is_private(row.address):
        return False
    found: IPv4Address | IPv6Address = ip_address(row.address)
    return bool(row.scope) or found.version == 4 or not found.is_link_local


def _usable(row: Interface, default: bool) -> LanAddress:
    found = ip_interface(f"{row.address}/{row.prefix}")
    kind = kind_of(row.name, point_to_point=row.point_to_point)
    if kind is Kind.PHYSICAL and not default and found.version == 4 and found.ip in HOST_ONLY:
        kind = Kind.VIRTUAL
    scope = row.scope if found.version == 6 and found.ip.is_link_local else 0
    return LanAddress(row.address, row.name, scope, str(found.network), kind)
