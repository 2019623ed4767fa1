"""Consequences: what rules do about what is published."""

import json
import threading
import time
from collections.abc import Callable

from trayapp.bus import Bus
from trayapp.event import CHANGE, NOTIFY, Event
from trayapp.service.rules import Rules, Words, words_of

RELOADS_APART = 1.0
"""Seconds from one reload to the next at least."""

TOASTS = 5
"""At one time; more would cover the page."""

_PACE = 0.1


class Consequences:
    """Follows the bus on the thread trayapp-rules, and does what `rules` say.

    `show(title, message, sound)` shows something on the desktop, `reload(cause)` has all pages load
    themselves; both return at once.
    """

    def __init__(
        self,
        rules: Rules,
        bus: Bus,
        show: Callable[[str, str, bool], None],
        reload: Callable[[str], None],
    ) -> None:
        self._rules = rules
        self._bus = bus
        self._show = show
        self._reload = reload
        self._wake = threading.Condition()
        self._news = self._stopping = False
        self._seq = 0
        self._cause = ""
        self._reloaded = 0.0
        self._thread: threading.Thread | None = None
        self._unwatch: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin with what is published next."""
        if not self._rules:
            return
        self._news = self._stopping = False
        self._seq = self._bus.after(None).head
        self._unwatch = self._bus.watch(self._published)
        self._thread = threading.Thread(target=self._run, name="trayapp-rules", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread. Idempotent."""
        self._unwatch()
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _published(self) -> None:
        with self._wake:
            self._news = True
            self._wake.notify_all()

    def _run(self) -> None:
        while self._awaited():
            replay = self._bus.after(self._seq)
            self._seq = replay.head
            toasts = [toast for event in replay.events for toast in self._act(event)]
            for data in toasts[-TOASTS:]:
                self._bus.publish(NOTIFY, data, type=NOTIFY, local=True)
            self._reload_pages()
            with self._wake:
                self._wake.wait_for(lambda: self._stopping, _PACE if replay.events else 0)

    def _awaited(self) -> bool:
        """Wait for something to do; False at the end."""
        with self._wake:
            self._wake.wait_for(lambda: self._stopping or self._news, self._left())
            self._news = False
            return not self._stopping

    def _left(self) -> float | None:
        """Seconds until the pages may be reloaded; None when nobody wants that."""
        if not self._cause:
            return None
        return max(0.0, self._reloaded + RELOADS_APART - time.monotonic())

    def _act(self, event: Event) -> list[str]:
        """Do what is to be done about it, but for toasts: their data is returned."""
        actions = self._rules.actions(event)
        words, sound = words_of(event), "sound" in actions
        if "reload" in actions:
            self._cause = f"a rule for {event.topic}"
        if "desktop" in actions and event.type != NOTIFY:
            self._show(words.title, words.message or event.topic, sound)
        toast = "toast" in actions and event.type != NOTIFY  # pages show those by themselves
        return [_notice(words, toast=toast, sound=sound)] if toast or sound else []

    def _reload_pages(self) -> None:
        if self._cause and not self._left():
            cause, self._cause = self._cause, ""
            self._reloaded = time.monotonic()
            self._reload(cause)


def reload(bus: Bus, labels: tuple[str, ...], cause: str) -> None:
    """Have every page load itself, whichever of the roots with these `labels` it follows: a change
    of no root, which no fingerprint explains."""
    change = {"root": "", "action": "reload", "paths": [], "more": 1, "fingerprint": ""}
    change |= {"cause": cause, "time": time.time(), "within": list(labels)}
    data = json.dumps(change, ensure_ascii=False)
    bus.publish(CHANGE, data, type=CHANGE, within=labels, local=True)


def _notice(words: Words, *, toast: bool, sound: bool) -> str:
    """The data of a notify event for pages alone; without `toast` they only sound."""
    notice = {"title": words.title, "message": words.message or words.title, "desktop": False}
    notice |= {"sound": True} if sound else {}
    notice |= {} if toast else {"toast": False}
    return json.dumps(notice | {"time": round(time.time(), 3)}, ensure_ascii=False)
