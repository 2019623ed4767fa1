"""What a programmer runs all day tells how it went."""

from pathlib import Path

import pytest

from tests.conftest import need
from tests.recipes.recipe import DOCUMENT, recipes
from tests.recipes.workplace import Workplace


def test_every_recipe_is_tried() -> None:
    """By a test that names its heading."""
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert len(recipes()) > 10
    assert [title for title in recipes() if f'blocks("{title}")' not in tests] == []


def test_every_recipe_can_be_found_from_the_top() -> None:
    table = DOCUMENT.read_text("utf-8").split("\n## ", 1)[0]
    anchors = {title.lower().replace(" ", "-") for title in recipes()}
    assert {anchor for anchor in anchors if f"(#{anchor})" not in table} == set()


def test_pytest_tells_of_failures(workplace: Workplace) -> None:
    typed, hook = workplace.blocks("pytest")
    workplace.paste(hook)
    (workplace.folder / "test_sum.py").write_text(
        "def test_right(): assert 1 + 1 == 2\n\ndef test_wrong(): assert 1 + 1 == 3\n"
    )
    done = workplace.type(typed.text)
    assert done.returncode == 1, done.stderr
    assert "1 failed, 1 passed" in done.stdout
    notice = workplace.event("notify")
    assert (notice["title"], notice["message"]) == ("pytest", "1 passed, 1 failed")
    assert notice["priority"] == 4
    report = workplace.event("command", lambda data: "ok" in data)
    assert (report["name"], report["ok"], report["exit"]) == ("tests", False, 1)
    assert "1 failed, 1 passed" in report["output"]


def test_git_tells_of_commits_and_merges(workplace: Workplace) -> None:
    need("git")
    committed, merged, executable = workplace.blocks("A git hook")
    git = "git -c user.name=me -c user.email=me@example.org"
    workplace.type("git init -q -b main . && touch a && git add a")
    workplace.paste(committed)
    workplace.paste(merged)
    assert workplace.type(executable.text).returncode == 0
    done = workplace.type(
        f"{git} commit -qm 'Say hello' && git branch other && {git} commit -qm More --allow-empty"
        f" && git checkout -q other && echo a > b && git add b && {git} commit -qm Other"
        f" && {git} merge -q --no-edit main"
    )
    assert done.returncode == 0, done.stderr
    first = workplace.event("notify")
    assert first["title"] == "Committed to main"
    assert first["message"].endswith(" Say hello")
    merge = workplace.event("notify", lambda data: data["title"] == "Merged")
    assert merge["message"].startswith("2 new commits")


def test_make_says_what_is_ready(workplace: Workplace) -> None:
    need("make")
    (makefile,) = workplace.blocks("Make")
    workplace.paste(makefile)
    (workplace.folder / "report.txt").write_text("Hello\n")
    done = workplace.type("make report.html")
    assert done.returncode == 0, done.stderr
    assert (workplace.folder / "report.html").read_text() == "<p>Hello\n"
    assert workplace.event("notify")["message"] == "report.html is ready"


@pytest.mark.parametrize("code", [3])
def test_an_npm_script_exits_as_before(workplace: Workplace, code: int) -> None:
    need("npm")
    (package,) = workplace.blocks("An npm script")
    workplace.paste(package)
    (workplace.folder / "build.js").write_text(
        f"console.log('building'); console.error('no such file'); process.exitCode = {code};\n"
    )
    done = workplace.type("npm run build")
    assert done.returncode == code
    assert "building" in done.stdout
    report = workplace.event("command", lambda data: "ok" in data)
    assert (report["name"], report["exit"]) == ("build", code)
    assert "no such file" in report["output"]
