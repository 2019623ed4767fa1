"""What the import contracts cannot see: which imports really happen, and that none is forgotten."""

import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
IMPORTED_AS = {"pillow": "PIL"}


def _loaded(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after `statement`."""
    script = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "without"),
    [
        ("import trayapp", {"click", "flask", "pystray", "watchdog", "werkzeug"}),
        ("import trayapp.cli", {"flask", "pystray", "watchdog", "werkzeug", "PIL", "psutil"}),
        ("import trayapp.service", {"pystray", "PIL", "psutil"}),
        ("import trayapp.tray", {"pystray", "PIL", "flask"}),
    ],
)
def test_import_is_cheap(statement: str, without: set[str]) -> None:
    assert _loaded(statement) & without == set()


def test_every_dependency_has_its_room() -> None:
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    names = {line.partition(";")[0].partition(">")[0] for line in wanted}
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    held = {name for one in contracts for name in one.get("forbidden_modules", ())}
    assert {IMPORTED_AS.get(name, name) for name in names} == held
