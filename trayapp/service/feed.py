"""The feed of states: whoever shows the service is told when its picture has changed."""

import logging
import threading
import time
from collections.abc import Callable

from trayapp.state import State

logger = logging.getLogger(__name__)

PERIOD = 0.5
"""Seconds, at least, from one telling to the next."""

Callback = Callable[[State], None]


class Feed:
    """Tells changed states to its callbacks, from the thread `trayapp-state`, newest only.

    `due` is asked, after each telling and each change, in how many seconds the picture will change
    by the mere passing of time; None when it will not.
    """

    def __init__(
        self, state: Callable[[], State], due: Callable[[], float | None] = lambda: None
    ) -> None:
        self._state = state
        self._due = due
        self._callbacks: tuple[Callback, ...] = ()
        self._condition = threading.Condition()
        self._changed = False
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to tell."""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="trayapp-state")
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what is untold stays so. Idempotent; never from a callback."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """Tell `callback` from now on. Returns what ends it."""
        with self._condition:
            self._callbacks += (callback,)

        def unsubscribe() -> None:
            with self._condition:
                self._callbacks = tuple(each for each in self._callbacks if each is not callback)

        return unsubscribe

    def changed(self) -> None:
        """Something in the picture changed. Cheap, from any thread."""
        with self._condition:
            self._changed = True
            self._condition.notify()

    def _run(self) -> None:
        """A picture that is as it was is told all the same: a front end that also asks by itself,
        as the dashboard does after a click, may have seen the one in between."""
        until = self._until()
        while callbacks := self._next(until):
            until = self._until()  # before the picture: what falls due meanwhile is told again
            state = self._state()
            for callback in callbacks:
                _tell(callback, state)
            with self._condition:
                self._condition.wait_for(lambda: self._stopping, timeout=PERIOD)

    def _until(self) -> float | None:
        """When the picture changes by itself, on the monotonic clock."""
        seconds = self._due()
        return None if seconds is None else time.monotonic() + seconds

    def _next(self, until: float | None) -> tuple[Callback, ...]:
        """Wait for a change somebody wants to know, and no longer than `until`; nothing on stop."""
        with self._condition:
            self._condition.wait_for(
                lambda: self._stopping or (self._changed and bool(self._callbacks)),
                None if until is None else max(0.0, until - time.monotonic()),
            )
            self._changed = False
            return () if self._stopping else self._callbacks


def _tell(callback: Callback, state: State) -> None:
    try:
        callback(state)
    except Exception:
        logger.exception("A front end could not show the state.")
