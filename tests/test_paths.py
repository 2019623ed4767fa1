"""Where files are kept, and that nobody else can read them."""

import os
import stat
import sys
from pathlib import Path

import pytest

from trayapp.errors import TrayAppError
from trayapp.paths import bundled, locate, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_home_moves_every_file(tmp_path: Path) -> None:
    paths = locate({"TRAYAPP_HOME": str(tmp_path)})
    for file in (paths.config_file, paths.log_file, paths.lock_file, paths.key_file, paths.demo):
        assert file.is_relative_to(tmp_path)


def test_home_may_be_relative_or_start_with_a_tilde() -> None:
    assert locate({"TRAYAPP_HOME": "here"}).config == Path.cwd() / "here"
    assert locate({"TRAYAPP_HOME": "~/there"}).config == Path.home() / "there"


def test_empty_home_means_the_platforms_folders() -> None:
    paths = locate({"TRAYAPP_HOME": ""})
    assert paths.config.is_absolute()
    assert paths.config.name == "trayapp"
    assert paths == locate({})


def test_looking_makes_nothing(tmp_path: Path) -> None:
    locate({"TRAYAPP_HOME": str(tmp_path / "a")})
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made_for_this_user_only(tmp_path: Path) -> None:
    paths = locate({"TRAYAPP_HOME": str(tmp_path / "a" / "b")})
    paths.prepare()
    assert mode(paths.config) == 0o700
    assert list(paths.config.iterdir()) == []


def test_parents_are_made_for_this_user_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        locate({"TRAYAPP_HOME": str(tmp_path / "a" / "b" / "c")}).prepare()
    finally:
        os.umask(before)
    assert [mode(tmp_path / name) for name in ("a", "a/b", "a/b/c")] == [0o700] * 3


@pytest.mark.skipif(sys.platform == "win32", reason="folders of a user are closed there")
@pytest.mark.parametrize("name", [".", "config.toml", "instance.json", "read-key"])
def test_what_everybody_may_write_is_not_obeyed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir(exist_ok=True) if name == "." else path.touch()
    path.chmod(0o777)
    with pytest.raises(TrayAppError, match=r"may write to .*chmod o-w"):
        locate({"TRAYAPP_HOME": str(tmp_path)}).prepare()
    path.chmod(0o700)
    locate({"TRAYAPP_HOME": str(tmp_path)}).prepare()


@pytest.mark.skipif(
    sys.platform == "win32" or os.getuid() != 0, reason="gives a file to another user"
)
@pytest.mark.parametrize("name", [".", "config.toml", "choices.json"])
def test_what_belongs_to_another_user_is_not_obeyed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir(exist_ok=True) if name == "." else path.touch()
    os.chown(path, 65534, 65534)
    with pytest.raises(TrayAppError, match=r"belongs to the user \w+.*sudo chown"):
        locate({"TRAYAPP_HOME": str(tmp_path)}).prepare()


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    locate({"TRAYAPP_HOME": str(tmp_path)}).prepare()
    assert mode(tmp_path) == 0o755


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrayAppError, match="Cannot keep files in .*file.*TRAYAPP_HOME="):
        locate({"TRAYAPP_HOME": str(tmp_path / "file")}).prepare()


def test_private_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old")
    file.chmod(0o644)
    with file.open() as reader:
        write_private(file, "new")
        assert reader.read() == "old"
    assert file.read_text() == "new"
    assert mode(file) == 0o600
    assert os.listdir(tmp_path) == ["secret"]  # noqa: PTH208 - the names are the point


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_private(file, "new \udcff")
    assert file.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_bundled_files_are_found_in_the_package_and_when_frozen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bundled("paths.py").is_file()
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert bundled("web/static/api.js") == tmp_path / "trayapp/web/static/api.js"
