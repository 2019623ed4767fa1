"""Tidings: what the people at this computer, and its pages, are told beside changes."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from trayapp.bus import Bus
from trayapp.config import Rule
from trayapp.desktop import Notifier
from trayapp.errors import TrayAppError
from trayapp.event import NOTIFY
from trayapp.service.consequences import Consequences, reload
from trayapp.service.notices import Notices
from trayapp.service.rules import Rules
from trayapp.state import RootState

logger = logging.getLogger(__name__)


class Tidings:
    """Notifications, what rules make of events, and reloads of all pages. Safe from any thread.

    `shown` is whether notifications also show on the desktop. `watched` gives the watch roots.
    """

    def __init__(
        self,
        bus: Bus,
        rules: Sequence[Rule],
        watched: Callable[[], Sequence[RootState]],
        *,
        shown: bool,
    ) -> None:
        self.shown = shown
        self.notifier = Notifier()
        self._bus = bus
        self._watched = watched
        found = Rules(rules)
        self._notices = Notices(bus, self._show, lambda event: "sound" in found.actions(event))
        self._consequences = Consequences(
            found, bus, lambda title, text, sound: self._show(title, text, "", sound), self.reload
        )

    def start(self, stack: ExitStack) -> None:
        """Begin with what is published next. What ends it goes on `stack`."""
        self.notifier.start()
        stack.callback(self.notifier.stop)
        stack.callback(self._notices.watch())
        self._consequences.start()
        stack.callback(self._consequences.stop)

    def tell(self, title: str, message: str) -> None:
        """Tell those at this computer: it is nobody else's business."""
        notice = {"title": title, "message": message, "time": round(time.time(), 3)}
        try:
            self._bus.publish(NOTIFY, json.dumps(notice), type=NOTIFY, local=True)
        except TrayAppError as error:
            logger.warning("Nobody was told of it: %s", error)

    def reload(self, cause: str) -> None:
        """Have every page load itself, whether anything changed or not."""
        reload(self._bus, tuple(root.label for root in self._watched()), cause)

    def _show(self, title: str, message: str, click: str, sound: bool) -> None:
        if self.shown:
            self.notifier.show(title, message, click, sound)
