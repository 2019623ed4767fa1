"""Ignore files on disk: the same verdicts as git's, and nothing odd does harm."""

import logging
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import need
from trayapp.watch.ignore import Ignore
from trayapp.watch.rules import MAX_BYTES, read_rules, read_rules_above

Rules = Mapping[str, str]
"""What the `.gitignore` files say, by folder."""

NAMES = ("a", "b", "ab", "abc", "A", "x y", "a ", "!a", "#a", "a*", "a[b]", "a\\b", "a\nb", "-a")
FOLDERS = [
    "",
    *NAMES[:6],
    *(f"{one}/{two}" for one in ("a", "b", "x y") for two in NAMES[:7]),
    "a/b/a",
]
PIECES = ["a", "b", "ab", "A", "c", "x y", " ", "*", "**", "?", "[ab]", "[!a]", "[^b]", "[a-c]"] + [
    "[[:alpha:]]", "[]a]", "[!]a]", "[a-]", "\\a", "\\*", "\\!", "\\#", "\\ ",
]  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with every name as a file or a folder on each level."""
    need("git")
    top = tmp_path_factory.mktemp("repository")
    _git(top, "init", "--quiet")
    for folder in FOLDERS:
        (top / folder).mkdir(parents=True, exist_ok=True)
    for folder in FOLDERS:
        for name in NAMES:
            if not (top / folder / name).is_dir():
                (top / folder / name).touch()
    return top


def _git(top: Path, *arguments: str, given: bytes = b"") -> bytes:
    nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(top)}
    done = subprocess.run(
        ["git", "-C", str(top), *arguments],
        input=given,
        capture_output=True,
        env={**os.environ, **nothing},
        check=False,
        timeout=20,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def _below(top: Path, folder: str = "") -> Iterator[tuple[str, bool]]:
    for entry in os.scandir(top / folder):
        if not entry.name.startswith("."):
            path = f"{folder}/{entry.name}".lstrip("/")
            yield path, entry.is_dir()
            if entry.is_dir():
                yield from _below(top, path)


def _ignored_by_git(top: Path, paths: list[str]) -> set[str]:
    given = "\0".join(paths).encode()
    said = _git(top, "check-ignore", "--no-index", "--stdin", "-z", given=given)
    return set(said.decode().split("\0")) - {""}


def _learned(top: Path, ignore: Ignore) -> Ignore:
    for folder in FOLDERS:
        read_rules(str(top), folder, os.listdir(top / folder), ignore)
    return ignore


def _compare(top: Path, rules: Rules) -> None:
    for folder, text in rules.items():
        (top / folder / ".gitignore").write_bytes(text.encode())
    try:
        found = list(_below(top))
        ignore = _learned(top, Ignore())
        ours = {path for path, is_dir in found if ignore.ignored(path, is_dir)}
        assert ours == _ignored_by_git(top, [path for path, _ in found])
    finally:
        for folder in rules:
            (top / folder / ".gitignore").unlink()


names = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)
# Git 2.39 compares addresses of two buffers where a name has more in it than the two stars.
segment = names.filter(lambda text: text == "**" or "**" not in text)
line = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "", "!", "#"]),
    st.sampled_from(["", "", "/"]),
    st.lists(segment, min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "", "/"]),
    st.sampled_from(["", "", " ", "\r"]),
)
text = st.lists(line, max_size=6).map("\n".join)


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(rules=st.dictionaries(st.sampled_from(["", "", "a", "a/b", "x y"]), text, min_size=1))
@example(rules={"": "/*\n!/a\n/a/*\n!/a/b"})
@example(rules={"": "a/**/b\n**/abc\nb/**\n!b/ab"})
@example(rules={"": "*\n!*/\n!abc", "a": "!*\nabc"})
def test_git_ignores_the_same(repository: Path, rules: Rules) -> None:
    _compare(repository, rules)
