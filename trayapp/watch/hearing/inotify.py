"""The kernel's file events on Linux, through watchdog's inotify reader.

Beside `windows` the only file that leans on insides of watchdog (7.1): it takes `InotifyFD` and
leaves out the emitters and the dispatcher. `fits` says whether the insides are still as we know
them; if not, `plain` takes over.
"""

import inspect
import logging
import os
import threading
from collections.abc import Callable, Iterable
from errno import EBADF
from itertools import count
from typing import TypeAlias

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

__all__ = ["IN", "CallbackId", "Event", "Hearer", "Inotify", "Watch", "WatchDescriptor", "fits"]

logger = logging.getLogger(__name__)

IN = InotifyConstants
Event: TypeAlias = InotifyEvent
Hearer: TypeAlias = WatchCallback
Watch: TypeAlias = tuple[WatchDescriptor, CallbackId]
"""One hearer of one folder or file: its number in the kernel, and ours."""

_BITS = {
    "IN_MODIFY": 0x2,
    "IN_ATTRIB": 0x4,
    "IN_CLOSE_WRITE": 0x8,
    "IN_OPEN": 0x20,
    "IN_MOVED_FROM": 0x40,
    "IN_MOVED_TO": 0x80,
    "IN_MOVE": 0xC0,
    "IN_CREATE": 0x100,
    "IN_DELETE": 0x200,
    "IN_DELETE_SELF": 0x400,
    "IN_MOVE_SELF": 0x800,
    "IN_UNMOUNT": 0x2000,
    "IN_ONLYDIR": 0x1000000,
    "IN_DONT_FOLLOW": 0x2000000,
    "IN_EXCL_UNLINK": 0x4000000,
    "IN_MASK_ADD": 0x20000000,
    "IN_ISDIR": 0x40000000,
}
"""What we use of include/uapi/linux/inotify.h."""


def fits() -> bool:
    """Whether watchdog's insides are as this file knows them (7.1)."""
    shapes: dict[Callable[..., object], list[str]] = {
        InotifyFD: [],
        InotifyFD.add_callback: ["self", "path", "mask", "callback", "id_"],
        InotifyFD.remove_callbacks: ["self", "callbacks"],
        InotifyFD.stop: ["self"],
        InotifyEvent: ["wd", "mask", "cookie", "name"],
    }
    calls = {name for name in vars(WatchCallback) if name.startswith("on_")}
    return (
        all(list(inspect.signature(it).parameters) == names for it, names in shapes.items())
        and calls == {"on_event", "on_watch_deleted", "on_queue_overflow"}
        and issubclass(InotifyFD, threading.Thread)
        and all(getattr(IN, name, None) == bit for name, bit in _BITS.items())
    )


class Inotify:
    """One queue of the kernel, read by the thread `trayapp-watch`.

    A folder has one watch in the kernel, whoever hears it, with the bits of all who ever asked: so
    nobody loses what somebody else does not want.
    """

    def __init__(self) -> None:
        self._reader: InotifyFD | None = None
        self._ids = count(1)

    def start(self) -> None:
        """Raises: OSError when the kernel gives us no queue."""
        self._reader = InotifyFD()
        self._reader.name = "trayapp-watch"
        self._reader.start()

    def stop(self, timeout: float) -> None:
        """End the thread, waiting `timeout` seconds at most. Idempotent."""
        reader, self._reader = self._reader, None
        if reader is None:
            return
        reader.stop()
        reader.join(timeout)
        if reader.is_alive():
            logger.warning("Thread %s did not end within %.1f s", reader.name, timeout)

    def listen(
        self, path: str, mask: int, hearer: Hearer, *, exactly: bool = False
    ) -> Watch | None:
        """Tell `hearer` what happens at `path`; None when we may not read it. `exactly` takes away
        the bits that are not in `mask`.

        Raises: OSError when it is not there or not what `mask` asks for, or a limit is reached.
        """
        reader = self._open_reader()
        id_ = CallbackId(next(self._ids))
        wanted = mask if exactly else mask | IN.IN_MASK_ADD
        wd = reader.add_callback(os.fsencode(path), Mask(wanted), hearer, id_)
        if wd == -1:  # what we may not read is registered under this number
            reader.remove_callbacks([(wd, id_)])
            return None
        return wd, id_

    def forget(self, watches: Iterable[Watch]) -> None:
        """Tell their hearers no more. What is not there any more is no fault."""
        reader = self._reader
        if reader is not None:
            reader.remove_callbacks(list(watches))

    def _open_reader(self) -> InotifyFD:
        reader = self._reader
        if reader is None:
            raise OSError(EBADF, "the observer is not started")
        return reader
