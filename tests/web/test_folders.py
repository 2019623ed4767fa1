"""The folders a chooser shows."""

import os
import sys
from pathlib import Path

import pytest

from trayapp.errors import TrayAppError
from trayapp.web.folders import MANY, Listing, listing


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("Sites", "site b", "other", ".hidden", "sites/inner"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    (tmp_path / "site.txt").write_text("a file")
    return tmp_path


def names(path: str | Path, home: Path) -> list[str]:
    return listing(str(path), home).folders


@pytest.mark.parametrize("typed", ["", "~"])
def test_it_starts_at_home(typed: str, home: Path) -> None:
    found = listing(typed, home)
    assert (found.path, found.parent) == (str(home), str(home.parent))
    assert found.folders == ["other", "site b", "Sites", "sites"]


def test_a_folder_is_listed_with_or_without_its_slash(home: Path) -> None:
    inside = Listing(str(home / "sites"), str(home), ["inner"])
    assert listing(str(home / "sites"), home) == inside
    assert listing(f"{home}/sites/", home) == inside
    assert listing("~/sites", home) == inside
    assert listing(f"{home}/other/../sites", home) == inside


def test_the_last_name_is_completed(home: Path) -> None:
    found = listing(str(home / "SI"), home)
    assert found.path == str(home)
    assert found.folders == ["site b", "Sites", "sites"]
    assert names(home / "nothing", home) == []


def test_hidden_folders_come_only_when_asked_for(home: Path) -> None:
    assert ".hidden" not in names(home, home)
    assert names(home / ".h", home) == [".hidden"]


def test_files_are_not_listed(home: Path) -> None:
    assert names(home / "site.", home) == []


def test_the_top_has_no_parent(home: Path) -> None:
    assert listing(home.anchor, home).parent is None


@pytest.mark.parametrize("typed", ["sites", "./sites", "a\0b", "~other/x"])
def test_what_is_no_full_path_is_refused(typed: str, home: Path) -> None:
    with pytest.raises(TrayAppError, match="full"):
        listing(typed, home)


@pytest.mark.parametrize("typed", ["nowhere/deeper", "x" * 5000 + "/y", "site.txt/x"])
def test_a_path_below_nothing_is_refused(typed: str, home: Path) -> None:
    with pytest.raises(TrayAppError, match="no folder"):
        listing(f"{home}/{typed}", home)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_folder_that_may_not_be_read_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)  # tests may run as root, who may read everything
    with pytest.raises(TrayAppError, match="may not read"):
        listing(str(home), home)


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are possible on Linux only")
def test_a_name_that_is_no_text_is_left_out(home: Path) -> None:
    (home / "sites" / os.fsdecode(b"\xff")).mkdir()
    assert names(home / "sites", home) == ["inner"]


def test_a_listing_has_an_end(home: Path) -> None:
    for number in range(MANY + 5):
        (home / "sites" / f"{number:05}").mkdir()
    assert len(names(home / "sites", home)) == MANY


def test_links_to_folders_are_listed_and_broken_ones_are_not(home: Path) -> None:
    (home / "sites" / "link").symlink_to(home / "other")
    (home / "sites" / "broken").symlink_to(home / "gone")
    (home / "sites" / "loop").symlink_to(home / "sites" / "loop")
    assert names(home / "sites", home) == ["inner", "link"]
