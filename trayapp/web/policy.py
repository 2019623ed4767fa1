"""Who may connect: the Host, Origin and peer rules as pure functions. Knows nothing of WSGI.

Theory of operation: a browser page can reach any listener of this computer. What tells a page we
serve from one we must not is the pair (Host, Origin). Host catches DNS rebinding: a rebound GET
carries neither an Origin nor Sec-Fetch headers. Origin catches everything else a page can send
across origins. Both are matched in full against what is allowed; nothing is ever repaired first.
"""

import hmac
import re
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address

from trayapp.origin import serialised
from trayapp.sender import Address, address

NOBODY: frozenset[str] = frozenset()

_AUTHORITY = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)"
    r"(?::(?P<port>[0-9]{1,5}))?\Z"
)
_ORIGIN = re.compile(r"https?://(?P<authority>[^/?#@\\\s]+)\Z")


class Peer(Enum):
    """Where a connection comes from."""

    LOCAL = "local"
    """This computer, by loopback or by one of its own addresses."""
    LAN = "lan"
    """Another device whose address is not routed on the open internet."""
    OUTSIDE = "outside"
    """Anybody else, and every address that cannot be read."""


def peer(remote: str, own: str = "") -> Peer:
    """Where `remote` is, for a socket whose own address is `own` (empty when unknown)."""
    far, near = address(remote), address(own)
    if far is None or far.is_unspecified or far.is_multicast:
        return Peer.OUTSIDE
    if far.is_loopback or far == near:
        return Peer.LOCAL
    return Peer.OUTSIDE if far.is_global else Peer.LAN


def host_in(authority: str) -> str | Address | None:
    """The host of `host[:port]` (RFC 3986 §3.2): an address, or a name in lower case.

    None when it is malformed or mapped into IPv6. Numbers that are no dotted quad (127.1,
    0x7f.1, 2130706433) come back as names, which nobody may allow.
    """
    match = _AUTHORITY.match(authority)
    if match is None or not 0 < int(match["port"] or 1) < 65536 or ".." in authority:
        return None
    host = match["host"].lower()
    try:
        found = ip_address(host.strip("[]"))
    except ValueError:
        return None if host.startswith("[") else host
    if isinstance(found, IPv6Address):
        return found if host.startswith("[") and found.ipv4_mapped is None else None
    return None if host.startswith("[") else found


def is_loopback(host: str | Address | None) -> bool:
    """Whether `host` can only mean this computer (RFC 6761 §6.3 for the names)."""
    if isinstance(host, IPv4Address | IPv6Address):
        return host.is_loopback
    return host is not None and (host == "localhost" or host.endswith(".localhost"))


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy in force. Names are lower case.

    `names` are this computer's own, its addresses may be among them, valid while `lan` is on;
    `hosts` and `origins` are what the user configured, origins as `trayapp.origin` writes them.
    `from_disk` admits `Origin: null` to read and publish without the read key. An empty `read_key`
    matches nothing. `dashboard` is the host that the dashboard is opened by, or `host:port` where
    the host alone is not the dashboard's own; empty: none.
    """

    lan: bool = False
    names: frozenset[str] = NOBODY
    hosts: frozenset[str] = NOBODY
    origins: frozenset[str] = NOBODY
    read_key: str = ""
    from_disk: bool = False
    dashboard: str = ""

    def peer_ok(self, peer: Peer) -> bool:
        """Whether `peer` may talk to us at all."""
        return peer is Peer.LOCAL or (peer is Peer.LAN and self.lan)

    def host_ok(self, authority: str, peer: Peer = Peer.LOCAL, own: str = "") -> bool:
        """Whether the Host header `authority` names us as `peer` may name us, on a connection to
        our address `own` (empty when unknown). Another device may use that address and no other."""
        host = host_in(authority)
        if host is None:
            return False
        if is_loopback(host):
            return peer is Peer.LOCAL
        if str(host) in self.hosts:
            return True
        if isinstance(host, str):
            return self.lan and host in self.names
        if peer is not Peer.LOCAL:
            return self.lan and host == address(own)
        return self.lan and not (host.is_unspecified or host.is_multicast)

    def origin_ok(self, origin: str, authority: str = "", *, local: bool = False) -> bool:
        """Whether a page of `origin` may read and publish where we are called `authority` (Host).
        `local`: the request is one of this computer.

        `null` never passes here.
        """
        if self.origins and serialised(origin) in self.origins:
            return True
        host = _origin_host(origin)
        if host is None or is_loopback(host):
            return host is not None
        if local and _is_unspecified(host):
            # `python -m http.server` prints http://0.0.0.0:8000/. A browser that opens it connects
            # to its own computer (Linux, macOS) or to none; a rebound name stays a name.
            return True
        if not self.lan:
            return False
        return str(host) in self.names or (_is_private(host) and host == host_in(authority))

    def dashboard_ok(self, authority: str) -> bool:
        """Whether the page that we serve where we are called `authority` (Host) may control."""
        if not self.dashboard:
            return False
        return self.dashboard in {authority.lower(), host_in(authority)}

    def neighbour_ok(self, origin: str) -> bool:
        """Whether a page of `origin`, another device nearby, may read and publish with the key."""
        return self.lan and _is_private(_origin_host(origin))

    def key_ok(self, key: str) -> bool:
        """Whether `key` is the read key, compared in constant time."""
        return bool(self.read_key) and hmac.compare_digest(_octets(key), _octets(self.read_key))


def is_own_origin(origin: str, host: str) -> bool:
    """Whether `origin` is that of the pages we serve under the Host header `host`."""
    return origin.lower() == f"http://{host}".lower()


def fetch_ok(site: str, mode: str, dest: str, *, navigable: bool) -> bool:
    """Whether a request without an Origin may pass, by its Sec-Fetch-Site, -Mode and -Dest (empty
    when absent, as from programs and over plain http on the LAN).

    `navigable` routes are pages that hold nothing until they are given a token: a link on
    another site may lead there, a frame may not.
    """
    if site not in {"cross-site", "same-site"}:
        return True
    return navigable and mode == "navigate" and dest == "document"


def _origin_host(origin: str) -> str | Address | None:
    match = _ORIGIN.match(origin)
    return host_in(match["authority"]) if match else None


def _is_unspecified(host: str | Address) -> bool:
    """0.0.0.0 or [::]."""
    return isinstance(host, IPv4Address | IPv6Address) and host.is_unspecified


def _is_private(host: str | Address | None) -> bool:
    if not isinstance(host, IPv4Address | IPv6Address):
        return False
    return host.is_private and not (host.is_unspecified or host.is_multicast)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
