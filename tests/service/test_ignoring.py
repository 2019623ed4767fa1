"""A pattern in .trayappignore: what it matches, and what else stays as it was."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pathspec
import pytest

from trayapp.errors import TrayAppError
from trayapp.service.ignoring import NAME, escaped, ignore_in
from trayapp.watch.plan import wire_text

NAMES = (
    "index.log",
    "logs/a b.log",
    "#notes.txt",
    "!keep.txt",
    "a[1]*?.log",
    "back\\slash",
    "ends with blanks  ",
    " begins with one",
    "café.log",
)


@pytest.mark.parametrize("path", NAMES)
def test_the_pattern_matches_its_path_and_no_other(path: str) -> None:
    spec = pathspec.GitIgnoreSpec.from_lines([escaped(path)])
    others = (*NAMES, f"sub/{path}", f"{path}x", path.rstrip() + ".", "a1xx.log")
    assert spec.match_file(path)
    assert [other for other in others if other != path and spec.match_file(other)] == []


@pytest.mark.parametrize("path", ["two\nlines.log", "caf\udce9.log"])
def test_what_is_no_text_is_matched_by_any_character(path: str) -> None:
    spec = pathspec.GitIgnoreSpec.from_lines([escaped(path)])
    assert escaped(wire_text(path)) == escaped(path) or "\n" in path
    assert spec.match_file(path)
    escaped(path).encode()


def test_what_stands_in_the_file_stays(tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.write_bytes(b"# caf\xe9\n*.bak")
    file.chmod(0o640)
    (tmp_path / "logs").mkdir()
    assert ignore_in(str(tmp_path), "logs").pattern == "/logs/"
    assert ignore_in(str(tmp_path), "a.log").file == str(file)
    ignore_in(str(tmp_path), "./a.log")
    assert file.read_bytes() == b"# caf\xe9\n*.bak\n/logs/\n/a.log\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, "logs"]


def test_lines_end_as_they_did(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"a\r\n")
    ignore_in(str(tmp_path), "b")
    assert (tmp_path / NAME).read_bytes() == b"a\r\n/b\r\n"


def trap(tmp_path: Path, kind: str) -> Path:
    """A project whose ignore file is another name for a file of the user; that file."""
    victim = tmp_path / ".bashrc"
    victim.write_text("alias a=b\n")
    site = tmp_path / "site"
    site.mkdir()
    if kind == "hard link":
        (site / NAME).hardlink_to(victim)
    elif kind == "dangling":
        (site / NAME).symlink_to("../new")
    else:
        (site / NAME).symlink_to("../.bashrc" if kind == "relative" else victim)
    return victim


@pytest.mark.parametrize("kind", ["relative", "absolute", "dangling", "hard link"])
def test_nothing_is_written_through_a_link(tmp_path: Path, kind: str) -> None:
    victim = trap(tmp_path, kind)
    with pytest.raises(TrayAppError, match=r"Cannot write .*link.* add this line .*: /x;touch"):
        ignore_in(str(tmp_path / "site"), "x;touch pwned;.html")
    assert victim.read_text() == "alias a=b\n"
    assert not (tmp_path / "new").exists()
    assert [one.name for one in (tmp_path / "site").iterdir()] == [NAME]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_refused_without_waiting(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / NAME)
    with pytest.raises(TrayAppError, match="not a regular file"):
        ignore_in(str(tmp_path), "a.log")
    assert [one.name for one in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("path", ["", ".", "/etc/passwd", "../x", "a/../../x"])
def test_a_path_outside_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(TrayAppError, match="no path in a watched folder"):
        ignore_in(str(tmp_path), path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_names_the_line_to_add(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(TrayAppError, match=r"Cannot write .* add this line .* yourself: /a\.log"):
        ignore_in(str(tmp_path), "a.log")
