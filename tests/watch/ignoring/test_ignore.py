"""What is ignored, by name, by kind and by path, and what files with rules change about it."""

import random
import time
from pathlib import Path

import pytest

from trayapp.watch.ignoring.ignore import DROPPINGS, FOLDERS, TOOL_MARKS, Ignore
from trayapp.watch.ignoring.patterns import MAX_GLOBS


@pytest.mark.parametrize(
    "path",
    [".env", ".git/index", "a/.well-known/x", "node_modules/x.js", "a/node_modules/b/c.js"]
    + ["venv/bin/python", "a/__pycache__/x.pyc", "4913", "css/4913", "a.css~", ".a.css.swp"]
    + [".#a.css", "#a.css#", "a.tmp", "a.css___jb_tmp___", "a.css___jb_old___", "sedAbC123"]
    + ["a.css___jb_bak___", "~$a.docx", "a.swo", "VS~RF1a2b.TMP", "a.vsctmp", "a.html.~1~"]
    + ["a.json.tmp.123.456", "a.html.aBcDeF", "a.js.QX03ZU", "a.html.sb-1a2b3c4d-aB3dEf"]
    + ["README.sb-1a2b3c4d-aB3dEf", "my.egg-info/PKG-INFO", "$RECYCLE.BIN/a.html"]
    + ["(A Document Being Saved By TextEdit)/a.html", "a/lost+found/a.html"],
)
def test_droppings_and_folders_of_tools_are_ignored(path: str) -> None:
    assert Ignore().ignored(path, is_dir=False)


@pytest.mark.parametrize(
    "path",
    ["index.html", "a/b/c.css", "4913.html", "sedation.html", "tmp/a.html", "venv.html"]
    + ["node_modules.html", "new\nline.html", "a~b", "-rf", "\udcff.html", "\u202e.html", "x" * 255]
    + ["sedition.css", "sed_rules", "sed-a.html", "sedan", "a.page.svelte", "a.html.BACKUP"]
    + ["Web.Debug.Config", "jquery.min.js", "a.tmp.html", "a.TMP.css", "lu~b.txt", "#a", "a#"],
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
        ("# build", "# build", False, False),
        ("\\#a.html", "#a.html", False, True),
        ("\\!a.html", "!a.html", False, True),
        ("a\\ ", "a ", False, True),
        ("a  ", "a", False, True),
        ("a\r", "a", False, True),
        ("a/**/b", "a/b", False, True),
        ("a/**/b", "a/x/y/b", False, True),
        ("**/b", "a/b", False, True),
        ("a/**", "a", True, False),
        ("a/**", "a/b", False, True),
        ("*.[hc]tml", "a.html", False, True),
        ("[[:digit:]].css", "7.css", False, True),
        ("?.html", "ä.html", False, True),
        ("*.html", "new\nline.html", False, True),
        ("\udcff*", "\udcff.html", False, True),
        ("a[!b]c", "a/c", False, False),
        ("x/a[!b]c", "x/a/c", False, False),
    ],
)
def test_own_patterns(pattern: str, path: str, is_dir: bool, ignored: bool) -> None:
    assert Ignore([pattern]).ignored(path, is_dir) == ignored


def test_a_leaf_is_judged_without_its_parents() -> None:
    assert Ignore().ignored("node_modules/a.js", is_dir=False)
    assert not Ignore().leaf_ignored("node_modules/a.js", is_dir=False)


def learned(git: str = "", own: str = "", *patterns: str, gitignore: bool = True) -> Ignore:
    ignore = Ignore(patterns, gitignore=gitignore)
    ignore.learn("", ".gitignore", git)
    ignore.learn("", ".trayappignore", own)
    return ignore


def test_own_patterns_may_bring_back_what_is_built_in() -> None:
    ignore = Ignore(["!venv/", "!*.tmp"])
    assert not ignore.ignored("venv/a.html", is_dir=False)
    assert not ignore.ignored("a.tmp", is_dir=False)


def test_a_deeper_file_and_a_later_line_win() -> None:
    ignore = learned("*.html\n!b.html\n")
    ignore.learn("a", ".gitignore", "!*.html\nb.html")
    ignored = {path: ignore.ignored(path, False) for path in ("a.html", "b.html")}
    assert ignored == {"a.html": True, "b.html": False}
    assert not ignore.ignored("a/a.html", False)
    assert ignore.ignored("a/b.html", False)
    assert not ignore.ignored("a/x/a.html", False)
    assert ignore.ignored("ab/a.html", False)


