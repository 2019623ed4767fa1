"""The distribution is trayapp-live; the one called trayapp is another project."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from trayapp.cli.otherpackage import other_package

ROOT = Path(__file__).parent.parent
INSTALLS = re.compile(
    r"(?:pip3?|pipx|uv tool|uv pip|uv) (?:install|run|add)[^\n`]*?[ '\"]trayapp(?![-\w./])"
)


def test_it_has_a_name_of_its_own() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["name"] == "trayapp-live"
    assert project["scripts"] == {"trayapp": "trayapp.cli:main"}


def test_no_text_installs_the_other_project() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        file = ROOT / name
        if file.suffix in {".png", ".ico", ".wav", ".lock"} or not file.is_file():
            continue
        text = file.read_text("utf-8", "replace")
        found += [f"{name}: {match[0]}" for match in INSTALLS.finditer(text)]
    assert found == []


def test_what_counts_as_installing_it() -> None:
    for text in tuple(f"{tool} install trayapp" for tool in ("pip", "pipx", "uv tool")):
        assert INSTALLS.search(text), text
    for text in ("pip install 'trayapp-live[redis]'", "uv run trayapp-live", "pip install flask"):
        assert not INSTALLS.search(text), text


def test_the_other_project_beside_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "trayapp_live-0.1.0.dist-info").mkdir()
    assert other_package(tmp_path) == ""
    (tmp_path / "trayapp-0.1.4.dist-info").mkdir()
    assert "-m pip uninstall -y trayapp, and then:" in other_package(tmp_path)


def test_a_bundle_has_no_neighbours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trayapp-0.1.4.dist-info").mkdir()
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert other_package(tmp_path) == ""
