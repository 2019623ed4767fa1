"""Files in a folder that is held open: read, made and replaced without following a link."""

import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from trayapp.openfolder import open_below, open_folder
from trayapp.regularfile import open_regular, read_regular

posix = pytest.mark.skipif(sys.platform == "win32", reason="FIFOs and descriptors of folders")


def listed(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_file_is_made_read_replaced_and_removed(tmp_path: Path) -> None:
    with open_folder(tmp_path) as folder:
        assert folder.read("a", 10) == b""
        folder.create("a", b"one", 0o640)
        with pytest.raises(FileExistsError):
            folder.create("a", b"two")
        assert folder.read("a", 2) == b"on"
        folder.replace("a", b"three")
        assert (tmp_path / "a").read_bytes() == b"three"
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
        folder.remove("a")
    assert listed(tmp_path) == []


@posix
def test_what_happens_in_it_happens_there_whatever_the_path_becomes(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    with open_folder(here) as folder:
        here.rename(tmp_path / "away")
        here.symlink_to(elsewhere)
        folder.replace("a", b"x")
        folder.create("b")
    assert listed(elsewhere) == []
    assert listed(tmp_path / "away") == ["a", "b"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "a\0b"])
def test_a_name_is_that_of_a_file_in_it(tmp_path: Path, name: str) -> None:
    with open_folder(tmp_path) as folder:
        for act in (folder.create, folder.remove, lambda it: folder.replace(it, b"")):
            with pytest.raises(OSError, match="not the name of a file"):
                act(name)


@posix
@pytest.mark.parametrize("place", [("link",), ("a", "link"), ("link", "b"), ("a", "link", "b")])
def test_no_folder_on_the_way_may_be_a_link(tmp_path: Path, place: tuple[str, ...]) -> None:
    (tmp_path / "target" / "b").mkdir(parents=True)
    (tmp_path / "a").mkdir()
    for where in (tmp_path, tmp_path / "a"):
        (where / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OSError), open_folder(tmp_path, *place):  # noqa: PT011 - differs by system
        pass
    (tmp_path / "target" / "b" / "file").touch()
    with pytest.raises(OSError):  # noqa: PT011 - differs by system
        open_below(tmp_path, *place, "file")


def test_a_folder_that_the_user_names_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with open_folder(tmp_path / "link") as folder:
        folder.create("a")
    assert listed(tmp_path / "target") == ["a"]


def test_a_regular_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    assert read_regular(tmp_path / "a", 99_999) == b"x" * 99_999
    os.close(open_below(tmp_path, "a"))


@posix
@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_anything_else_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], None], follow: bool
) -> None:
    make(tmp_path / "a")
    with pytest.raises(OSError):  # noqa: PT011 - differs by kind
        open_regular(tmp_path / "a", follow=follow)


@posix
def test_a_link_is_followed_only_when_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"x")
    (tmp_path / "a").symlink_to("target")
    assert read_regular(tmp_path / "a", 10, follow=True) == b"x"
    with pytest.raises(OSError):  # noqa: PT011 - ELOOP, but EMLINK on BSD
        read_regular(tmp_path / "a", 10)


@posix
def test_a_file_exchanged_for_a_fifo_again_and_again_never_blocks(tmp_path: Path) -> None:
    file, fifo, name = tmp_path / "file", tmp_path / "fifo", tmp_path / "name"
    over = threading.Event()

    def exchange() -> None:
        while not over.is_set():
            file.write_bytes(b"x")
            os.mkfifo(fifo)
            for source in (fifo, file):
                source.replace(name)

    thread = threading.Thread(target=exchange)
    thread.start()
    try:
        outcomes: set[bytes] = set()
        while outcomes != {b"x", b""}:
            try:
                outcomes.add(read_regular(name, 1))
            except OSError:
                outcomes.add(b"")
    finally:
        over.set()
        thread.join()
