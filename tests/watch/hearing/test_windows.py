"""What is done to watchdog's observer for Windows, with a kernel of our own where there is none."""

import ctypes
import importlib
import queue
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers.api import BaseObserver

from tests.support import wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the kernel is the real one")

MODULES = (
    "watchdog.observers.winapi",
    "watchdog.observers.read_directory_changes",
    "trayapp.watch.hearing.windows",
)
MODIFIED, ABORTED = 3, 995
SOON = 0.9
"""Seconds; watchdog's own takes a second at least."""


class Function:
    """A function of a library: it can be told what it takes and returns."""

    def __init__(self, does: Callable[..., int]) -> None:
        self._does = does

    def __call__(self, *words: object) -> int:
        return self._does(*words)


class Kernel:
    """Kernel32, as far as folders are watched. It reports what is put into `reports`."""

    def __init__(self) -> None:
        self.reports: queue.Queue[bytes | None] = queue.Queue()
        self.ReadDirectoryChangesExW = Function(self._read)
        self.CancelIoEx = Function(self._cancel)

    def __getattr__(self, name: str) -> Function:
        return Function(lambda *words: 1)

    def _read(self, _handle: int, buffer: object, *words: object) -> int:
        report = self.reports.get()
        if report is None:
            aborted = OSError("aborted")
            aborted.winerror = ABORTED  # type: ignore[attr-defined]
            raise aborted
        ctypes.memmove(buffer._obj, report, len(report))  # type: ignore[attr-defined]
        words[3]._obj.value = len(report)  # type: ignore[attr-defined]
        return 1

    def _cancel(self, *words: object) -> int:
        self.reports.put(None)
        return 1


class Heard(FileSystemEventHandler):
    """All that was told, in order."""

    def __init__(self) -> None:
        self.events: list[FileSystemEvent] = []

    def dispatch(self, event: FileSystemEvent) -> None:
        self.events.append(event)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    kernel = Kernel()
    monkeypatch.setattr(ctypes, "WinDLL", lambda name: kernel, raising=False)
    yield kernel
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture
def heard(kernel: Kernel, tmp_path: Path) -> Iterator[Heard]:
    """What is told of the folder `tmp_path`."""
    observer: BaseObserver = _windows().prompt_observer()
    heard = Heard()
    observer.schedule(heard, str(tmp_path), recursive=True)
    observer.start()
    try:
        yield heard
    finally:
        began = time.monotonic()
        observer.stop()
        observer.join()
        assert time.monotonic() - began < SOON


def _windows() -> ModuleType:
    return importlib.import_module(MODULES[-1])


def _report(name: str) -> bytes:
    """That the file `name` was modified (FILE_NOTIFY_EXTENDED_INFORMATION)."""
    form = importlib.import_module(MODULES[0]).FileNotifyExtendedInformation
    text = name.encode("utf-16-le")
    head = form(Action=MODIFIED, FileNameLength=len(text))
    return ctypes.string_at(ctypes.addressof(head), form.FileName.offset) + text


def test_a_watchdog_that_has_changed_is_noticed(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = _windows()
    assert windows.fits()
    monkeypatch.setattr(windows.DirectoryChangeReader, "__init__", lambda self: None)
    assert not windows.fits()


def test_a_save_is_told_at_once(kernel: Kernel, heard: Heard, tmp_path: Path) -> None:
    kernel.reports.put(_report("a.html"))
    wait_for(lambda: heard.events, SOON)
    assert heard.events[0].src_path == str(tmp_path / "a.html")


def test_saves_are_told_while_there_is_no_end_of_them(kernel: Kernel, heard: Heard) -> None:
    deadline = time.monotonic() + 2
    while not heard.events:
        kernel.reports.put(_report("a.html"))
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_folder_is_looked_through_when_too_much_happened_in_it(
    kernel: Kernel, heard: Heard, tmp_path: Path
) -> None:
    """The feed takes the end of its root for a reason to look."""
    kernel.reports.put(b"")
    event = wait_for(lambda: heard.events, SOON)[0]
    assert (event.event_type, event.src_path) == ("deleted", str(tmp_path))
