"""What we lean on inside watchdog is still there; when it is not, that is noticed."""

import ctypes
import errno
import importlib
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from trayapp.watch.hearing.observer import observer_here
from trayapp.watch.hearing.plain import PlainObserver
from trayapp.watch.hearing.prune import PrunedObserver

if sys.platform != "linux":
    pytest.skip("inotify is Linux's", allow_module_level=True)

inotify: Any = importlib.import_module(
    "trayapp.watch.hearing.inotify"
)  # fails when watchdog has changed


def test_watchdog_is_as_we_know_it() -> None:
    """If this fails after an update of watchdog: read its inotify_c.py again, adapt inotify.py."""
    assert inotify.fits()
    assert isinstance(observer_here(), PrunedObserver)
    source = inspect.getsource(inspect.getmodule(inotify.InotifyFD) or inotify)
    for relied_on in (
        "callback.on_event(event)",
        "callback.on_watch_deleted(event.wd)",
        "callback.on_queue_overflow()",
        "if not watch.is_used:",
        "inotify_add_watch(self._inotify_fd, path, mask)",
        "_raise_error(ignore_invalid_argument=True)",
        "if err != errno.EACCES:",
    ):
        assert relied_on in source


@pytest.mark.parametrize("name", ["add_callback", "remove_callbacks", "stop"])
def test_a_changed_method_is_noticed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    monkeypatch.setattr(inotify.InotifyFD, name, lambda self, other: None)
    assert not inotify.fits()
    assert isinstance(observer_here(), PlainObserver)
    assert "watchdog has changed" in caplog.text


@pytest.mark.parametrize("name", sorted(inotify._BITS))
def test_a_changed_constant_is_noticed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(inotify.IN, name, 1 << 30 | 1)
    assert not inotify.fits()


def test_a_missing_part_is_noticed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "trayapp.watch.hearing.inotify", None)
    monkeypatch.delattr("trayapp.watch.hearing.inotify")
    assert isinstance(observer_here(), PlainObserver)
    assert "watchdog has changed" in caplog.text


def test_no_other_file_leans_on_insides_of_watchdog() -> None:
    package = Path(inspect.getfile(inotify)).parent.parent
    private = re.compile(r"watchdog\.(observers\.\w|utils)|\bIN_(?!ISDIR)\w+\s*=")
    leaning = {file.name for file in package.rglob("*.py") if private.search(file.read_text())}
    assert leaning - {"plain.py"} == {"inotify.py", "windows.py"}


def test_every_constant_we_use_is_checked() -> None:
    package = Path(inspect.getfile(inotify)).parent
    used = set()
    for file in package.glob("*.py"):
        used.update(re.findall(r"\bIN\.(IN_\w+)", file.read_text()))
    assert used <= set(inotify._BITS)
    assert used


def test_what_may_not_be_read_is_not_listened_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Watchdog swallows this error and registers it as a watch of its own."""

    def denied(_fd: int, _path: bytes, _mask: int) -> int:
        ctypes.set_errno(errno.EACCES)
        return -1

    reader = inotify.Inotify()
    reader.start()
    try:
        monkeypatch.setattr("watchdog.observers.inotify_c.inotify_add_watch", denied)
        assert reader.listen(str(tmp_path), inotify.IN.IN_CREATE, object()) is None
        assert reader._reader._watch_for_wd == {}
    finally:
        reader.stop(2.0)


def test_bits_of_one_hearer_survive_another(tmp_path: Path) -> None:
    """A folder armed in full stays so when somebody guards it, or asks for less."""

    class Hearer:
        def __init__(self) -> None:
            self.names: list[bytes] = []

        def on_event(self, event: Any) -> None:
            self.names.append(event.name)

        def on_watch_deleted(self, wd: int) -> None:
            pass

        def on_queue_overflow(self) -> None:
            pass

    from tests.support import wait_for

    reader = inotify.Inotify()
    reader.start()
    try:
        bits, all_of_it, moves_only = inotify.IN, Hearer(), Hearer()
        first = reader.listen(str(tmp_path), bits.IN_CREATE, all_of_it)
        second = reader.listen(str(tmp_path), bits.IN_MOVE_SELF, moves_only)
        assert first[0] == second[0]
        (tmp_path / "a").touch()
        wait_for(lambda: all_of_it.names == [b"a"])
        reader.forget([second])
        (tmp_path / "b").touch()
        wait_for(lambda: all_of_it.names == [b"a", b"b"])
    finally:
        reader.stop(2.0)
    with pytest.raises(OSError, match="not started"):
        reader.listen(str(tmp_path), 1, all_of_it)
