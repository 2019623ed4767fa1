"""Published notifications on their way to the desktop."""

import threading
from collections.abc import Callable

from trayapp import ntfy
from trayapp.bus import Bus
from trayapp.event import NOTIFY, Event


class Notices:
    """Follows the bus and shows each notification once, whatever its topic: `show(title, message,
    click, sound)`, with a sound when `sounds` says so of its event. What rules publish is for pages
    alone.

    `show` is called from the thread that publishes, so it has to return at once.
    """

    def __init__(
        self,
        bus: Bus,
        show: Callable[[str, str, str, bool], None],
        sounds: Callable[[Event], bool] = lambda _event: False,
    ) -> None:
        self._bus = bus
        self._show = show
        self._sounds = sounds
        self._lock = threading.Lock()
        self._seq = 0

    def watch(self) -> Callable[[], None]:
        """Begin with what is published next. Returns what ends it."""
        self._seq = self._bus.after(None).head
        return self._bus.watch(self._follow)

    def _follow(self) -> None:
        with self._lock:
            replay = self._bus.after(self._seq)
            self._seq = replay.head
        for event in replay.events:
            if event.type == NOTIFY:
                notice = ntfy.notice(event)  # empty for what only calls itself one
                if notice.get("desktop") is False:
                    continue
                title, click = notice.get("title", "trayapp"), notice.get("click", "")
                message = notice.get("message", event.data)
                self._show(title, message, click, self._sounds(event))
