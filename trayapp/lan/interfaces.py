"""Reads the network interfaces of this computer. On Windows and macOS by psutil's documentation;
run on Linux."""

import socket
import sys
from collections.abc import Iterator
from ipaddress import ip_address

from trayapp.lan.addresses import Interface, LanAddress, lan_addresses

FAR = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses for documentation (RFC 5737, RFC 3849): routed by default, and nobody's."""


def read_addresses() -> tuple[LanAddress, ...]:
    """The addresses other devices may use now, the likeliest first. Raises: OSError."""
    return lan_addresses(read_interfaces(), default_sources())


def own_addresses() -> frozenset[str]:
    """All addresses of this computer, whatever they are for, without zones. Raises: OSError."""
    return frozenset(row.address for row in read_interfaces())


def read_interfaces() -> tuple[Interface, ...]:
    """Every IP address of every interface. Raises: OSError."""
    return tuple(_rows())


def default_sources() -> frozenset[str]:
    """The addresses that this computer sends from by its default routes. Nothing is sent: a
    connected UDP socket only looks up the route."""
    return frozenset(source for family, far in FAR if (source := _source(family, far)))


def _source(family: int, far: str) -> str:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            return str(probe.getsockname()[0]).partition("%")[0]
    except OSError:  # no such route, or no such family
        return ""


def _rows() -> Iterator[Interface]:
    import psutil

    stats = psutil.net_if_stats()
    for name, addresses in psutil.net_if_addrs().items():
        device = name.partition(":")[0] if sys.platform == "linux" else name  # `eth0:1` is a label
        state = stats.get(device)
        for one in addresses:
            if one.family not in (socket.AF_INET, socket.AF_INET6):
                continue
            address = one.address.partition("%")[0]
            yield Interface(
                device,
                address,
                prefix_of(one.netmask, address),
                _scope(device),
                state is None or state.isup,
                one.ptp is not None or "pointopoint" in getattr(state, "flags", ""),
            )


def prefix_of(netmask: str | None, address: str) -> int:
    """The bits of `netmask` that are set. Windows tells none for IPv6, where a network has 64."""
    if not netmask:
        return 64 if ":" in address else 32
    return int(ip_address(netmask)).bit_count()


def _scope(name: str) -> int:
    """The number of the interface; 0 on Windows, where it goes by another name than psutil's."""
    try:
        return socket.if_nametoindex(name)
    except (OSError, AttributeError):
        return 0