def test_patterns_with_a_slash_start_at_their_file() -> None:
    ignore = Ignore()
    ignore.learn("a/b", ".gitignore", "/c\nd/*.css")
    assert ignore.ignored("a/b/c", False)
    assert ignore.ignored("a/b/d/x.css", False)
    assert not ignore.ignored("c", False)
    assert not ignore.ignored("a/b/x/c", False)


def test_nothing_in_an_ignored_folder_comes_back() -> None:
    ignore = learned("dist/\n!dist/a.html\n")
    ignore.learn("dist", ".gitignore", "!*")
    assert ignore.ignored("dist/a.html", False)
    ignore = learned("dist/*\n!dist/a.html\n")
    assert not ignore.ignored("dist/a.html", False)
    assert ignore.ignored("dist/b.html", False)


@pytest.mark.parametrize("gitignore", [True, False])
def test_the_own_file_has_the_last_word(gitignore: bool) -> None:
    ignore = learned("dist/\na.html", "!dist/\n!a.html\n*.map", gitignore=gitignore)
    ignore.learn("dist", ".gitignore", "*.css")
    assert not ignore.ignored("dist/a.html", False)
    assert not ignore.ignored("a.html", False)
    assert ignore.ignored("dist/a.css", False) == gitignore
    assert ignore.ignored("dist/a.map", False)


def test_a_package_can_be_brought_back_step_by_step() -> None:
    ignore = learned("", "!node_modules/\nnode_modules/*\n!node_modules/mine/")
    assert not ignore.ignored("node_modules/mine/a.js", False)
    assert ignore.ignored("node_modules/theirs/a.js", False)
    assert ignore.ignored("node_modules/mine/node_modules/x.js", False) is False
    assert learned("", "!node_modules/mine/").ignored("node_modules/mine/a.js", False)


def test_gitignore_brings_back_only_what_gitignore_ignores() -> None:
    """A list of what is wanted, as `*`, `!*/`, `!*.html`, must not open node_modules."""
    ignore = learned("*\n!*/\n!*.html\n!*.tmp", "", "!b.css")
    assert not ignore.ignored("a/a.html", False)
    assert ignore.ignored("a/a.css", False)
    assert ignore.ignored("a/b.css", False)
    assert ignore.ignored("node_modules/a.html", False)
    assert ignore.ignored("a.tmp", False)


def test_dotfiles_never_come_back() -> None:
    ignore = learned("!.env", "!.env\n!.*\n!.git/", "!.env")
    assert ignore.ignored(".env", False)
    assert ignore.ignored(".git/config", False)
    assert ignore.ignored("a/.env", False)


def test_gitignore_can_be_switched_off() -> None:
    ignore = learned("a.html", "b.html", gitignore=False)
    ignore.learn_above([("site", "c.html")])
    ignored = [name for name in ("a.html", "b.html", "c.html") if ignore.ignored(name, False)]
    assert ignored == ["b.html"]
    names = (".gitignore", ".trayappignore", "pyvenv.cfg", "a.html")
    assert [name for name in names if ignore.obeys(name)] == [".trayappignore", "pyvenv.cfg"]
    assert Ignore().obeys(".gitignore")


def test_files_above_the_root_count_below_those_in_it() -> None:
    ignore = Ignore()
    ignore.learn_above([("pub/site", "*.css\n/pub/site/b\n"), ("site", "!a.css\n")])
    assert ignore.ignored("x/b.css", False)
    assert not ignore.ignored("x/a.css", False)
    assert ignore.ignored("b", False)
    assert not ignore.ignored("x/b", False)
    ignore.learn("x", ".gitignore", "!b.css")
    assert not ignore.ignored("x/b.css", False)


@pytest.mark.parametrize("text", ["dist/", "/pub/dist", "pub", "*"])
def test_files_above_a_root_that_they_ignore_do_not_count(text: str) -> None:
    ignore = Ignore()
    ignore.learn_above([("pub/dist", f"{text}\n*.css"), ("dist", "*.js")])
    assert not ignore.ignored("a.css", False)
    assert not ignore.ignored("a.js", False)


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "CACHEDIR.TAG"])
def test_a_folder_that_a_tool_marked_is_its_own(mark: str) -> None:
    ignore = Ignore()
    ignore.learn("env", mark, "")
    assert ignore.ignored("env/lib/x.py", False)
    assert not ignore.ignored("a.html", False)
    ignore.learn("env", mark, None)
    assert not ignore.ignored("env/lib/x.py", False)
    ignore.learn("", mark, "")
    assert not ignore.ignored("a.html", False)


