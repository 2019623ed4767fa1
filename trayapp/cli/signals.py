"""SIGINT and SIGTERM as calls on a thread of its own.

Not in the handler: Python runs handlers in the main thread between two of its bytecodes, where
taking a lock that the main thread holds waits for ever, and where a tray loop in C (Windows,
macOS) never comes to. The C side of the signal module writes to a socket at once instead
(`signal.set_wakeup_fd`), whatever the main thread does.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

STOPPING = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
PATIENCE = 2.0
"""Seconds a stop may take before the user is told that it is still going on."""
HURRIED_EXIT = 1


class Signals:
    """Calls `on_stop` at the first signal, `on_slow` when the end is not there two seconds later;
    a second signal ends the process at once. Start and stop it in the main thread."""

    def __init__(self, on_stop: Callable[[], None], on_slow: Callable[[], None]) -> None:
        self._on_stop = on_stop
        self._on_slow = on_slow
        self._thread = threading.Thread(target=self._serve, name="trayapp-signals", daemon=True)
        self._received = False
        self._undo: list[Callable[[], object]] = []

    @property
    def received(self) -> bool:
        """Whether a stop was asked for."""
        return self._received

    def start(self) -> None:
        """Take the signals over."""
        self._read, self._write = socket.socketpair()
        self._write.setblocking(False)
        before = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._undo.append(lambda: signal.set_wakeup_fd(before))
        for number in STOPPING:
            if not _kept_ignored(number):
                self._take(number)
        self._thread.start()

    def stop(self) -> None:
        """Give the signals back. Idempotent."""
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

    def _serve(self) -> None:
        if not self._read.recv(1):
            return
        self._received = True
        self._on_stop()
        self._read.settimeout(PATIENCE)
        try:
            again = self._read.recv(1)
        except TimeoutError:
            self._on_slow()
            self._read.settimeout(None)
            again = self._read.recv(1)
        if again:
            os._exit(HURRIED_EXIT)


def _kept_ignored(number: int) -> bool:
    """Whether the signal stays ignored as whoever started us wanted: SIGHUP under nohup. Not so
    SIGINT, which a shell without job control ignores for whatever it starts with `&`."""
    hangup = getattr(signal, "SIGHUP", None)
    return number == hangup and signal.getsignal(number) == signal.SIG_IGN


def _written_already(number: int, frame: FrameType | None) -> None:
    """The handler Python wants; the work is done by who reads the socket."""
