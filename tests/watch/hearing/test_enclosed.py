"""Limits reached and file systems of other kinds, for real: each in namespaces of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import need

if sys.platform != "linux":
    pytest.skip("namespaces are Linux's", allow_module_level=True)

from tests.watch.enclosed import DEEDS

TOP = Path(__file__).resolve().parents[3]


def enclosed(*arguments: str, timeout: float = 30.0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "--kill-child", *arguments],
        cwd=TOP,
        env=os.environ | {"PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="module", autouse=True)
def namespaces() -> None:
    need("unshare")
    tried = enclosed("true")
    if tried.returncode != 0 and os.environ.get("CI") == "true":
        pytest.fail(f"namespaces are not allowed here: {tried.stderr}")
    if tried.returncode != 0:
        pytest.skip(f"namespaces are not allowed here: {tried.stderr}")


@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_in_namespaces_of_its_own(deed: str, tmp_path: Path) -> None:
    if deed == "root_is_shown_by_a_program":
        need("bindfs")
        assert shutil.which("bindfs")
    done = enclosed(sys.executable, "-m", "tests.watch.enclosed", deed, str(tmp_path))
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
