"""Notifications on the desktop, at most one per second; what shows them is a sink."""

import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

logger = logging.getLogger(__name__)

Sink = Callable[[str, str, str], None]
"""Shows (title, message, click) now; `click` is a URL to open or empty. Called from one thread;
may take its time, may raise anything: that is logged."""

PERIOD = 1.0
"""Seconds between two notifications; what comes meanwhile is shown as one."""

STOP_WITHIN = 2.0
"""Seconds that `stop` waits for a sink that hangs."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification as it was asked for. `click` is empty or what a click on it opens. `sound`
    wants it heard, where the desktop can."""

    title: str
    message: str
    click: str = ""
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is to be shown next: the last notification and how many it stands for. Keeping only
    the last one bounds the memory, whoever floods us."""

    count: int = 0
    last: Notification = field(default=Notification("", ""))

    def add(self, notification: Notification) -> "Waiting":
        """With one more waiting."""
        sound = notification.sound or self.last.sound
        return Waiting(self.count + 1, replace(notification, sound=sound))

    def merged(self) -> Notification:
        """The one notification that stands for all that wait."""
        if self.count <= 1:
            return self.last
        text = f"{self.last.title}: {self.last.message}" if self.last.title else self.last.message
        return Notification(f"{self.count} notifications", text, self.last.click, self.last.sound)


class Notifier:
    """Hands notifications to the sink, from a thread of its own: a desktop that hangs or is not
    there never holds up who notifies.

    Without a sink it uses the desktop's own service on Linux; elsewhere the tray icon shows
    notifications and gives its sink with `use`, and nothing is shown until then.
    """

    def __init__(self, sink: Sink | None = None, period: float = PERIOD) -> None:
        self._sink = sink
        self._period = period
        self._changed = threading.Condition()
        self._waiting = Waiting()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._close: Callable[[], None] | None = None
        self._loud: Sink | None = None

    def start(self) -> None:
        """Begin to show. Nothing is opened before the first notification."""
        if self._sink is None and sys.platform == "linux":
            from trayapp.desktop.freedesktop import Freedesktop

            freedesktop = Freedesktop()
            self._sink, self._close = freedesktop.show, freedesktop.close
            self._loud = partial(freedesktop.show, sound=True)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="trayapp-desktop", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Drop what waits and end the thread, within `STOP_WITHIN` seconds. Idempotent."""
        with self._changed:
            self._stopping = True
            self._waiting = Waiting()
            self._changed.notify()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(STOP_WITHIN)
            if thread.is_alive():
                logger.warning("The desktop's notification service did not return in time.")
        close, self._close = self._close, None
        if close is not None:
            close()
            self._sink = self._loud = None

    def use(self, sink: Sink | None) -> None:
        """Show with `sink` from now on; None shows nothing. Safe from any thread."""
        self._sink, self._loud = sink, None

    def show(self, title: str, message: str, click: str = "", sound: bool = False) -> None:
        """Show it as soon as it may be shown, with a `sound` where it can be had; returns at once.
        Safe from any thread."""
        with self._changed:
            if self._thread is None or self._stopping:
                return
            self._waiting = self._waiting.add(Notification(title, message, click, sound))
            self._changed.notify()

    def _run(self) -> None:
        earliest = 0.0
        while (notification := self._next(earliest)) is not None:
            earliest = time.monotonic() + self._period
            self._hand_over(notification)

    def _next(self, earliest: float) -> Notification | None:
        """Wait for something to show and for the moment it may be shown; None on stop."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._waiting.count)
            self._changed.wait_for(lambda: self._stopping, timeout=earliest - time.monotonic())
            if self._stopping:
                return None
            notification, self._waiting = self._waiting.merged(), Waiting()
            return notification

    def _hand_over(self, notification: Notification) -> None:
        sink = (self._loud if notification.sound else None) or self._sink
        if sink is None:
            return
        try:
            sink(notification.title, notification.message, notification.click)
        except Exception:
            logger.exception("A notification could not be shown.")
