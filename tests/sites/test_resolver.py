"""Which file a URL path may open: ordinary files inside the folder, nothing else."""

from pathlib import Path

import pytest

from trayapp.sites.resolver import resolve


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    for name in ("index.html", "sub/index.html", "sub/a.txt", ".env", ".git/config", "café.txt"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    (tmp_path / "secret.txt").write_text("secret")
    (root / "out").symlink_to(tmp_path / "secret.txt")
    (root / "hidden").symlink_to(root / ".env")
    (root / "link.txt").symlink_to(root / "sub" / "a.txt")
    return root


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("", "index.html"),
        ("/", "index.html"),
        ("sub/", "sub/index.html"),
        ("/sub/a.txt", "sub/a.txt"),
        ("café.txt", "café.txt"),
        ("link.txt", "sub/a.txt"),
    ],
)
def test_opens_what_is_inside(root: Path, path: str, file: str) -> None:
    assert resolve(root, path) == root / file


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../secret.txt",
        "sub/../../secret.txt",
        "sub/../index.html",
        "./index.html",
        "//index.html",
        "sub//a.txt",
        ".env",
        ".git/config",
        "out",
        "hidden",
        "sub",
        "index.html/",
        "index.html.",
        "index.html ",
        "index.html::$DATA",
        "C:/index.html",
        "sub\\a.txt",
        "..\\secret.txt",
        "index.html\0",
        "INDEX~1.HTM",
        "con",
        "NUL.txt",
        "nowhere.txt",
        "x" * 5000,
        "\udcff",
    ],
)
def test_opens_nothing_else(root: Path, path: str) -> None:
    assert resolve(root, path) is None
