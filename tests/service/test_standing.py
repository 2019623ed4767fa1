"""Which file a page is: named only when it can be no other."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.service.standing import SUBFOLDERS, candidates, standing
from trayapp.state import RootState

Files = dict[str, int]


def make(folder: Path, files: Files) -> RootState:
    """A root with files of so many bytes."""
    for path, size in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"x" * size)
    return RootState(folder.name, str(folder), "watching")


def known(_label: str, _path: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("http://localhost/", ["index.html", "index.htm"]),
        ("http://localhost", ["index.html", "index.htm"]),
        ("http://localhost/x/", ["x/index.html", "x/index.htm", "index.html", "index.htm"]),
        ("http://localhost/x", ["x", "x.html", "x/index.html", "x/index.htm", "index.html"]),
        ("http://localhost/a/b.html?q=1#f", ["a/b.html", "a/b.html.html", "a/b.html/index.html"]),
        ("http://localhost/%C3%A9%20b", ["é b", "é b.html"]),
        ("file:///home/ada/site/a.html", ["home/ada/site/a.html"]),
    ],
)
def test_candidates_begin_with_the_whole_path(url: str, first: list[str]) -> None:
    assert list(candidates(url))[: len(first)] == first


@pytest.mark.parametrize(
    "url",
    ["http://x/../a", "http://x/%2e%2e/a", "http://x/.git/config", "http://x/a%00b", "http://x/%ff"]
    + ["http://x/a%5cb", "http://x/c:/a", "http://[x/a", "http://x/a/%2e", "http://x/nul"],
)
def test_no_candidate_leads_elsewhere(url: str) -> None:
    assert candidates(url) == ()


@given(st.text())
def test_no_url_is_an_error_and_no_candidate_leaves_a_root(text: str) -> None:
    for path in candidates(f"http://x/{text}"):
        assert not any(part in ("", ".", "..") for part in path.split("/"))


@pytest.mark.parametrize(
    ("url", "files", "found"),
    [
        ("http://x/", {"index.html": 7}, "index.html"),
        ("http://x/", {"index.html": 8}, None),
        ("http://x/blog/", {"blog/index.html": 7, "index.html": 9}, "blog/index.html"),
        ("http://x/about", {"about.html": 7}, "about.html"),
        ("http://x/", {"public/index.html": 7}, "public/index.html"),
        ("http://x/app/a.html", {"a.html": 7}, "a.html"),
        ("http://x/app/a.html", {"dist/a.html": 7}, "dist/a.html"),
        ("http://x/", {"src/index.html": 7, "dist/index.html": 7}, None),
        ("http://x/", {"src/index.html": 7, "dist/index.html": 8}, "src/index.html"),
        ("http://x/some/route", {"index.html": 7}, "index.html"),
        ("http://x/a", {"a/b/index.html": 7}, None),
        ("http://x/", {".cache/index.html": 7}, None),
    ],
)
def test_a_page_is_the_one_file_of_its_size(
    tmp_path: Path, url: str, files: Files, found: str | None
) -> None:
    root = make(tmp_path, files)
    expected = (root.label, found) if found else None
    assert standing(url, 7, [root], known) == expected


def test_a_page_of_unknown_size_is_no_file(tmp_path: Path) -> None:
    root = make(tmp_path, {"index.html": 0})
    assert standing("http://x/", 0, [root], known) is None


def test_a_file_of_which_no_change_is_told_is_none(tmp_path: Path) -> None:
    root = make(tmp_path, {"dist/index.html": 7})
    asked = []

    def knows(label: str, path: str) -> bool:
        asked.append((label, path))
        return False

    assert standing("http://x/", 7, [root], knows) is None
    assert asked == [(root.label, "dist/index.html")]


def test_an_ignored_copy_makes_it_ambiguous(tmp_path: Path) -> None:
    root = make(tmp_path, {"src/index.html": 7, "dist/index.html": 7})
    assert standing("http://x/", 7, [root], lambda _label, path: path.startswith("src")) is None


def test_a_file_of_roots_within_each_other_is_that_of_the_inner(tmp_path: Path) -> None:
    outer = make(tmp_path / "outer", {"blog/index.html": 7})
    inner = RootState("blog", str(tmp_path / "outer" / "blog"), "watching")
    assert standing("http://x/", 7, [inner, outer], known) == ("blog", "index.html")


def test_the_same_page_in_two_roots_is_neither(tmp_path: Path) -> None:
    roots = [make(tmp_path / name, {"index.html": 7}) for name in "ab"]
    assert standing("http://x/", 7, roots, known) is None


@pytest.mark.parametrize(("count", "found"), [(SUBFOLDERS, True), (SUBFOLDERS + 1, False)])
def test_with_too_many_folders_nothing_can_be_told(tmp_path: Path, count: int, found: bool) -> None:
    root = make(tmp_path, {f"d{n}/x": 1 for n in range(count)} | {"index.html": 7})
    assert (standing("http://x/", 7, [root], known) is not None) is found


def test_a_root_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    assert standing("http://x/", 7, [RootState("a", str(tmp_path / "no"), "gone")], known) is None
