"""The folder that is watched in a measurement."""

from pathlib import Path

import pytest

from bench.project import Project, all_own, project


def _count(top: Path) -> tuple[int, int]:
    """Files and folders, `top` among them."""
    below = list(top.rglob("*"))
    return sum(path.is_file() for path in below), 1 + sum(path.is_dir() for path in below)


def test_a_project_has_as_many_files_and_folders_as_asked_for(tmp_path: Path) -> None:
    made = project(tmp_path, files=320, folders=64)
    assert _count(tmp_path) == (320, 64)
    assert _count(tmp_path / "src") == (20, 4)
    assert made.installed == tmp_path / "node_modules"


def test_all_of_it_can_be_the_users_own(tmp_path: Path) -> None:
    all_own(tmp_path, files=100, folders=20)
    assert _count(tmp_path) == (100, 20)
    assert _count(tmp_path / "src") == (100, 18)


@pytest.fixture
def small(tmp_path: Path) -> Project:
    return project(tmp_path, files=160, folders=64)


def test_an_installation_leaves_nothing_behind(small: Project) -> None:
    before = _count(small.top)
    done = list(small.install(500))
    assert done[-1] >= 500
    assert done == sorted(done)
    assert _count(small.top) == before


def test_saves_are_spread_over_the_users_folders(small: Project) -> None:
    for number in range(20):
        small.save(f"probe-{number}.js", f"{number}\n")
    saved = list(small.top.rglob("probe-*.js"))
    assert {path.parent for path in saved} == set(small.own)
    assert len(saved) == 20
