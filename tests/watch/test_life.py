"""A root that goes, comes back, is moved, replaced or removed is never deaf afterwards."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import wait_for
from tests.torture.scale import TIMEOUT, scaled
from tests.watch.recorder import Watched, names_in
from tests.watch.writer import Writer

pytestmark = pytest.mark.timeout(TIMEOUT)

ARMED_WITHIN = 1.0
"""Seconds from the moment a root is back until a save in it is heard."""


def heard_again(watched: Watched, name: str = "index.html") -> None:
    """A root has come back this moment: what is saved now is told within a second, by then it is
    armed, and the next save is heard, if as one of a series."""
    back = time.monotonic()
    assert save(watched, name) - back < ARMED_WITHIN
    wait_for(lambda: all(state.status == "watching" for state in watched.watcher.roots()))
    armed = time.monotonic()
    assert armed - back < ARMED_WITHIN
    assert save(watched, name) - armed < 0.5


def save(watched: Watched, name: str) -> float:
    """Save a text nobody has saved before; returns when it was told."""
    text = b"now %d" % time.monotonic_ns()
    (watched.folder / name).write_bytes(text)
    seen = watched.told.seen
    wait_for(lambda: any(text in one.values() for one in seen), what=f"{watched.watcher.roots()}")
    return next(
        at for one, at in zip(seen, watched.told.times, strict=False) if text in one.values()
    )


def gone(watched: Watched) -> None:
    wait_for(lambda: watched.state("site").status == "gone", what="gone")


def back(watched: Watched) -> None:
    wait_for(lambda: watched.state("site").status == "watching", what="watching")


def test_a_root_deleted_and_made_again_is_armed_within_a_second(watched: Watched) -> None:
    for _ in range(scaled(2, 20)):
        shutil.rmtree(watched.folder)
        gone(watched)
        assert "gone" in watched.state("site").detail
        watched.folder.mkdir()
        heard_again(watched)
        back(watched)
    watched.quiet()
    told = {one.path: one.change for change in watched.told.changes for one in change.paths}
    assert told["css/style.css"] == "deleted"


def test_a_root_deleted_and_made_again_at_once_is_armed_again(watched: Watched) -> None:
    for _ in range(scaled(5, 50)):
        shutil.rmtree(watched.folder)
        watched.folder.mkdir()
        heard_again(watched)
    back(watched)


def test_a_root_renamed_away_and_back_has_lost_nothing(watched: Watched, tmp_path: Path) -> None:
    watched.folder.rename(tmp_path / "away")
    gone(watched)
    (tmp_path / "away" / "index.html").write_text("meanwhile")
    (tmp_path / "away").rename(watched.folder)
    assert watched.wait_change("index.html").paths[0].change == "modified"
    back(watched)
    heard_again(watched, "css/style.css")
    watched.quiet()
    assert len(watched.told_of(["index.html"])) == 1


def test_writes_to_a_root_renamed_away_are_not_told(watched: Watched, tmp_path: Path) -> None:
    watched.folder.rename(tmp_path / "away")
    gone(watched)
    (tmp_path / "away" / "index.html").write_text("elsewhere")
    watched.folder.mkdir()
    heard_again(watched, "new.html")
    watched.quiet()
    kinds = {one.change for c in watched.told_of(["index.html"]) for one in c.paths}
    assert b"elsewhere" not in [seen.get("index.html") for seen in watched.told.seen]
    assert "modified" not in kinds


@pytest.fixture
def deep(watched: Watched, tmp_path: Path) -> Watched:
    """A second root, `project/web/site`, that hangs from folders nobody watches."""
    folder = tmp_path / "project" / "web" / "site"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("deep")
    watched.watcher.remove("site")
    watched.folder = folder
    watched.add(folder)
    return watched


@pytest.mark.parametrize("level", ["project", "project/web"])
def test_a_renamed_parent_is_noticed_both_ways(deep: Watched, tmp_path: Path, level: str) -> None:
    (tmp_path / level).rename(tmp_path / "away")
    gone(deep)
    (tmp_path / "away").rename(tmp_path / level)
    heard_again(deep)
    back(deep)


def test_a_parent_swapped_for_another_is_noticed(deep: Watched, tmp_path: Path) -> None:
    other = tmp_path / "other" / "web" / "site"
    other.mkdir(parents=True)
    (other / "index.html").write_text("of the other")
    (tmp_path / "project").rename(tmp_path / "old")
    (tmp_path / "other").rename(tmp_path / "project")
    deep.wait_change("index.html")
    assert b"of the other" in [seen.get("index.html") for seen in deep.told.seen]
    heard_again(deep)
    (tmp_path / "old" / "web" / "site" / "index.html").write_text("nobody's now")
    deep.quiet()
    deep.rest()
    assert b"nobody's now" not in [seen.get("index.html") for seen in deep.told.seen]


def ln_sfn(link: Path, target: str) -> None:
    subprocess.run(["ln", "-sfn", target, link], check=True)


def mv_t(link: Path, target: str) -> None:
    new = link.with_name("new-link")
    new.symlink_to(target)
    subprocess.run(["mv", "-T", new, link], check=True)


@pytest.mark.parametrize("swap", [ln_sfn, mv_t])
@pytest.mark.parametrize("below", ["", "public"])
def test_a_deploy_that_swaps_a_link_is_told_and_watched(
    watched: Watched, tmp_path: Path, swap: Callable[[Path, str], None], below: str
) -> None:
    """`current -> releases/N`; the root is the link, or a folder behind it."""
    watched.watcher.remove("site")
    for number in (1, 2, 3):
        folder = tmp_path / "releases" / str(number) / below
        folder.mkdir(parents=True)
        (folder / "index.html").write_text(f"release {number}")
        (folder / "same.html").write_text("in each release")
    current = tmp_path / "current"
    current.symlink_to("releases/1")
    watched.folder = current / below
    label = watched.add(watched.folder).label
    for number in scaled((2, 1), (2, 3, 1, 2)):
        before = len(watched.told.changes)
        swap(current, f"releases/{number}")
        wait_for(lambda n=before: len(watched.told.changes) > n, 3, f"release {number}")  # type: ignore[misc]
        assert names_in(watched.told.changes[before]) == ["index.html"]
        assert watched.told.seen[before]["index.html"] == b"release %d" % number
        wait_for(lambda: watched.state(label).status == "watching")
        page = tmp_path / "releases" / str(number) / below / "index.html"
        page.write_text(f"edited {number}")
        wait_for(
            lambda n=number: watched.told.seen[-1].get("index.html") == b"edited %d" % n,  # type: ignore[misc]
            what="a save after the swap",
        )
        page.write_text(f"release {number}")
        watched.rest()
        (watched.folder / "last-0").unlink(missing_ok=True)
        for last in watched.folder.glob("last-*"):
            last.unlink()
        watched.quiet()


def test_a_root_removed_while_it_is_scanned_is_forgotten(watched: Watched, tmp_path: Path) -> None:
    big = tmp_path / "big"
    for number in range(100):
        (big / f"d{number}").mkdir(parents=True)
        for name in range(20):
            (big / f"d{number}" / f"{name}.html").write_text("x")
    for number in range(scaled(10, 100)):
        watched.told.folders["big"] = big
        watched.watcher.add(str(big), "big")
        time.sleep(number * 0.001)  # each time at another point of the scan
        watched.watcher.remove("big")
    (big / "d0" / "0.html").write_text("nobody hears")
    watched.rest()
    assert [change.label for change in watched.told.changes] == ["site"]
    watched.add(big)
    (big / "d0" / "0.html").write_text("heard")
    watched.wait_change("d0/0.html")


def test_a_root_deleted_while_it_is_scanned_is_gone(watched: Watched, tmp_path: Path) -> None:
    for number in range(scaled(3, 50)):
        big = tmp_path / f"big-{number}"
        for folder in range(50):
            (big / f"d{folder}").mkdir(parents=True)
            (big / f"d{folder}" / "x.html").write_text("x")
        watched.told.folders[big.name] = big
        watched.watcher.add(str(big))
        time.sleep(number * 0.001)  # each time at another point of the scan
        shutil.rmtree(big)
        wait_for(lambda name=big.name: watched.state(name).status == "gone")  # type: ignore[misc]
        big.mkdir()
        wait_for(lambda name=big.name: watched.state(name).status == "watching")  # type: ignore[misc]
        watched.watcher.remove(big.name)


def test_roots_come_and_go_while_saves_go_on_elsewhere(
    watched: Watched, writer: Writer, tmp_path: Path
) -> None:
    others = [tmp_path / f"other-{number}" for number in range(4)]
    for other in others:
        (other / "deep").mkdir(parents=True)
    names = [f"page-{number}.html" for number in range(40)]
    writer.start("steady", [str(watched.folder / name) for name in names], 40, 2.0)
    waiting = threading.Thread(target=writer.wait, name="test-waiting")
    waiting.start()
    while waiting.is_alive():
        for other in others:
            watched.told.folders[other.name] = other
            watched.watcher.add(str(other))
        for other in others:
            watched.watcher.remove(other.name)
    waiting.join()
    watched.rest()
    told = [one.path for change in watched.of("site") for one in change.paths]
    assert sorted(name for name in told if name.startswith("page-")) == sorted(names)


def test_a_file_in_two_roots_is_told_by_the_inner_one(watched: Watched) -> None:
    """Added later, removed again: it always belongs to exactly one."""
    style = watched.folder / "css" / "style.css"
    inner = watched.watcher.add(str(watched.folder / "css"))
    watched.told.folders[inner.label] = watched.folder / "css"
    assert inner.within == ("site",)
    wait_for(lambda: watched.state(inner.label).status == "watching")
    watched.quiet()
    style.write_text("of the inner root")
    (change,) = _wait_one(watched, "style.css")
    assert (change.label, change.within) == (inner.label, ("site",))
    watched.rest()
    assert watched.told_of(["css/style.css"]) == []
    watched.watcher.remove(inner.label)
    wait_for(lambda: watched.state("site").files >= 2)
    watched.rest()
    before = len(watched.told.changes)
    style.write_text("of the outer root again")
    watched.wait_change("css/style.css")
    watched.rest()
    told = watched.told.changes[before:]
    assert [names_in(one) for one in told if names_in(one)] == [["css/style.css"]]


def _wait_one(watched: Watched, path: str) -> list:  # type: ignore[type-arg]
    watched.wait_change(path)
    return watched.told_of([path])


def test_an_outer_root_added_later_leaves_the_inner_one_its_files(
    watched: Watched, tmp_path: Path
) -> None:
    watched.told.folders["all"] = tmp_path
    watched.watcher.add(str(tmp_path), "all")
    wait_for(lambda: watched.state("all").status == "watching")
    wait_for(lambda: watched.state("site").within == ("all",))
    watched.quiet()
    (watched.folder / "index.html").write_text("inner")
    (tmp_path / "outer.html").write_text("outer")
    watched.wait_change("outer.html")
    watched.rest()
    assert [change.label for change in watched.told_of(["index.html"])] == ["site"]
    assert watched.told_of(["site/index.html"]) == []
    assert {c.within for c in watched.of("site")} == {("all",)}


def test_statuses_tell_the_whole_story(watched: Watched, tmp_path: Path) -> None:
    watched.folder.rename(tmp_path / "away")
    gone(watched)
    (tmp_path / "away").rename(watched.folder)
    back(watched)
    wait_for(lambda: [s.status for s in watched.told.statuses][-1] == "watching")
    statuses = [state.status for state in watched.told.statuses if state.status != "scanning"]
    assert statuses == ["watching", "gone", "watching"]
    assert watched.told.statuses[-1].files == 2


def test_what_happens_while_the_process_is_stopped_is_told(
    watched: Watched, tmp_path: Path
) -> None:
    """As after the lid of a laptop was closed: here it is the watcher that rests."""
    watched.watcher.stop()
    (watched.folder / "index.html").write_text("meanwhile")
    os.utime(watched.folder / "index.html", (1, 1))
    (watched.folder / "css" / "style.css").unlink()
    watched.watcher.start()
    change = watched.wait_change("index.html", "css/style.css")
    assert {one.path: one.change for one in change.paths} == {
        "index.html": "modified",
        "css/style.css": "deleted",
    }
