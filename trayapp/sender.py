"""Which sender a connection or a request is counted as by all limits: of connections, streams,
posts, polls and wrong codes. Pure.

A paired device is one sender, whatever its addresses. What is not paired is counted by IPv4
address and by IPv6 /64: one computer has as many addresses in its /64 as it likes (RFC 8981).
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

SUBNET = 64
"""Bits of an IPv6 address that name a subnet (RFC 4291 §2.5.4); the rest is the host's choice."""


@lru_cache(maxsize=256)  # asked several times for each request, and mostly the same ones
def address(text: str) -> Address | None:
    """The address in `text`, an IPv4 address when it is mapped into IPv6 (a `::` socket reports
    127.0.0.1 as ::ffff:127.0.0.1); a zone such as `%eth0` is dropped. None when it is none."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def sender_of(remote: str, own: str = "", device: str = "") -> str:
    """The sender at the address `remote`, on a socket whose own address is `own` (empty when
    unknown). `device` is the paired device it is, empty when it is none or not known yet.

    Empty by loopback: such connections are not counted. This computer under its own network
    address is a sender of its own, so that its neighbours in the /64 take none of its places.
    """
    if device:
        return f"device {device}"
    found = address(remote)
    if found is None:
        return remote
    if found.is_loopback:
        return ""
    if isinstance(found, IPv4Address) or found == address(own):
        return str(found)
    return str(IPv6Network((found, SUBNET), strict=False))
