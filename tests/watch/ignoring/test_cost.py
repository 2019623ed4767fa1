"""What ignore files of a stranger may cost: a little for each name, whatever they hold."""

import logging
import time
from collections.abc import Iterable
from itertools import count, islice, takewhile
from pathlib import Path

import pytest

from trayapp.watch.ignoring.ignore import MAX_ROOT_COST, MAX_TEXT, Ignore
from trayapp.watch.ignoring.nested import MAX_FILES
from trayapp.watch.ignoring.patterns import MAX_COST
from trayapp.watch.ignoring.rules import MAX_BYTES
from trayapp.watch.walk import walk

NAME = "a" * 255
DEEP = "/".join(["a"] * 1500)


def full(lines: Iterable[str]) -> str:
    """As many lines as are read of a file."""
    size = 0

    def fits(line: str) -> bool:
        nonlocal size
        size += len(line) + 1
        return size <= MAX_BYTES

    return "\n".join(takewhile(fits, lines))


def seconds(ignore: Ignore, paths: Iterable[str]) -> float:
    """Of a processor, for one path; the first one may cost more."""
    first, *others = paths
    ignore.leaf_ignored(first, is_dir=True)
    began = time.process_time()
    for path in others:
        ignore.leaf_ignored(path, is_dir=True)
    return (time.process_time() - began) / len(others)


@pytest.mark.parametrize(
    ("lines", "folder", "name"),
    [
        ((f"*{'a?' * 60}{i:04d}*" for i in count()), "", NAME),
        ((f"*{'a?' * 60}{i:04d}*/" for i in count()), "", NAME),
        ((f"*{'[a-z]' * 24}{i:04d}*" for i in count()), "", NAME),
        (("!z" if i % 2 else "z" for i in count()), "", "a.html"),
        ((f"!?{i}" if i % 2 else f"?{i}" for i in count()), "", "a.html"),
        ((f"{'**/a/' * 24}?{i}" for i in count()), f"{DEEP}/", "a.html"),
        ((f"**/{'*/' * 50}?{i}" for i in count()), f"{DEEP}/", "a.html"),
    ],
    ids=["parts", "folders", "brackets", "signs", "globs", "stars-deep", "any-deep"],
)
def test_a_name_costs_little_whatever_a_file_holds(
    lines: Iterable[str], folder: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    ignore = Ignore()
    ignore.learn("", ".gitignore", full(lines))
    assert seconds(ignore, [f"{folder}{name[:250]}{i}" for i in range(4)]) < 0.03


def test_nested_files_cost_no_more_than_one(caplog: pytest.LogCaptureFixture) -> None:
    ignore = Ignore()
    for depth in range(10):
        folder = "/".join(["a"] * depth)
        ignore.learn(folder, ".gitignore", full(f"*{'a?' * 60}{depth}{i:04d}*" for i in count()))
    assert seconds(ignore, [f"{'a/' * 9}{NAME[:250]}{i}" for i in range(4)]) < 0.03
    left_out = [it for it in caplog.messages if "does not count" in it]
    assert [it.split("'")[1] for it in left_out] == [f"{'a/' * i}.gitignore" for i in range(1, 10)]


def test_the_way_to_a_deep_folder_is_gone_once(caplog: pytest.LogCaptureFixture) -> None:
    """As an event does that asks for each folder above."""
    ignore = Ignore()
    for depth in range(MAX_FILES):
        ignore.learn("/".join(["a"] * depth), ".gitignore", "b/**/c/?\n!b/x?/**")
    ignore.ignored(f"{DEEP}/a.html", is_dir=False)
    began = time.process_time()
    ignore.ignored(f"{DEEP}/b.html", is_dir=False)
    assert time.process_time() - began < 1
    assert caplog.messages == []


def test_so_many_files_count_in_one_folder(caplog: pytest.LogCaptureFixture) -> None:
    ignore = Ignore()
    for _survey in range(2):
        for depth in range(MAX_FILES + 1):
            ignore.learn("/".join(["a"] * depth), ".gitignore", f"{depth}.html")
        ignore = ignore.fresh() if not _survey else ignore
    last = "a/" * MAX_FILES
    assert ignore.ignored(f"{last}{MAX_FILES - 1}.html", False)
    assert not ignore.ignored(f"{last}{MAX_FILES}.html", False)
    (message,) = caplog.messages  # once, though two surveys came by it
    assert message.startswith(f"'{last}.gitignore' does not count: it and the ignore files above")


def test_the_remedy_for_a_file_that_does_not_count_works() -> None:
    ignore = Ignore()
    ignore.learn("", ".gitignore", "\n".join(f"?{i:010}" for i in range(2000)))
    ignore.learn("a", ".gitignore", "\n".join(f"?{i:010}" for i in range(2000)) + "\nmine/")
    assert not ignore.ignored("a/mine", is_dir=True)
    ignore.learn("", ".trayappignore", "a/mine/")
    assert ignore.ignored("a/mine", is_dir=True)


def test_a_root_may_have_so_many_patterns(caplog: pytest.LogCaptureFixture) -> None:
    ignore = Ignore()
    files = [f"d{i}" for i in range(MAX_ROOT_COST // MAX_COST + 3)]
    for _sweep in range(2):  # what counted once counts again
        for folder in files:
            lines = (f"?{i:06}{folder}{'x' * 80}" for i in range(MAX_COST // 95))
            ignore.learn(folder, ".gitignore", "\n".join(["last.html", *lines]))
        counts = [ignore.ignored(f"{folder}/last.html", False) for folder in files]
        assert counts == sorted(counts, reverse=True)
        assert 0 < counts.count(False) < 3
    assert len(caplog.messages) == counts.count(False)


def test_a_root_may_have_so_much_text(caplog: pytest.LogCaptureFixture) -> None:
    ignore = Ignore()
    for i in range(MAX_TEXT // MAX_BYTES + 1):
        ignore.learn(f"d{i}", ".gitignore", f"a.html\n{'#' * (MAX_BYTES - 8)}\n")
    assert ignore.ignored("d0/a.html", False)
    assert not ignore.ignored(f"d{MAX_TEXT // MAX_BYTES}/a.html", False)
    assert len(caplog.messages) == 1
    ignore.learn("d0", ".gitignore", None)  # makes room
    ignore.learn("e", ".gitignore", "a.html")
    assert ignore.ignored("e/a.html", False)


def test_a_walk_through_files_of_rules_is_bounded(tmp_path: Path) -> None:
    """Each folder of a clone may have another file of the largest size."""
    for number in range(3):
        folder = tmp_path / f"d{number}"
        folder.mkdir()
        lines = (f"{'*a' * 60}{number}-{i}" for i in count())
        (folder / ".gitignore").write_text("\n".join(islice(lines, 2000)))
        (folder / "a.html").touch()
    began = time.process_time()
    assert len(list(walk(str(tmp_path), Ignore()))) == 3
    assert time.process_time() - began < 6
