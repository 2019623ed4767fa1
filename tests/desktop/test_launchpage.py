"""Launch pages are this user's alone from their first moment, and do not stay."""

import os
import stat
from pathlib import Path

import pytest

from trayapp.desktop.launchpage import LaunchPages, page
from trayapp.errors import TrayAppError

ADDRESS = "http://127.0.0.1:8765/#c=secret"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def pages(tmp_path: Path) -> LaunchPages:
    return LaunchPages(tmp_path / "launch")


def test_only_this_user_can_read_it_whatever_the_umask(pages: LaunchPages) -> None:
    before = os.umask(0)
    try:
        file = pages.write("secret", ADDRESS, 60)
    finally:
        os.umask(before)
    assert (mode(file), mode(file.parent)) == (0o600, 0o700)
    assert ADDRESS in file.read_text()
    assert "secret" not in str(file)


def test_a_folder_that_others_may_enter_is_closed_first(tmp_path: Path, pages: LaunchPages) -> None:
    (tmp_path / "launch").mkdir()
    (tmp_path / "launch").chmod(0o755)
    assert mode(pages.write("secret", ADDRESS, 60).parent) == 0o700


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path, pages: LaunchPages) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "launch").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TrayAppError, match="it is a link"):
        pages.write("secret", ADDRESS, 60)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "chown") or os.geteuid() != 0, reason="needs root")
def test_a_folder_of_another_user_is_refused(tmp_path: Path, pages: LaunchPages) -> None:
    (tmp_path / "launch").mkdir()
    os.chown(tmp_path / "launch", 65534, 65534)
    with pytest.raises(TrayAppError, match="belongs to another user"):
        pages.write("secret", ADDRESS, 60)


def test_a_page_goes_when_its_secret_is_used_or_its_time_is_over(pages: LaunchPages) -> None:
    first = pages.write("first", ADDRESS, 60)
    second = pages.write("second", ADDRESS, 70)
    assert pages.due(50) == 10
    pages.remove("first")
    assert not first.exists()
    assert pages.due(50) == 20
    pages.expire(69)
    assert second.exists()
    pages.expire(70)
    assert not second.exists()
    assert pages.due(70) is None


def test_clearing_removes_those_of_an_earlier_run_and_nothing_else(
    tmp_path: Path, pages: LaunchPages
) -> None:
    stale = LaunchPages(tmp_path / "launch").write("stale", ADDRESS, 60)
    (stale.parent / "mine.html").write_text("mine")
    pages.clear()
    assert [file.name for file in stale.parent.iterdir()] == ["mine.html"]
    LaunchPages(tmp_path / "nowhere").clear()


def test_an_address_cannot_leave_its_quotes() -> None:
    text = page('http://localhost/#c=</script><script>alert(1)</script>"&')
    assert text.count("<script>") == 1
    assert "&quot;&amp;" in text
