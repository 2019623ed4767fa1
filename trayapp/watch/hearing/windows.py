"""watchdog's observer for Windows, less two of its habits. The one place that touches its insides
there.

It gathers what the system reports until nothing has come for the timeout of an emitter, a second
(watchdog 7.1.0, `DirectoryChangeReader.get_events`): each save is told a second late, and as long
as something is written in each second, none is told at all. And when more has happened than the
system keeps, which it reports without a content (Microsoft, "ReadDirectoryChangesW", Remarks),
nothing is.

Imported on Windows alone: elsewhere watchdog's own modules cannot be. `fits` says whether the
insides are still as we know them.
"""

import queue

from watchdog.events import DirDeletedEvent
from watchdog.observers.api import BaseObserver
from watchdog.observers.read_directory_changes import WindowsApiEmitter
from watchdog.observers.winapi import DirectoryChangeReader

Reports = queue.Queue[tuple[bytes, bool]]
"""What the system has said, each with whether it is of the longer form."""


def fits() -> bool:
    """Whether watchdog's insides are as this file knows them (7.1)."""
    emitter, reader = WindowsApiEmitter.__init__, DirectoryChangeReader.__init__
    has = {*emitter.__code__.co_names, *reader.__code__.co_names}  # a bundle has no sources
    return {"_buf_queue", "_lock", "_reader"} <= has


def prompt_observer() -> BaseObserver:
    """As watchdog's `Observer()`, but it tells at once."""
    return BaseObserver(PromptEmitter)


class PromptEmitter(WindowsApiEmitter):
    """Passes on what has come as soon as something has."""

    def queue_events(self, timeout: float) -> None:
        with self._lock:
            reader = self._reader
        if reader is None:  # it has been stopped
            return
        overflowed = _wait(reader._buf_queue, timeout)
        if not self.should_keep_running():
            return
        super().queue_events(0)
        if overflowed:  # the root is looked through again
            self.queue_event(DirDeletedEvent(self.watch.path))

    def on_thread_stop(self) -> None:
        """Does not wait for what is waited for."""
        with self._lock:
            reader = self._reader
        super().on_thread_stop()
        if reader is not None:
            reader._buf_queue.put((b"", False))


def _wait(reports: Reports, seconds: float) -> bool:
    """Until there is something among `reports`, at most so long. Whether one says that there was
    too much to report."""
    with reports.not_empty:
        reports.not_empty.wait_for(lambda: reports.queue, seconds)
        return any(not content for content, _longer in reports.queue)
