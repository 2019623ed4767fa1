"""What lies outside of a root but decides where it is and what counts in it."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import wait_for
from tests.watch.ear import Ear, feed_of, listening, wake_ups
from trayapp.watch.hearing.waypoints import rules_above, stands, waypoints

if sys.platform != "linux":
    pytest.skip("inotify is Linux's", allow_module_level=True)

from trayapp.watch.hearing import sentinel as sentinel_module
from trayapp.watch.hearing.prune import PrunedObserver


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A root three folders down."""
    folder = tmp_path / "one" / "two" / "root"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("old")
    return folder


@pytest.fixture
def ear(deep: Path) -> Iterator[Ear]:
    with listening(PrunedObserver(), deep) as (_, ear):
        yield ear


@pytest.fixture
def released(tmp_path: Path) -> Iterator[tuple[Path, Ear]]:
    """A root that is a link to the first of two releases, reached by a link of its own."""
    for name in ("1", "2"):
        (tmp_path / "releases" / name / "html").mkdir(parents=True)
    (tmp_path / "current").symlink_to("releases/1")
    (tmp_path / "www").symlink_to(tmp_path / "current")
    with listening(PrunedObserver(), tmp_path / "www" / "html") as (_, ear):
        yield tmp_path, ear


def shell(command: str, folder: Path) -> None:
    subprocess.run(["sh", "-ec", command], cwd=folder, check=True, timeout=10)


@pytest.mark.parametrize(
    "command",
    [
        "mv one/two/root one/two/away",
        "mv one/two one/away",
        "mv one away",
        "rm -r one",
        "rm -r one/two/root",
        "mkdir new; mv one old; mv new one",
    ],
)
def test_a_root_whose_path_leads_elsewhere_is_doubted_once(
    ear: Ear, tmp_path: Path, command: str
) -> None:
    shell(command, tmp_path)
    wait_for(lambda: ear.doubts, what=command)
    assert ear.doubts == 1


@pytest.mark.parametrize(
    "command",
    [
        "ln -sfn releases/2 current",
        "ln -s releases/2 new; mv -T new current",
        "rm current; ln -s releases/2 current",
        "ln -sfn releases/2 www",
        "mv releases/1 releases/0",
        "mv releases old",
        "rm www",
        "touch -h -d 2001-01-01 current",
    ],
)
def test_every_link_on_the_way_is_guarded(released: tuple[Path, Ear], command: str) -> None:
    folder, ear = released
    shell(command, folder)
    wait_for(lambda: ear.doubts, what=command)
    assert ear.doubts == 1


def test_a_root_deleted_while_somebody_stands_in_it_is_noticed(ear: Ear, deep: Path) -> None:
    """The kernel tells of a folder's end when its last user leaves: a shell whose working directory
    it is would keep us deaf."""
    standing = subprocess.Popen(["sleep", "60"], cwd=deep)
    try:
        shutil.rmtree(deep)
        deep.mkdir()
        wait_for(lambda: ear.doubts)
    finally:
        standing.kill()
        standing.wait()


def test_what_happens_beside_a_root_wakes_nobody(ear: Ear, tmp_path: Path) -> None:
    before = wake_ups("trayapp-watch")
    for folder in (tmp_path, tmp_path / "one", tmp_path / "one" / "two"):
        (folder / "file").write_text("x")
        (folder / "folder").mkdir()
        (folder / "file").rename(folder / "other")
        (folder / "other").read_text()
    assert wake_ups("trayapp-watch") == before
    (tmp_path / "one" / "two" / "folder").rmdir()  # deletions just beside it do
    wait_for(lambda: wake_ups("trayapp-watch") > before)
    assert ear.doubts == 0
    assert ear.told == []


