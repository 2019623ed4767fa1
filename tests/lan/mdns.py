"""A device that asks by multicast DNS, written from RFC 1035 and RFC 6762 and nothing of ours."""

import select
import socket
import struct
import time
from dataclasses import dataclass

GROUP, PORT = "224.0.0.251", 5353
A, PTR, TXT, AAAA, SRV = 1, 12, 16, 28, 33


@dataclass(frozen=True, slots=True)
class Record:
    """One answer. `value` is an address, a name, or `port target` of a service."""

    name: str
    kind: int
    seconds: int
    value: str


class Asker:
    """A socket in the namespace it is made in, whose address there is `own`."""

    def __init__(self, own: str) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.socket.bind(("", PORT))
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        interface = socket.inet_aton(own)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
        joined = socket.inet_aton(GROUP) + interface
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)

    def close(self) -> None:
        self.socket.close()

    def ask(self, name: str, kind: int, seconds: float = 1.0) -> list[Record]:
        """What is answered for `name` within `seconds`; less when an answer comes sooner."""
        self.hear(0)
        self.socket.sendto(question(name, kind), (GROUP, PORT))
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            heard = self.hear(deadline - time.monotonic())
            found = [r for r in heard if r.kind == kind and r.name.lower() == name.lower()]
            if found:
                return found
        return []

    def hear(self, seconds: float) -> list[Record]:
        """The records of the next packet; after `seconds` without one, none."""
        if not select.select([self.socket], [], [], max(0, seconds))[0]:
            return []
        return records(self.socket.recv(9000))

    def hear_all(self, seconds: float) -> list[Record]:
        """The records of all packets of the next `seconds`."""
        deadline, heard = time.monotonic() + seconds, []
        while (left := deadline - time.monotonic()) > 0:
            heard += self.hear(left)
        return heard


def question(name: str, kind: int) -> bytes:
    """A query with one question (RFC 1035 §4.1)."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack("!6H", 0, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


def records(packet: bytes) -> list[Record]:
    """The records of a response, of all its sections; none of a query."""
    _, flags, questions, *counts = struct.unpack_from("!6H", packet)
    if not flags & 0x8000:
        return []
    at, found = 12, []
    for _ in range(questions):
        at = _name(packet, at)[1] + 4
    for _ in range(sum(counts)):
        name, at = _name(packet, at)
        kind, _, seconds, length = struct.unpack_from("!HHIH", packet, at)
        at += 10
        found.append(Record(name, kind, seconds, _value(packet, at, kind, length)))
        at += length
    return found


def _value(packet: bytes, at: int, kind: int, length: int) -> str:
    if kind in (A, AAAA):
        family = socket.AF_INET if kind == A else socket.AF_INET6
        return socket.inet_ntop(family, packet[at : at + length])
    if kind == PTR:
        return _name(packet, at)[0]
    if kind == SRV:
        return f"{struct.unpack_from('!H', packet, at + 4)[0]} {_name(packet, at + 6)[0]}"
    return packet[at : at + length].decode("utf-8", "replace")


def _name(packet: bytes, at: int) -> tuple[str, int]:
    """The name that begins there (RFC 1035 §4.1.4), and where what follows it begins."""
    parts: list[str] = []
    end = 0
    while length := packet[at]:
        if length & 0xC0:
            end = end or at + 2
            at = struct.unpack_from("!H", packet, at)[0] & 0x3FFF
            continue
        parts.append(packet[at + 1 : at + 1 + length].decode("utf-8", "replace"))
        at += 1 + length
    return ".".join(parts), end or at + 1
