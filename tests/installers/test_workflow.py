"""The workflows: what may run there, with which rights, for how long. Nothing here runs them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
WRITERS = {"publish": {"contents", "id-token", "attestations"}}
"""The only jobs that may write, and what."""

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def _workflow(file: Path) -> dict[Any, Any]:
    read = yaml.safe_load(file.read_text("utf-8"))
    assert isinstance(read, dict)
    return read


def _jobs(file: Path) -> dict[str, dict[str, Any]]:
    jobs = _workflow(file)["jobs"]
    assert isinstance(jobs, dict)
    return jobs


def _steps(file: Path) -> Iterator[dict[str, Any]]:
    for job in _jobs(file).values():
        yield from job["steps"]


def test_there_is_one_for_changes_and_one_for_releases() -> None:
    assert [file.stem for file in FILES] == ["ci", "release"]


@every_file
def test_every_action_is_pinned_by_its_hash_with_the_version_beside_it(file: Path) -> None:
    used = re.findall(r"uses: *(.*)", file.read_text("utf-8"))
    assert len(used) == sum("uses" in step for step in _steps(file)) > 0
    for one in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one


@every_file
def test_every_image_and_runner_is_a_certain_one(file: Path) -> None:
    for job in _jobs(file).values():
        if "container" in job:
            assert re.search(r"@sha256:[0-9a-f]{64}$", job["container"]["image"])
        systems = job.get("strategy", {}).get("matrix", {}).get("system", [job["runs-on"]])
        assert not [system for system in systems if "latest" in system]


@every_file
def test_nothing_is_allowed_unless_a_job_asks_for_it(file: Path) -> None:
    assert _workflow(file)["permissions"] == {}
    for name, job in _jobs(file).items():
        writes = {right for right, level in job["permissions"].items() if level == "write"}
        assert writes == WRITERS.get(name, set()), name


@every_file
def test_no_stranger_starts_it_with_our_rights(file: Path) -> None:
    triggers = set(_workflow(file)[True])  # YAML 1.1 reads "on" as true
    assert triggers <= {"push", "pull_request", "workflow_dispatch"}


@every_file
def test_every_job_ends(file: Path) -> None:
    assert all(0 < job["timeout-minutes"] <= 60 for job in _jobs(file).values())


@every_file
def test_no_clone_keeps_its_token_and_no_script_has_an_expression_in_it(file: Path) -> None:
    for step in _steps(file):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        assert "${{" not in step.get("run", "")


def test_nothing_is_published_that_was_not_tried_on_its_system() -> None:
    jobs = _jobs(ROOT / ".github" / "workflows" / "release.yml")
    assert set(jobs["publish"]["needs"]) == {"linux", "macos", "installed"}
    assert jobs["publish"]["if"] == "github.ref_type == 'tag'"
    for name in jobs["publish"]["needs"]:
        assert any("selftest" in step.get("run", "") for step in jobs[name]["steps"]), name


def test_a_release_is_built_from_a_commit_alone() -> None:
    release = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    builds = re.findall(r"(?:scripts/build|installers/build\.py) .*", release)
    assert len(builds) >= 5
    assert all(one.endswith("--release") for one in builds), builds
