"""Listening sockets. Both loopback addresses, always: a browser may mean either by `localhost`.
Others one by one, and never an address that the internet can reach."""

import errno
import ipaddress
import socket
import sys
from dataclasses import dataclass

from trayapp.errors import TrayAppError

BACKLOG = 4096
LOOPBACK = ("127.0.0.1", "::1")
ATTEMPTS = 20
"""Free ports tried until one is free on both loopback addresses."""


class PortInUse(TrayAppError):
    """Another program listens on `port`; who it is, the caller may find out."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is in use by another program.",
            f"Stop it, or run: trayapp run --port {port + 1 if port < 65535 else 8765}",
        )
        self.port = port


@dataclass(frozen=True, slots=True)
class Listener:
    """Sockets bound to one port; `close` frees it."""

    port: int
    sockets: tuple[socket.socket, ...]

    def close(self) -> None:
        """Stop listening. Idempotent."""
        for sock in self.sockets:
            sock.close()


def listen_on_loopback(port: int) -> Listener:
    """Listen on 127.0.0.1 and ::1 (where the system has IPv6). Port 0: any that is free on both.

    Raises: PortInUse; TrayAppError when the system refuses the port for another reason.
    """
    for attempt in range(ATTEMPTS):
        try:
            return _listen(port)
        except PortInUse:
            if port or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def listen_on(address: str, port: int, scope: int = 0) -> Listener:
    """Listen on one address of this computer; `scope` is the number of the interface that a
    link-local IPv6 address belongs to. Port 0: any that is free.

    Raises: PortInUse; TrayAppError for an address that is not (any longer) this computer's, or
    that is not a private one.
    """
    value = ipaddress.ip_address(address)
    if value.is_global or value.is_unspecified or value.is_multicast:
        raise TrayAppError(f"{address} is not a private address, so it is not shared on.")
    sock = _bind(address, port, scope)
    return Listener(sock.getsockname()[1], (sock,))


def _listen(port: int) -> Listener:
    first = _bind(LOOPBACK[0], port)
    chosen = first.getsockname()[1]
    try:
        second = _bind(LOOPBACK[1], chosen) if _has_ipv6_loopback() else None
    except TrayAppError:
        first.close()
        raise
    return Listener(chosen, (first,) if second is None else (first, second))


def bind_error(error: OSError, address: str, port: int) -> TrayAppError:
    """The sentence for a refused bind."""
    if error.errno == errno.EADDRINUSE or getattr(error, "winerror", 0) == 10013:
        return PortInUse(port)
    if error.errno == errno.EACCES:
        return TrayAppError(
            f"This system lets only an administrator listen on port {port}.",
            "Choose a port from 1024 up: trayapp run --port 8765",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return TrayAppError(f"This computer has no address {address} now.")
    return TrayAppError(f"Cannot listen on {address} port {port}: {error.strerror}.")


def _bind(address: str, port: int, scope: int = 0) -> socket.socket:
    six = ":" in address
    sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_STREAM)
    try:
        _claim(sock)
        sock.bind((address, port, 0, scope) if six else (address, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise bind_error(error, address, port) from error
    sock.setblocking(False)
    return sock


def _claim(sock: socket.socket) -> None:
    """Our port at once after a restart, and ours alone while we run."""
    if sys.platform == "win32":  # there SO_REUSEADDR would let anybody bind over us
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)


def _has_ipv6_loopback() -> bool:
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK[1], 0))
    except OSError:
        return False
    return True
