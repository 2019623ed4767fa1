"""Sharing with the local network: on or off, on which addresses, and under what name.

Switching on adds listeners on the private addresses of this computer to those on loopback, lets
paired devices through the gate, and announces our name. It follows the network until it is
switched off, which takes all of that back in the opposite order.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from wsgiref.types import WSGIApplication

from trayapp import lan, server
from trayapp.bus import Reader
from trayapp.errors import TrayAppError
from trayapp.lan import LanAddress
from trayapp.service.gate import Gate
from trayapp.state import LanState

logger = logging.getLogger(__name__)

ASKED_FOR = 60.0
"""Seconds in which somebody at this computer can say yes to what the dashboard asked for."""

NOWHERE = "This computer is in no local network; sharing begins when it joins one."


@dataclass(frozen=True, slots=True)
class Place:
    """What is served on `port`, on loopback always."""

    port: int
    app: WSGIApplication
    at_once: Callable[[str], bool] = lambda _: False


class Sharing:
    """The switch. Safe from any thread.

    `end` ends the streams of the readers it is true of. `on_change` is called when the picture has
    changed, outside every lock.
    """

    def __init__(
        self,
        serving: server.Server,
        gate: Gate,
        end: Callable[[Callable[[Reader], bool]], None],
        on_change: Callable[[], None],
        *,
        keep: bool = False,
    ) -> None:
        self._keep = keep
        self._server = serving
        self._gate = gate
        self._end = end
        self._on_change = on_change
        self._switching = threading.Lock()  # held while listeners come and go, never by the door
        self._places: list[Place] = []
        self._listeners: dict[tuple[LanAddress, int], server.Listener] = {}
        self._addresses: tuple[LanAddress, ...] = ()
        self._names: tuple[str, ...] = ()
        self._problem = ""
        self._on = False
        self._asked_until = 0.0
        self._monitor = lan.Monitor(self._follow)
        self._announcer: lan.Announcer | None = None

    @property
    def addresses(self) -> tuple[LanAddress, ...]:
        """Where other devices find us, the likeliest first; empty while it is off."""
        return self._addresses

    @property
    def port(self) -> int:
        """The port of trayapp itself, which is the first place to be shared."""
        return self._places[0].port

    def state(self) -> LanState:
        """The picture of now."""
        return LanState(
            on=self._on,
            asked=self.due() is not None,
            keep=self._keep,
            urls=self.urls(),
            problem=self._problem,
            seen=self._gate.lan_seen,
        )

    def urls(self) -> tuple[str, ...]:
        """Base addresses for other devices, by number and then by name."""
        if not self._places:
            return ()
        usable = [one for one in self._addresses if one.version == 4 or not one.link_local]
        name = self._announcer.name if self._announcer is not None else ""
        by_name = [f"http://{name}:{self.port}"] if name and usable else []
        return tuple([one.url(self.port) for one in usable] + by_name)

    def due(self) -> float | None:
        """Seconds until what was asked is forgotten; None when nothing is asked."""
        left = self._asked_until - time.monotonic()
        return left if left > 0 and not self._on else None

    def add(self, place: Place) -> None:
        """Share this too, whenever it is on. Before it is switched on for the first time."""
        self._places.append(place)

    def ask(self) -> bool:
        """Wait for a yes at this computer; False when it is on already."""
        if self._on:
            return False
        self._asked_until = time.monotonic() + ASKED_FOR
        self._on_change()
        return True

    def set_keep(self, on: bool) -> None:
        """Whether it is said to be switched on again at the next start."""
        self._keep = on
        self._on_change()

    def set(self, on: bool) -> None:
        """Switch it on or off. Idempotent. What cannot be had is a problem of the state."""
        with self._switching:
            self._asked_until = 0.0
            if on and not self._on:
                self._begin()
            elif self._on and not on:
                self._cease()
        self._on_change()

    def stop(self) -> None:
        """Off, and nothing more to share: for the end of a run."""
        self.set(False)
        self._places.clear()

    def _begin(self) -> None:
        self._names = lan.own_names()
        self._announcer = lan.Announcer(self.port, self._on_change)
        self._on = True
        self._listen_on(_addresses())
        self._announcer.start(self._addresses)
        self._monitor.start(self._addresses)
        logger.info("Sharing is on: %s", ", ".join(self.urls()) or "no network yet")

    def _cease(self) -> None:
        self._on = False
        self._gate.keep_lan_out()
        self._listen_on(())
        self._problem = ""
        self._end(lambda reader: bool(reader.address))
        self._monitor.stop()
        if self._announcer is not None:
            self._announcer.stop()
        self._announcer = None
        logger.info("Sharing is off.")

    def _follow(self, addresses: tuple[LanAddress, ...]) -> bool:
        """The network is another one; False when not all of it can be had yet, as an IPv6 address
        in its first second. Does not wait for a switch under way for ever: one that switches off
        waits for the thread that calls this."""
        if not self._switching.acquire(timeout=1.0):
            return False
        before = self._addresses, self._problem
        try:
            if self._announcer is not None:  # else switched off meanwhile
                self._listen_on(addresses)
                self._announcer.update(self._addresses)
        finally:
            self._switching.release()
        if before != (self._addresses, self._problem):
            self._on_change()
        return len(self._addresses) == len(addresses)

    def _listen_on(self, addresses: Sequence[LanAddress]) -> None:
        """Have listeners for each place on these addresses and on no others."""
        if self._on:
            self._gate.let_lan_in([*self._names, *(one.address for one in addresses)])
        wanted = {(address, place.port): place for address in addresses for place in self._places}
        for key in self._listeners.keys() - wanted.keys():
            self._server.close(self._listeners.pop(key))
        missing = [key for key in wanted if key not in self._listeners]
        problems = [self._open(*key, wanted[key]) for key in missing]
        self._addresses = tuple(one for one in addresses if (one, self.port) in self._listeners)
        nowhere = NOWHERE if self._on and not addresses else ""
        self._say(next(filter(None, problems), nowhere))

    def _say(self, problem: str) -> None:
        if problem and problem != self._problem:
            logger.warning("Sharing: %s", problem)
        self._problem = problem

    def _open(self, address: LanAddress, port: int, place: Place) -> str:
        """Listen there; what is in the way, in a sentence."""
        try:
            listener = server.listen_on(address.address, port, address.scope)
        except TrayAppError as error:
            return f"{address.address}: {error.message}"
        self._listeners[address, port] = listener
        self._server.serve(listener, place.app, place.at_once)
        return ""


def _addresses() -> tuple[LanAddress, ...]:
    try:
        return lan.read_addresses()
    except OSError:  # an interface may go while it is asked about; the monitor asks again
        return ()
