"""Ignore files on disk: the same verdicts as git's, and nothing odd does harm."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import need
from trayapp.watch.ignoring.ignore import Ignore
from trayapp.watch.ignoring.rules import MAX_BYTES, read_rules, read_rules_above
from trayapp.watch.walk import walk

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
        read_rules(str(top), folder, [one.name for one in (top / folder).iterdir()], ignore)
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


def _kept(root: Path, ignore: Ignore | None = None) -> set[str]:
    return set(walk(str(root), ignore or Ignore()))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with pages, and an outer one with a repository's rules."""
    root = tmp_path / "repository" / "pub" / "site"
    for path in ("a.html", "a.css", "a.map", "dist/a.html", "deep/er/a.css"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


EVERYTHING = {"a.html", "a.css", "a.map", "dist/a.html", "deep/er/a.css"}


def test_a_walk_learns_the_rules_it_meets(root: Path) -> None:
    (root / ".gitignore").write_text("dist/\n*.map\n")
    (root / "deep" / ".gitignore").write_text("er/*.css")
    (root / ".trayappignore").write_text("!dist/\na.css\n")
    assert _kept(root) == {"a.html", "dist/a.html"}
    assert _kept(root, Ignore(gitignore=False)) == EVERYTHING - {"a.css", "deep/er/a.css"}


def test_a_second_walk_forgets_what_is_gone(root: Path) -> None:
    ignore = Ignore()
    (root / ".gitignore").write_text("*.html")
    (root / "dist" / "pyvenv.cfg").touch()
    assert _kept(root, ignore) == {"a.css", "a.map", "deep/er/a.css"}
    (root / ".gitignore").unlink()
    (root / "dist" / "pyvenv.cfg").unlink()
    assert _kept(root, ignore) == EVERYTHING


def test_a_virtual_environment_of_any_name_is_ignored(root: Path) -> None:
    environment = root / "deep" / "env-3.11"
    (environment / "lib").mkdir(parents=True)
    (environment / "lib" / "x.py").touch()
    (environment / "pyvenv.cfg").touch()
    assert _kept(root) == EVERYTHING


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_rules_above_count_up_to_the_top_of_the_repository(root: Path, kind: str) -> None:
    """A worktree and a submodule have a file `.git`."""
    top = root.parents[1]
    (top / ".git").mkdir() if kind == "folder" else (top / ".git").write_text("gitdir: x")
    (top / ".gitignore").write_text("*.css\n/pub/site/a.map\n")
    (top / "pub" / ".gitignore").write_text("!er/a.css\n/site/dist\n!/site/deep/er/a.css\n")
    (top.parent / ".gitignore").write_text("*.html")
    ignore = Ignore()
    read_rules_above(str(root), ignore)
    assert _kept(root, ignore) == {"a.html", "deep/er/a.css"}


def test_rules_above_count_through_a_link_to_the_root(root: Path, tmp_path: Path) -> None:
    (root.parents[1] / ".git").mkdir()
    (root.parents[1] / ".gitignore").write_text("*.css")
    (tmp_path / "link").symlink_to(root)
    ignore = Ignore()
    read_rules_above(str(tmp_path / "link"), ignore)
    assert _kept(tmp_path / "link", ignore) == EVERYTHING - {"a.css", "deep/er/a.css"}


def test_rules_above_that_ignore_the_root_do_not_count(root: Path) -> None:
    (root.parents[1] / ".git").mkdir()
    (root.parents[1] / ".gitignore").write_text("*.css\npub/")
    ignore = Ignore()
    read_rules_above(str(root), ignore)
    assert _kept(root, ignore) == EVERYTHING


@pytest.mark.parametrize("top", ["nowhere", "root"])
def test_outside_of_the_repository_nothing_counts(root: Path, top: str) -> None:
    if top == "root":
        (root / ".git").mkdir()
    (root.parent / ".gitignore").write_text("*.css")
    ignore = Ignore()
    read_rules_above(str(root), ignore)
    assert _kept(root, ignore) == EVERYTHING


@pytest.mark.parametrize(
    "raw",
    [b"\xef\xbb\xbf*.map\r\ndist/\r\n", b"\xff\xfe\n*.map\ndist/\n", b"\0\n*.map\n\0x\ndist/"]
    + [b"*.map\n[\n!\ndist/", b"*.map\ndist/\n" + b"#" * 5_000_000, b"*.map \ndist/ \n"]
    + [b"*.map\ndist/\n" + b"x\n" * MAX_BYTES + b"*.html"],
)
def test_odd_bytes_spoil_no_other_line(root: Path, raw: bytes) -> None:
    (root / ".gitignore").write_bytes(raw)
    assert _kept(root) == EVERYTHING - {"a.map", "dist/a.html"}


def test_a_name_in_odd_bytes_can_be_ignored(root: Path) -> None:
    (root / "\udcff.html").touch()
    assert _kept(root) == EVERYTHING | {"\udcff.html"}
    (root / ".gitignore").write_bytes(b"\xff.html")
    assert _kept(root) == EVERYTHING


@pytest.mark.parametrize("name", [".gitignore", ".trayappignore", "pyvenv.cfg"])
@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder"])
def test_what_is_no_file_has_no_rules(root: Path, tmp_path: Path, name: str, kind: str) -> None:
    place = root / "dist" / name
    (tmp_path / "rules").write_text("*")
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to(tmp_path / ("rules" if kind == "link" else "gone"))
    assert {path for path in _kept(root) if not path.endswith(name)} == EVERYTHING


def test_a_pipe_put_in_the_place_of_a_file_does_not_block(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(root / ".gitignore")
    monkeypatch.setattr("trayapp.watch.ignoring.rules._is_file", lambda path: True)
    assert _kept(root) >= EVERYTHING - {"dist/a.html"}


def test_a_file_that_cannot_be_read_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # The tests may run as root, whom no mode keeps out.
    def refuse(path: str, most: int) -> bytes:
        raise PermissionError(13, "Permission denied", path)

    (root / ".gitignore").write_text("*.map")
    monkeypatch.setattr("trayapp.watch.ignoring.rules.read_regular", refuse)
    assert _kept(root) == EVERYTHING
    assert caplog.messages == [
        f"{root}/.gitignore cannot be read (Permission denied): what it ignores counts"
    ]
