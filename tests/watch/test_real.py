"""Where a path leads, while somebody changes it."""

import os
from pathlib import Path

import pytest

from trayapp.watch.real import real_path


def test_a_link_replaced_between_two_looks_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file stands there when the link is read, as if it had come just after the first look."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    read = os.readlink

    def replaced_first(path: str) -> str:
        if Path(path).is_symlink():
            link.unlink()
            link.write_text("x")
        return read(path)

    monkeypatch.setattr(os, "readlink", replaced_first)
    assert real_path(str(link)) == str(link)


def test_a_path_that_never_stands_still_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: str) -> str:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os.path, "realpath", refuse)
    assert real_path(str(tmp_path / "a" / ".." / "b")) == str(tmp_path / "b")


def test_nobody_else_in_the_room_asks_for_it_unguarded() -> None:
    room = Path(__file__).resolve().parent.parent.parent / "trayapp" / "watch"
    asking = {file.name for file in room.rglob("*.py") if "os.path.realpath" in file.read_text()}
    assert asking == {"real.py"}
