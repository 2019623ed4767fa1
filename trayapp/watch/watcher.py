"""The watcher: folders in, one change per finished save out. Owns every thread of this room."""

from collections.abc import Callable

from trayapp.state import RootState
from trayapp.watch.change import RootChange
from trayapp.watch.ignore import Ignore


class Watcher:
    """Watches any number of roots. All methods are safe from any thread.

    `on_change` and `on_status` are called one at a time from the thread `trayapp-batch`, outside
    every lock. `on_change` gets one RootChange per batch, and one with no paths when the first
    scan of a root has made its fingerprint known. `on_status` gets the new RootState whenever a
    root's status changed after `add` returned: scanning → watching, gone → scanning → watching …
    """

    def __init__(
        self,
        on_change: Callable[[RootChange], None],
        on_status: Callable[[RootState], None] = lambda _state: None,
        *,
        ignore: Ignore | None = None,
    ) -> None: ...

    def start(self) -> None:
        """Start watching; returns before the first scan is done. Raises: TrayAppError."""

    def stop(self, timeout: float = 5.0) -> None:
        """End every thread; changes not yet told are dropped. Idempotent, bounded by `timeout`."""

    def add(self, path: str, label: str = "") -> RootState:
        """Watch the folder `path` too. An empty label is taken from the folder's name, made unique.

        Raises: TrayAppError when it is not a folder that can be read, or is watched already.
        """
        raise NotImplementedError

    def remove(self, label: str) -> None:
        """Stop watching a root; returns when nothing more will be told of it.

        Raises: TrayAppError when there is no such label.
        """

    def roots(self) -> tuple[RootState, ...]:
        """The picture of each root, in the order they were added."""
        raise NotImplementedError
