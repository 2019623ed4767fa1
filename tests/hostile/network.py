"""Two computers on one LAN, on this machine: two network namespaces and a cable between them."""

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

HOST_ADDRESS = "10.77.0.1"
PHONE_ADDRESS = "10.77.0.2"
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
        for name, address in ((lan.host, HOST_ADDRESS), (lan.phone, PHONE_ADDRESS)):
            _ip("address", "add", f"{address}/24", "dev", "lan0", inside=name)
            _ip("link", "set", "lo", "up", inside=name)
            _ip("link", "set", "lan0", "up", inside=name)
        yield lan
    finally:
        for name in made:
            _ip("netns", "delete", name)


def inside(namespace: str, make: Callable[[], T]) -> T:
    """What `make` returns in `namespace`. A socket belongs to where it was made, for good."""
    made: list[T] = []

    def enter() -> None:
        descriptor = os.open(_NAMESPACES / namespace, os.O_RDONLY)
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(descriptor, _CLONE_NEWNET):  # moves this thread alone
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(descriptor)
        made.append(make())

    thread = threading.Thread(target=enter, name="test-namespace")
    thread.start()
    thread.join()
    return made[0]


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
