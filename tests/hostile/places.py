"""Where hostile requests are sent: the running service, the service's rooms on a LAN, a site."""

import dataclasses
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.hostile.network import HOST_ADDRESS, Lan, bound, inside
from tests.hostile.wire import Listener
from tests.web.fakes import HELLO, POLICY, READ_KEY, TOKEN, Site, Witnessed
from trayapp import server, sites
from trayapp.config import Config, RootEntry
from trayapp.hub import Hub, hand_off
from trayapp.paths import Paths
from trayapp.service import Service
from trayapp.service.keys import read_key
from trayapp.web import Devices, HostGuard

TOPICS = "/stream?topic=notify,hostile,hostile-end"


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A server under attack. `connect` takes the peer, `loopback` or `lan`."""

    port: int
    read_key: str
    connect: Callable[[str], socket.socket]

    @property
    def values(self) -> dict[str, str]:
        """The placeholders of hostile_cases.json."""
        return {
            "port": str(self.port),
            "lan": HOST_ADDRESS,
            "readkey": self.read_key,
            "token": TOKEN,
            "readkex": _other(self.read_key),
            "tokex": _other(TOKEN),
        }

    @contextmanager
    def listener(self) -> Iterator[Listener]:
        """A stream of this computer that is open meanwhile."""
        listener = Listener(self.connect("loopback"), TOPICS)
        try:
            yield listener
        finally:
            listener.close()


@contextmanager
def the_service(home: Path) -> Iterator[Place]:
    """The real service, as `trayapp run` makes it."""
    paths = Paths(home, home, home)
    paths.prepare()
    watched = home / "watched"
    watched.mkdir()
    settings = Config(port=0, roots=(RootEntry(watched, "watched"),), origins=tuple(POLICY.origins))
    service = Service(settings, paths, TOKEN)
    service.start()
    try:
        port = int(service.url.rpartition(":")[2])
        yield Place(port, read_key(paths.key_file), lambda _: _local(port))
    finally:
        service.stop()


@contextmanager
def the_lan(lan: Lan) -> Iterator[Place]:
    """The web room, hub and server of a computer with LAN on."""
    room = Site(dataclasses.replace(POLICY, lan=True))
    hub = Hub(room.bus, lambda: HELLO)
    serving = server.Server()

    def listen() -> server.Listener:
        first = bound("127.0.0.1", 0)
        port = first.getsockname()[1]
        return server.Listener(port, (first, bound(HOST_ADDRESS, port)))

    listener = inside(lan.host, listen)

    def connect(peer: str) -> socket.socket:
        if peer == "loopback":
            return inside(lan.host, lambda: _local(listener.port))
        place = lan.host if peer == "own" else lan.phone
        address = (HOST_ADDRESS, listener.port)
        return inside(place, lambda: socket.create_connection(address, timeout=5))

    serving.start()
    hub.start()
    try:
        serving.serve(listener, hand_off(room.guard, hub))
        yield Place(listener.port, READ_KEY, connect)
    finally:
        hub.stop()
        serving.stop()


@contextmanager
def a_site(folder: Path) -> Iterator[Place]:
    """A served folder with what must not be served in it and around it."""
    root = folder / "site"
    for name in ("sub", ".git"):
        (root / name).mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html><title>site</title>")
    (root / "sub" / "a.txt").write_text("a")
    (root / ".env").write_text("secret=1")
    (root / ".git" / "config").write_text("[core]")
    (folder / "secret_outside.txt").write_text("outside")
    (root / "etc").symlink_to("/etc")
    (root / "outside.txt").symlink_to(folder / "secret_outside.txt")
    (root / "env.txt").symlink_to(root / ".env")
    listener = server.listen_on_loopback(0)
    serving = server.Server()
    serving.start()
    try:
        devices = Devices(folder / "devices.json")
        guard = HostGuard(sites.create_site(root), POLICY, devices, Witnessed())
        serving.serve(listener, guard)
        yield Place(listener.port, READ_KEY, lambda _: _local(listener.port))
    finally:
        serving.stop()


def _local(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def _other(key: str) -> str:
    """`key` with its last character changed."""
    return key[:-1] + ("a" if key[-1] != "a" else "b")