def test_a_change_while_the_way_was_being_guarded_is_noticed(
    deep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = waypoints

    def then_swapped(path: str) -> object:
        way = real(path)
        monkeypatch.setattr(sentinel_module, "waypoints", real)
        (tmp_path / "one").rename(tmp_path / "old")
        (tmp_path / "one" / "two" / "root").mkdir(parents=True)
        return way

    monkeypatch.setattr(sentinel_module, "waypoints", then_swapped)
    with listening(PrunedObserver(), deep) as (_, ear):
        assert ear.doubts == 1


def test_guarding_takes_nothing_from_a_root_above(deep: Path, tmp_path: Path) -> None:
    observer = PrunedObserver()
    with listening(observer, tmp_path) as (_, outer):
        inner = Ear()
        feed = feed_of(observer, deep, inner)
        (tmp_path / "one" / "a.html").write_text("x")
        wait_for(lambda: "finished" in outer.of("one/a.html"))
        feed.close()
        (tmp_path / "one" / "b.html").write_text("x")
        wait_for(lambda: "finished" in outer.of("one/b.html"))
        assert (inner.told, inner.doubts) == ([], 0)


def test_the_way_is_guarded_after_a_root_above_has_left(deep: Path, tmp_path: Path) -> None:
    observer, inner, outer = PrunedObserver(), Ear(), Ear()
    observer.start()
    try:
        feed = feed_of(observer, deep, inner)
        feed_of(observer, tmp_path, outer).close()
        (tmp_path / "one" / "two").rename(tmp_path / "one" / "three")
        wait_for(lambda: inner.doubts)
        assert outer.doubts == 0
        feed.close()
    finally:
        observer.stop(5.0)


def edit(file: Path) -> None:
    file.write_text("*.log\n")


def replace(file: Path) -> None:
    edit(file.with_name("new"))
    file.with_name("new").rename(file)


@pytest.mark.parametrize("deed", [edit, replace, Path.unlink])
@pytest.mark.parametrize("place", [".gitignore", "one/.gitignore"])
def test_ignore_files_above_a_root_are_guarded(
    deep: Path, tmp_path: Path, place: str, deed: Callable[[Path], None]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / place).write_text("")
    with listening(PrunedObserver(), deep) as (_, ear):
        deed(tmp_path / place)
        wait_for(lambda: ear.doubts)
        assert ear.doubts == 1


@pytest.mark.parametrize("deed", [edit, replace, Path.unlink])
@pytest.mark.parametrize("name", [".gitignore", ".trayappignore"])
def test_ignore_files_in_a_root_make_us_look_again(
    deep: Path, name: str, deed: Callable[[Path], None]
) -> None:
    (deep / "css").mkdir()
    (deep / "css" / name).write_text("")
    with listening(PrunedObserver(), deep) as (_, ear):
        deed(deep / "css" / name)
        wait_for(lambda: ear.doubts)
        assert not ear.of(f"css/{name}")


def test_ignore_files_that_do_not_count_are_nobodys_news(deep: Path) -> None:
    (deep / "node_modules").mkdir()
    with listening(PrunedObserver(), deep) as (_, ear):
        (deep / "node_modules" / ".gitignore").write_text("x")
        (deep / ".gitignore.bak").write_text("x")
        (deep / "last").write_text("x")
        wait_for(lambda: "finished" in ear.of("last"))
        assert ear.doubts == 0


def test_waypoints_are_the_folders_and_links_on_a_path(tmp_path: Path) -> None:
    top = tmp_path.resolve()
    (top / "a" / "b").mkdir(parents=True)
    (top / "l").symlink_to("a")
    (top / "a" / "m").symlink_to("../l/b")
    found = [(step.path, step.is_link) for step in waypoints(f"{top}/l/m")]
    assert found[-5:] == [
        (str(top), False),
        (f"{top}/l", True),
        (f"{top}/a", False),
        (f"{top}/a/m", True),
        (f"{top}/a/b", False),
    ]


def test_waypoints_end_at_what_is_missing_or_a_loop(tmp_path: Path) -> None:
    top = tmp_path.resolve()
    (top / "loop").symlink_to("loop")
    (top / "file").write_text("x")
    for path in ("loop/x", "missing/x", "file/x"):
        assert waypoints(f"{top}/{path}")[-1].path in (str(top), f"{top}/loop")
    assert waypoints("/") == ()


def test_a_folder_stands_where_no_link_leads_to_it(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "l").symlink_to("a")
    (tmp_path / "root").symlink_to(tmp_path)
    root = str(tmp_path / "root")
    assert stands(root, "", "l/..")
    assert stands(root, "a/b", "l/b")
    assert not stands(root, "l/b", "a/b")
    assert not stands(root, "a", "a/b")
    assert not stands(root, "missing", "a")
    assert not stands(root, "a", "missing")


def test_rules_above_end_at_the_top_of_the_repository(tmp_path: Path) -> None:
    folder = tmp_path / "repo" / "a" / "b"
    folder.mkdir(parents=True)
    for place in (tmp_path, tmp_path / "repo", tmp_path / "repo" / "a", folder):
        (place / ".gitignore").write_text("x")
    assert rules_above(str(folder)) == ()
    (tmp_path / "repo" / ".git").write_text("gitdir: elsewhere")
    parents = [tmp_path / "repo" / "a", tmp_path / "repo"]
    assert rules_above(str(folder)) == tuple(f"{place}/.gitignore" for place in parents)
    (folder / ".git").mkdir()
    assert rules_above(str(folder)) == ()
