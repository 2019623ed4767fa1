"""Signals as calls on a thread of its own.

Not in the handler: Python runs handlers in the main thread between two of its bytecodes, where
taking a lock that the main thread holds waits for ever, and where a tray loop in C (Windows,
macOS) never comes to, nor a main thread that begins to wait just when the signal comes. The C side
of the signal module writes to a socket at once instead (`signal.set_wakeup_fd`), whatever the main
thread does.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType

STOPPING = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
PATIENCE = 2.0
"""Seconds a stop may take before the user is told that it is still going on."""
HURRIED_EXIT = 1


class Takeover:
    """The signals `numbers`, taken from whoever had them: `serve` reads them from a socket, a byte
    each, on the thread trayapp-signals. Start and stop it in the main thread."""

    def __init__(self, numbers: Iterable[int], serve: Callable[[socket.socket], None]) -> None:
        self._numbers = numbers
        self._serve = serve
        self._undo: list[Callable[[], object]] = []

    def start(self) -> None:
        """Take the signals over."""
        self._read, self._write = socket.socketpair()
        self._write.setblocking(False)
        before = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._undo.append(lambda: signal.set_wakeup_fd(before))
        for number in self._numbers:
            self._take(number)
        self._thread = threading.Thread(
            target=self._serve, args=(self._read,), name="trayapp-signals", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Give the signals back; those that came are served. Idempotent."""
        if not self._undo:
            return
        while self._undo:
            self._undo.pop()()
        self._write.close()
        self._thread.join()
        self._read.close()

    def _take(self, number: int) -> None:
        before = signal.signal(number, _written_already)
        self._undo.append(lambda: signal.signal(number, before))


def numbers_of(source: socket.socket) -> Iterator[int]:
    """The signals as they come, until they are given back."""
    while came := source.recv(64):
        yield from came


class Signals:
    """Calls `on_stop` at the first signal, `on_slow` when the end is not there two seconds later;
    a second signal ends the process at once. Start and stop it in the main thread."""

    def __init__(self, on_stop: Callable[[], None], on_slow: Callable[[], None]) -> None:
        self._on_stop = on_stop
        self._on_slow = on_slow
        self._takeover = Takeover(_all_that_stop(), self._serve)
        self._received = False

    @property
    def received(self) -> bool:
        """Whether a stop was asked for."""
        return self._received

    def start(self) -> None:
        """Take the signals over."""
        self._takeover.start()

    def stop(self) -> None:
        """Give the signals back. Idempotent."""
        self._takeover.stop()

    def _serve(self, source: socket.socket) -> None:
        if not source.recv(1):
            return
        self._received = True
        self._on_stop()
        source.settimeout(PATIENCE)
        try:
            again = source.recv(1)
        except TimeoutError:
            self._on_slow()
            source.settimeout(None)
            again = source.recv(1)
        if again:
            os._exit(HURRIED_EXIT)


def _all_that_stop() -> Iterator[int]:
    """A signal may stay ignored as whoever started us wanted: SIGHUP under nohup. Not so SIGINT,
    which a shell without job control ignores for whatever it starts with `&`."""
    hangup = getattr(signal, "SIGHUP", None)
    for number in STOPPING:
        if number != hangup or signal.getsignal(number) != signal.SIG_IGN:
            yield number


def _written_already(number: int, frame: FrameType | None) -> None:
    """The handler Python wants; the work is done by who reads the socket."""