def test_an_excluded_folder_never_comes_back() -> None:
    ignore = learned("", "!inner/")
    ignore.exclude("a/inner")
    assert ignore.ignored("a/inner/x.html", False)
    assert not ignore.ignored("inner/x.html", False)


def test_a_fresh_one_keeps_the_settings_only() -> None:
    ignore = learned("a.html", "b.html", "c.html", gitignore=True)
    ignore.exclude("d")
    ignore.learn("e", "pyvenv.cfg", "")
    ignore.learn_above([("site", "f.html")])
    paths = ["a.html", "b.html", "c.html", "d", "e/x", "f.html"]
    assert all(ignore.ignored(path, False) for path in paths)
    assert [path for path in paths if ignore.fresh().ignored(path, False)] == ["c.html"]


def test_a_file_that_is_gone_is_forgotten() -> None:
    ignore = learned("a.html")
    assert ignore.ignored("a.html", False)
    ignore.learn("", ".gitignore", None)
    assert not ignore.ignored("a.html", False)


@pytest.mark.parametrize(
    "line",
    [
        "a\\",
        "[a",
        "[c-a]",
        "[[:nonsense:]]",
        "a//b",
        "/",
        "!",
        "//",
        "x" * 5000,
        "a[\\]]",
        "[a--b]",
    ],
)
def test_what_is_no_pattern_is_left_out_and_said_once(
    line: str, caplog: pytest.LogCaptureFixture
) -> None:
    ignore = Ignore()
    ignore.learn("docs", ".gitignore", f"*.css\n{line}\n*.js\n")
    ignore.fresh().learn("docs", ".gitignore", f"*.css\n{line}\n*.js\n")
    assert ignore.ignored("docs/a.css", False)
    assert ignore.ignored("docs/a.js", False)
    assert not ignore.ignored("docs/a.html", False)
    (message,) = caplog.messages
    assert message.startswith("Line 2 of 'docs/.gitignore' is left out, ")
    assert message.endswith(". Write it as in gitignore(5), or remove it.")
    assert len(message) < 300


def test_a_setting_that_is_no_pattern_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    assert Ignore(["[a", "b.css"]).ignored("b.css", False)
    assert caplog.messages == [
        "The pattern '[a' of the setting ignore is left out: a bracket is not closed. "
        "Write it as in gitignore(5)."
    ]


def test_random_text_is_never_an_exception() -> None:
    dice = random.Random(4)
    for _ in range(300):
        text = "".join(dice.choices("ab*?[]!^\\/#-: .\n\r\t\0\udcffä{}()|&~+$", k=60))
        ignore = learned(text, text[::-1], gitignore=True)
        for path in ("a", "a/b", "b", "ab/ba", "[a]"):
            ignore.ignored(path, is_dir=False)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 30 + "b", "a" * 250),
        ("/x/" + "*a" * 30 + "b", "x/" + "a" * 250),
        ("**/a/" * 30 + "b", "a/" * 1000 + "a"),
        ("*?" * 100 + "b", "a" * 250),
    ],
)
def test_no_pattern_takes_for_ever(pattern: str, path: str) -> None:
    ignore = learned(pattern)
    began = time.perf_counter()
    assert not ignore.leaf_ignored(path, is_dir=False)
    assert time.perf_counter() - began < 1


def test_a_huge_file_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    ignore = learned("\n".join(f"?{i}" for i in range(MAX_GLOBS + 100)) + "\nlast.html")
    (message,) = caplog.messages
    assert f"Line {MAX_GLOBS + 1} of " in message
    assert "; so are 99 more lines." in message
    assert ignore.ignored(f"x{MAX_GLOBS - 1}", False)
    assert not ignore.ignored(f"x{MAX_GLOBS}", False)
    assert ignore.ignored("last.html", False)


def test_every_name_that_is_built_in_is_documented() -> None:
    document = Path(__file__).parents[3] / "docs" / "configuration.md"
    section = document.read_text("utf-8").split("### Built in\n")[1].split("\n## ")[0]
    names = {*FOLDERS, *DROPPINGS, *TOOL_MARKS}
    assert {name for name in names if f"`{name}`" not in section} == set()
