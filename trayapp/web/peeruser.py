"""The user at the other end of a local connection, as Linux knows it; elsewhere it is unknown.

Theory of operation: `/proc/net/tcp` lists each socket of this computer with the uid of its owner.
The socket of a peer is the line whose two ends are ours the other way round. A socket that its
program has closed already shows uid 0 and inode 0, and one that is gone shows no line; both count
as unknown, for no program is left that could read an answer.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from wsgiref.types import WSGIEnvironment

_UID, _INODE = 7, 9  # the columns, as in proc(5)
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


class Kind(Enum):
    """Whose the peer is. Root counts as unknown: a relay runs as root and speaks for others."""

    OURS = "ours"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PeerUser:
    """`uid` is None where the system does not say it."""

    uid: int | None = None

    @property
    def kind(self) -> Kind:
        """Whose it is, seen from this process."""
        if self.uid is None or not hasattr(os, "geteuid"):
            return Kind.UNKNOWN
        if self.uid == os.geteuid():
            return Kind.OURS
        return Kind.OTHER if self.uid else Kind.UNKNOWN


def peer_user(environ: WSGIEnvironment) -> PeerUser:
    """The user that sent this request."""
    if sys.platform != "linux":
        return PeerUser()
    try:
        far = environ["REMOTE_ADDR"], int(environ["REMOTE_PORT"])
        near = environ["SERVER_NAME"], int(environ["SERVER_PORT"])
        ends = set(zip(_spelled(*far), _spelled(*near), strict=True))
    except (KeyError, TypeError, ValueError):
        return PeerUser()
    found = (uid_of(ends, table) for table in _tables())
    return PeerUser(next((uid for uid in found if uid is not None), None))


def uid_of(ends: Iterable[tuple[str, str]], table: str) -> int | None:
    """The owner of the socket that has one of `ends`, its own first, in the text of
    `/proc/net/tcp`; None when there is none or its program has closed it."""
    for local, remote in ends:
        # Searched, not split: there may be ten thousand lines.
        place = table.find(f": {local} {remote} ")
        if place >= 0:
            columns = table[table.rfind("\n", 0, place) + 1 : table.find("\n", place)].split()
            return int(columns[_UID]) if columns[_INODE] != "0" else None
    return None


def _tables() -> Iterator[str]:
    for table in _TABLES:
        try:
            yield table.read_text("ascii", "replace")
        except OSError:
            continue


def _spelled(address: str, port: int) -> list[str]:
    """An end as the tables have it: as it is, and mapped into IPv6."""
    found = ip_address(address.partition("%")[0])
    plain = found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
    if isinstance(plain, IPv4Address):
        return [_end(plain.packed, port), _end(bytes(10) + b"\xff\xff" + plain.packed, port)]
    return [_end(plain.packed, port)]


def _end(packed: bytes, port: int) -> str:
    """The kernel prints an address in words of four bytes, in its own byte order."""
    words = [packed[place : place + 4] for place in range(0, len(packed), 4)]
    step = -1 if sys.byteorder == "little" else 1
    return "".join(word[::step].hex() for word in words).upper() + f":{port:04X}"
