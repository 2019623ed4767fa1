"""A service that only remembers what the tray asked of it."""

import threading
from collections.abc import Callable
from dataclasses import replace

from trayapp.desktop import Notifier
from trayapp.errors import TrayAppError
from trayapp.state import RootState, State

SITE = RootState("site", "/home/ada/site", "watching", files=3)


class StandInService:
    """The service as far as `trayapp.tray` sees it. `calls` lists what was asked, in order; a
    name in `failing` raises. States are told by `become`, in the caller's thread."""

    def __init__(self, **changes: object) -> None:
        start = State("on", "1", "http://127.0.0.1:8765", 1, pages=2, roots=(SITE,))
        self._state = replace(start, **changes)  # type: ignore[arg-type]
        self._callbacks: list[Callable[[State], None]] = []
        self._stop = threading.Event()
        self.calls: list[tuple[str, ...]] = []
        self.failing: set[str] = set()
        self.shown: list[tuple[str, str, str]] = []
        self.notifier = Notifier(lambda *notification: self.shown.append(notification), period=0)

    def become(self, **changes: object) -> None:
        """Be in another state, and tell it."""
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]
        for callback in list(self._callbacks):
            callback(self._state)

    def state(self) -> State:
        return self._state

    def on_state(self, callback: Callable[[State], None]) -> Callable[[], None]:
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def pause(self) -> None:
        self._asked("pause")
        self.become(status="paused")

    def resume(self) -> None:
        self._asked("resume")
        self.become(status="on")

    def remove_root(self, label: str) -> None:
        self._asked("remove_root", label)
        left = tuple(root for root in self._state.roots if root.label != label)
        self.become(roots=left)

    def allow_commands(self, label: str) -> None:
        self._asked("allow_commands", label)

    def set_notifications(self, on: bool) -> None:
        self._asked("set_notifications", str(on))
        self.become(notifications=on)

    def set_autostart(self, on: bool) -> None:
        self._asked("set_autostart", str(on))
        self.become(autostart=on)

    def set_lan(self, on: bool) -> None:
        self._asked("set_lan", str(on))
        self.become(lan=replace(self._state.lan, on=on, asked=False))

    def allow_from_disk(self, on: bool) -> None:
        self._asked("allow_from_disk", str(on))
        self.become(from_disk=on)

    def forget_device(self, device: str) -> None:
        self._asked("forget_device", device)
        left = tuple(one for one in self._state.devices if one.device != device)
        self.become(devices=left)

    def open_dashboard(self, view: str = "") -> str:
        self._asked("open_dashboard", *([view] if view else []))
        return self._state.url

    def wait(self) -> None:
        self._stop.wait()

    def request_stop(self) -> None:
        self._asked("request_stop")
        self._stop.set()

    def _asked(self, *call: str) -> None:
        self.calls.append(call)
        if call[0] in self.failing:
            raise TrayAppError(f"{call[0]} failed.", "Try again.")
