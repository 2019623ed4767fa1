"""What is ignored, by name, by kind and by path."""

import pytest

from trayapp.watch import Ignore


@pytest.mark.parametrize(
    "path",
    [".env", ".git/index", "a/.well-known/x", "node_modules/x.js", "a/node_modules/b/c.js"]
    + ["venv/bin/python", "a/__pycache__/x.pyc", "4913", "css/4913", "a.css~", ".a.css.swp"]
    + [".#a.css", "#a.css#", "a.tmp", "a.css___jb_tmp___", "a.css___jb_old___", "sedAbC123"],
)
def test_droppings_and_folders_of_tools_are_ignored(path: str) -> None:
    assert Ignore().ignored(path, is_dir=False)


@pytest.mark.parametrize(
    "path",
    ["index.html", "a/b/c.css", "4913.html", "sedation.html", "tmp/a.html", "venv.html"]
    + ["node_modules.html", "new\nline.html", "a~b"],
)
def test_pages_are_not_ignored(path: str) -> None:
    assert not Ignore().ignored(path, is_dir=False)


@pytest.mark.parametrize(
    ("pattern", "path", "is_dir", "ignored"),
    [
        ("*.log", "a/b.log", False, True),
        ("*.log", "a/b.log.html", False, False),
        ("build/", "build", True, True),
        ("build/", "build", False, False),
        ("build/", "a/build/x.html", False, True),
        ("build", "build", False, True),
        ("docs/*.txt", "docs/a.txt", False, True),
        ("docs/*.txt", "docs/deep/a.txt", False, False),
        ("docs/**/*.txt", "docs/deep/a.txt", False, True),
        ("docs/*.txt", "a/docs/a.txt", False, False),
        ("docs/old", "docs/old/a.html", False, True),
        ("/docs/old/", "docs/old/a.html", False, True),
        ("[ab].html", "a.html", False, True),
        ("[ab].html", "c.html", False, False),
        ("", "a.html", False, False),
    ],
)
def test_own_patterns(pattern: str, path: str, is_dir: bool, ignored: bool) -> None:
    assert Ignore([pattern]).ignored(path, is_dir) == ignored


def test_a_leaf_is_judged_without_its_parents() -> None:
    assert Ignore().ignored("node_modules/a.js", is_dir=False)
    assert not Ignore().leaf_ignored("node_modules/a.js", is_dir=False)
