"""Faults that packets of other devices cause in zeroconf: at most one line a minute in the log, for
any device can send as many packets as it likes."""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

logger = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two lines."""


class PacketFaults:
    """A handler for `loop.set_exception_handler`: asyncio's own logs a traceback for each fault."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._next = float("-inf")
        self._unsaid = 0

    def __call__(self, _loop: "AbstractEventLoop", context: dict[str, Any]) -> None:
        now = self._now()
        if now < self._next:
            self._unsaid += 1
            return
        fault = context.get("exception") or context.get("message", "")
        more = f", and {self._unsaid} more before" if self._unsaid else ""
        logger.warning("An mDNS packet could not be answered: %.200r%s", fault, more)
        self._next, self._unsaid = now + EVERY, 0
