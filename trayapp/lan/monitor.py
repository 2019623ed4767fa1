"""Notices that this computer's addresses have changed: another network, a cable, a sleep."""

import logging
import threading
from collections.abc import Callable, Sequence

from trayapp.lan.addresses import LanAddress
from trayapp.lan.interfaces import read_addresses

logger = logging.getLogger(__name__)

PERIOD = 2.0
"""Seconds between two looks. Each system has a way of its own to be told; a look works on all."""

STOP_WITHIN = 3.0
"""Seconds that `stop` waits for an `on_change` that takes its time."""

OnChange = Callable[[tuple[LanAddress, ...]], bool]
"""Whether all has been seen to; else it is told of again after the next look."""


class Monitor:
    """Looks at the addresses and calls `on_change` with all of them when they are other ones than
    before, from a thread of its own and outside every lock."""

    def __init__(
        self,
        on_change: OnChange,
        *,
        read: Callable[[], tuple[LanAddress, ...]] = read_addresses,
        period: float = PERIOD,
    ) -> None:
        self._on_change = on_change
        self._read = read
        self._period = period
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, known: Sequence[LanAddress] = ()) -> None:
        """Begin to look, at once. `known` are the addresses that have been seen to already; the
        first look tells of whatever differs from them."""
        if self._thread is not None:
            return
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(tuple(known), self._ended), name="trayapp-lan", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """No call of `on_change` begins after this, and the thread ends, within `STOP_WITHIN`
        seconds. Idempotent; may be called by `on_change`."""
        self._ended.set()
        thread, self._thread = self._thread, None
        if thread is None or thread is threading.current_thread():
            return
        thread.join(STOP_WITHIN)
        if thread.is_alive():
            logger.warning("What follows a change of the network did not return in time.")

    def _run(self, known: tuple[LanAddress, ...], ended: threading.Event) -> None:
        while not ended.is_set():
            now = self._look(known)
            if now != known and not ended.is_set() and self._tell(now):
                known = now
            ended.wait(self._period)

    def _look(self, known: tuple[LanAddress, ...]) -> tuple[LanAddress, ...]:
        """The addresses of now, or `known` when the system does not tell."""
        try:
            return self._read()
        except OSError as error:  # an interface may go while it is asked about
            logger.debug("The network interfaces cannot be read: %s", error)
            return known

    def _tell(self, addresses: tuple[LanAddress, ...]) -> bool:
        try:
            return self._on_change(addresses)
        except Exception:
            logger.exception("A change of the network could not be followed.")
            return True
