"""What a command prints, on its way to a topic: bounded, line by line, many lines in one event."""

import logging
import threading
import time
from collections.abc import Callable

from trayapp.errors import TrayAppError
from trayapp.sources.lines import cut, last, text_of

logger = logging.getLogger(__name__)

MOST_IN_AN_EVENT = 16 * 1024
MOST_WAITING = 256 * 1024
"""Bytes that may wait for being published; who writes more waits too."""

MOST_IN_THE_TAIL = 8 * 1024
PACE = 0.05
"""Seconds between two events at least, while less waits than fills one."""

PATIENCE = 5.0
"""Seconds a write waits for room. When there was none, output is left out until there is some."""

CLOSE_SECONDS = 15.0


class Output:
    """Publishes what is written, on a thread of its own that begins with the first write.

    An event holds whole lines without the last line end; a line longer than an event is cut. Line
    ends are LF, a lone CR counts as one too. What is no UTF-8 is replaced. Safe from any thread.
    """

    def __init__(self, publish: Callable[[str], None]) -> None:
        self._publish = publish
        self._wake = threading.Condition()
        self._waiting = bytearray()
        self._tail = bytearray()
        self._left_out = 0
        self._lost = 0
        self._stalled = False
        self._closed = False
        self._error: TrayAppError | None = None
        self._thread: threading.Thread | None = None

    @property
    def error(self) -> TrayAppError | None:
        """Why the last event that could not be published was not; None while all went well."""
        return self._error

    def write(self, data: bytes) -> None:
        """Take `data`. Waits while 256 KB wait already, up to five seconds: then it is left out,
        and the next event says so."""
        with self._wake:
            self._remember(data)
            if self._closed:
                return
            self._begin()
            if self._has_room():
                self._waiting += self._note() + data
            else:
                self._left_out += len(data)
            self._wake.notify_all()

    def tail(self) -> str:
        """The last lines written, at most 8 KB."""
        with self._wake:
            data = bytes(self._tail)
        return last(data, MOST_IN_THE_TAIL)

    def close(self) -> None:
        """Publish what waits, and end. Idempotent; what is written later goes to the tail only."""
        with self._wake:
            self._closed = True
            thread = self._thread
            self._wake.notify_all()
        if thread is not None:
            thread.join(CLOSE_SECONDS)
            if thread.is_alive():
                logger.warning("%s did not end within %s s", thread.name, CLOSE_SECONDS)

    def _remember(self, data: bytes) -> None:
        self._tail += data[-2 * MOST_IN_THE_TAIL :]
        del self._tail[: -2 * MOST_IN_THE_TAIL]

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="trayapp-output", daemon=True)
            self._thread.start()

    def _has_room(self) -> bool:
        """Whether there is room; waited for, but after a wait in vain only looked for."""
        if len(self._waiting) < MOST_WAITING:
            return not self._stalled
        if not self._stalled:
            self._stalled = not self._wake.wait_for(
                lambda: len(self._waiting) < MOST_WAITING or self._closed, PATIENCE
            )
        return not self._stalled

    def _note(self) -> bytes:
        """What stands where output was left out."""
        count, self._left_out = self._left_out, 0
        return b"\n" + _missing(count).encode() + b"\n" if count else b""

    def _run(self) -> None:
        """Runs on the thread trayapp-output."""
        earliest = 0.0
        while (text := self._next(earliest)) is not None:
            if text:
                self._tell(text)
                earliest = time.monotonic() + PACE

    def _next(self, earliest: float) -> str | None:
        """The text of the next event, not before `earliest` unless it is full; None at the end."""
        with self._wake:
            self._wake.wait_for(lambda: self._closed or self._cut())
            while not self._is_full() and (left := earliest - time.monotonic()) > 0:
                self._wake.wait(left)
            if self._closed:
                self._waiting += self._note()
            length = self._cut()
            if not length and self._closed:
                return None
            data = bytes(self._waiting[:length])
            del self._waiting[:length]
            self._stalled = self._stalled and len(self._waiting) > MOST_WAITING // 2
            self._wake.notify_all()
            return text_of(data)

    def _is_full(self) -> bool:
        return self._closed or len(self._waiting) >= MOST_IN_AN_EVENT

    def _cut(self) -> int:
        return cut(self._waiting, MOST_IN_AN_EVENT, whole=self._closed)

    def _tell(self, text: str) -> None:
        try:
            self._publish(f"{_missing(self._lost)}\n{text}" if self._lost else text)
        except TrayAppError as error:
            self._error = error
            self._lost += len(text.encode())
        else:
            self._lost = 0


def _missing(count: int) -> str:
    return f"[{count:,} bytes of output are missing here]"
