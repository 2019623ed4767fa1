"""Two computers on one LAN, on this machine: two network namespaces and a cable between them."""

import ctypes
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

HOST_ADDRESS = "10.77.0.1"
PHONE_ADDRESS = "10.77.0.2"
HOST_PRIVATE, PHONE_PRIVATE = "fd77::1", "fd77::2"
HOST_GLOBAL, PHONE_GLOBAL = "2a00:77::1", "2a00:77::2"
"""Addresses that the whole internet could reach, if this were a real network."""
_NAMESPACES = Path("/run/netns")
_CLONE_NEWNET = 0x40000000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lan:
    """The names of two namespaces. `host` is where trayapp runs."""

    host: str
    phone: str


@contextmanager
def two_computers() -> Iterator[Lan]:
    """Namespaces that can reach each other and nothing else. Needs root and iproute2."""
    lan = Lan(f"trayapp-host-{os.getpid()}", f"trayapp-phone-{os.getpid()}")
    made: list[str] = []
    try:
        for name in (lan.host, lan.phone):
            _ip("netns", "add", name)
            made.append(name)
        cable = f"link add lan0 type veth peer name lan0 netns {lan.phone}"
        _ip(*cable.split(), inside=lan.host)
        sides = {
            lan.host: (HOST_ADDRESS, HOST_PRIVATE, HOST_GLOBAL),
            lan.phone: (PHONE_ADDRESS, PHONE_PRIVATE, PHONE_GLOBAL),
        }
        for name, (four, *six) in sides.items():
            _ip("address", "add", f"{four}/24", "dev", "lan0", inside=name)
            for address in six:
                _ip("address", "add", f"{address}/64", "dev", "lan0", "nodad", inside=name)
            _ip("link", "set", "lo", "up", inside=name)
            _ip("link", "set", "lan0", "up", inside=name)
        yield lan
    finally:
        for name in made:
            _ip("netns", "delete", name)


def inside(namespace: str, make: Callable[[], T]) -> T:
    """What `make` returns in `namespace`, or raises there. A socket belongs to where it was made,
    for good."""
    with ThreadPoolExecutor(1, "test-namespace", _enter, (namespace,)) as thread:
        return thread.submit(make).result()


def _enter(namespace: str) -> None:
    """Move this thread alone."""
    descriptor = os.open(_NAMESPACES / namespace, os.O_RDONLY)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(descriptor, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(descriptor)


def bound(address: str, port: int) -> socket.socket:
    """A socket that listens there and does not block."""
    listening = socket.create_server((address, port))
    listening.setblocking(False)
    return listening


def _ip(*arguments: str, inside: str = "") -> None:
    """Run ip, in a namespace when one is named. Not by `ip -n`: that makes the root folder's mount
    a slave, and in a chroot the root folder is no mount ("mount --make-rslave / failed")."""
    enter = ["nsenter", f"--net={_NAMESPACES / inside}"] if inside else []
    subprocess.run([*enter, "ip", *arguments], check=True, capture_output=True, timeout=10)
