"""What Windows gets: what the program says about itself, and the setup, of a stand-in bundle. That
it installs is tried on Windows by the release workflow, and under Wine by `scripts/build wine`."""

import ast
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import nsis
import pytest
import versioninfo

from tests.conftest import need
from trayapp.desktop.autostart import registry

WHEN = 1_790_000_000
SCRIPT = nsis.SCRIPT.read_text("utf-8")


def test_the_four_numbers_of_a_version() -> None:
    assert versioninfo.numbers("1.20.3") == (1, 20, 3, 0)
    assert versioninfo.numbers("1.20.3rc1") == (1, 20, 3, 0)
    with pytest.raises(ValueError, match="three numbers"):
        versioninfo.numbers("1.2")


def test_the_version_resource_is_an_expression_with_the_version_in_all_its_places() -> None:
    call = ast.parse(versioninfo.resource("1.20.3rc1", "trayappw.exe"), mode="eval").body
    assert isinstance(call, ast.Call)
    words = {one.id for one in ast.walk(call) if isinstance(one, ast.Name)}
    known = {"VSVersionInfo", "FixedFileInfo", "StringFileInfo", "StringTable", "StringStruct"}
    assert words == known | {"VarFileInfo", "VarStruct"}
    pairs = {
        tuple(argument.value for argument in one.args if isinstance(argument, ast.Constant))
        for one in ast.walk(call)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
        if one.func.id == "StringStruct"
    }
    assert {("FileVersion", "1.20.3rc1"), ("ProductVersion", "1.20.3rc1")} <= pairs
    assert ("OriginalFilename", "trayappw.exe") in pairs
    assert {one.value for one in ast.walk(call) if isinstance(one, ast.Constant)} >= {20, 3}


def test_the_manifest_asks_for_no_administrator_and_is_sharp_on_every_screen() -> None:
    tree = ElementTree.fromstring(versioninfo.manifest())  # noqa: S314 - our own text
    said = {one.tag.rpartition("}")[2]: one for one in tree.iter()}
    assert said["requestedExecutionLevel"].get("level") == "asInvoker"
    assert said["dpiAwareness"].text == "PerMonitorV2, PerMonitor"
    assert said["longPathAware"].text == "true"
    assert said["supportedOS"].get("Id", "").startswith("{8e0f7a12")  # Windows 10: it asks for it


def test_the_setup_asks_for_no_administrator_and_writes_to_no_other_user() -> None:
    assert "RequestExecutionLevel user" in SCRIPT
    assert "HKLM" not in SCRIPT
    assert "$PROGRAMFILES" not in SCRIPT


def test_the_setup_kills_nothing_and_starts_nothing_at_login() -> None:
    commands = [line for line in SCRIPT.splitlines() if not line.lstrip().startswith(";")]
    assert not any("taskkill" in line for line in commands)
    assert not any(line.split()[:1] == ["WriteRegStr"] and "RUN_KEY" in line for line in commands)


def test_the_uninstaller_knows_the_entry_of_the_switch() -> None:
    assert f'!define RUN_KEY "{registry.RUN_KEY}"' in SCRIPT
    assert f'!define APPROVED_KEY "{registry.APPROVED_KEY}"' in SCRIPT
    assert f'DeleteRegValue HKCU "${{RUN_KEY}}" "{registry.VALUE}"' in SCRIPT


def test_a_bundle_of_another_system_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trayapp").touch()
    with pytest.raises(SystemExit, match=r"no trayapp\.exe"):
        nsis.build(tmp_path, tmp_path, "1.2.3", WHEN)


def test_the_setup_waits_for_every_program_and_removes_it() -> None:
    for name in nsis.PROGRAMS:
        assert f'!insertmacro WaitFor "{name}"' in SCRIPT
        assert f'Delete "$INSTDIR\\{name}"' in SCRIPT


def test_makensis_is_told_everything_that_the_script_wants(tmp_path: Path) -> None:
    given = {one[2:].split("=")[0] for one in nsis.defines(tmp_path, "1.2.3", tmp_path / "x.exe")}
    assert all(f"${{{name}}}" in SCRIPT for name in given)


def test_the_setup_has_the_bundle_in_it_and_is_the_same_each_time(tmp_path: Path) -> None:
    need("makensis")
    need("7z")
    bundle = tmp_path / "trayapp"
    (bundle / "_internal" / "lib").mkdir(parents=True)
    for name in nsis.PROGRAMS:
        (bundle / name).write_bytes(b"MZ")
    (bundle / "_internal" / "lib" / "some.dll").write_bytes(b"MZ")
    made = []
    for number in range(2):
        out = tmp_path / str(number)
        out.mkdir()
        setup = nsis.build(out, bundle, "1.2.3", WHEN)
        nsis.check(setup)
        made.append(setup.read_bytes())
    assert made[0] == made[1]
    listed = subprocess.run(["7z", "l", "-ba", setup], capture_output=True, text=True, check=True)
    assert {"_internal/lib/some.dll", "uninstall.exe"} <= set(listed.stdout.split())
    assert "1.2.3".encode("utf-16-le") in made[0]
