"""Lets other devices find this computer by name: `my-pc.local`, and the service `trayapp on my-pc`.

The responder runs in an event loop in a thread of our own, because zeroconf's own thread has no
name, and no way to be waited for with a limit.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from trayapp.lan.addresses import LanAddress
from trayapp.lan.announcement import Announcement, announcement
from trayapp.lan.interfaces import own_addresses
from trayapp.lan.names import host_name
from trayapp.lan.packetfaults import PacketFaults

if TYPE_CHECKING:
    from trayapp.lan.responder import Responder

logger = logging.getLogger(__name__)

STOP_WITHIN = 3.0
"""Seconds that `stop` waits for the goodbyes, which take a quarter of one."""


class Announcer:
    """Announces `port` on the addresses it is given. Methods are safe from any thread and return
    at once, but for `stop`; whatever fails in the network is a line in the log.

    `on_change` is called when `name` is another one, from the announcer's thread; it must not wait.
    """

    def __init__(
        self,
        port: int,
        on_change: Callable[[], None] = lambda: None,
        *,
        host: Callable[[], str] = host_name,
        own: Callable[[], frozenset[str]] = own_addresses,
    ) -> None:
        self._port = port
        self._on_change = on_change
        self._host = host
        self._own = own
        self._lock = threading.Lock()
        self._wanted = Announcement()
        self._stopping = False
        self._name = ""
        self._nudge: Callable[[], object] | None = None
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The name that leads here, `my-pc.local`, whoever answers for it; empty while nobody
        does, or when it is another device's."""
        return self._name

    def start(self, addresses: Sequence[LanAddress]) -> None:
        """Announce on these addresses, of which there may be none yet."""
        with self._lock:
            if self._thread is not None:
                return
            self._wanted, self._stopping = announcement(addresses), False
            self._thread = threading.Thread(target=self._run, name="trayapp-mdns", daemon=True)
            self._thread.start()

    def update(self, addresses: Sequence[LanAddress]) -> None:
        """Announce on these from now on, and no longer on the others."""
        wanted = announcement(addresses)
        with self._lock:
            if wanted == self._wanted:
                return
            self._wanted = wanted
        self._wake()

    def stop(self) -> None:
        """Take the announcement back, so that names are forgotten at once; within `STOP_WITHIN`
        seconds. Idempotent."""
        with self._lock:
            self._stopping = True
            thread, self._thread = self._thread, None
        self._wake()
        if thread is None:
            return
        thread.join(STOP_WITHIN)
        if thread.is_alive():
            logger.warning("mDNS did not end in time.")

    def _wake(self) -> None:
        with self._lock:
            if self._nudge is not None:
                self._nudge()

    def _run(self) -> None:
        import asyncio

        from trayapp.lan.responder import Responder

        # It logs a traceback for what the network does to it; what matters is said by responder.
        logging.getLogger("zeroconf").setLevel(logging.CRITICAL)
        responder = Responder(self._host(), self._port, self._own, self._named)
        try:
            # The selector's loop on Windows too: the other one stops receiving UDP once a packet
            # was refused (python/cpython issues 91227, 127057).
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._serve(responder))
        except Exception:
            logger.exception("mDNS has ended by a fault.")

    async def _serve(self, responder: "Responder") -> None:
        import asyncio

        changed = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(PacketFaults())
        with self._lock:
            self._nudge = lambda: loop.call_soon_threadsafe(changed.set)
        try:
            while (wanted := self._next(changed.clear)) is not None:
                if wanted.senders:
                    await responder.hold(wanted, changed)
                else:
                    await changed.wait()
        finally:
            with self._lock:
                self._nudge = None

    def _next(self, begin: Callable[[], None]) -> Announcement | None:
        """What to announce next; None on stop. A later wish ends what `begin` began."""
        with self._lock:
            begin()
            return None if self._stopping else self._wanted

    def _named(self, name: str) -> None:
        if name != self._name:
            self._name = name
            self._on_change()
