"""What changes places in one step, and what gets its name when it is whole."""

import itertools
import random
import sys
from pathlib import Path

import pytest

from tests.support import wait_for
from tests.watch.exchange import exchange, write_nameless
from tests.watch.recorder import Watched

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="renameat2 and O_TMPFILE")

CONTENT = (f"content {number}" for number in itertools.count())


def make(watched: Watched, *folders: str) -> list[Path]:
    made = [watched.folder / name for name in folders]
    for folder in made:
        folder.mkdir(parents=True)
        (folder / "a.css").write_text(next(CONTENT))
    watched.rest()
    return made


def saves_are_told(watched: Watched, *folders: str) -> None:
    """A save in each of them, one after the other."""
    watched.rest()
    for folder in folders:
        count = len(watched.told.changes)
        (watched.folder / folder / "a.css").write_text(next(CONTENT))
        wait_for(
            lambda count=count, folder=folder: any(  # type: ignore[misc]
                f"{folder}/a.css" in names for names in watched.told.paths()[count:]
            ),
            what=f"the save in {folder}",
        )


@pytest.mark.parametrize("times", [1, 2, 3])
def test_two_folders_change_places(watched: Watched, times: int) -> None:
    live, following = make(watched, "live", "next")
    for _ in range(times):
        exchange(live, following)
    saves_are_told(watched, "live", "next")


def test_folders_at_different_depths_change_places(watched: Watched) -> None:
    make(watched, "a/deep/one", "b/two")
    exchange(watched.folder / "a/deep/one", watched.folder / "b/two")
    saves_are_told(watched, "a/deep/one", "b/two")
    exchange(watched.folder / "a/deep", watched.folder / "b")
    saves_are_told(watched, "a/deep/two", "b/one")


def test_a_folder_from_outside_comes_in_place_of_one(watched: Watched, tmp_path: Path) -> None:
    make(watched, "live")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.css").write_text("outside")
    exchange(watched.folder / "live", outside)
    saves_are_told(watched, "live")
    count = len(watched.told.changes)
    (outside / "a.css").write_text("nobody watches this any more")
    saves_are_told(watched, "live")
    names = [name for names in watched.told.paths()[count:] for name in names]
    assert names.count("live/a.css") == 1


def test_a_file_and_a_folder_change_places(watched: Watched) -> None:
    make(watched, "folder")
    file = watched.folder / "index.html"
    exchange(watched.folder / "folder", file)
    saves_are_told(watched, "index.html")
    (watched.folder / "folder").write_text("a file by now")
    wait_for(lambda: any("folder" in names for names in watched.told.paths()))


def test_three_folders_change_places_again_and_again(watched: Watched) -> None:
    folders = make(watched, "one", "two", "two/three")
    rng = random.Random(14)
    for _ in range(40):
        pair = rng.sample(folders[:2], 2)
        exchange(*pair)
    inner = "two/three" if (watched.folder / "two" / "three").is_dir() else "one/three"
    saves_are_told(watched, "one", "two", inner)


def test_a_file_that_is_linked_when_it_is_whole_is_told_at_once(watched: Watched) -> None:
    """Not after the two seconds in which a writer that never closes may go on."""
    write_nameless(watched.folder / "new.css", b"whole")
    wait_for(lambda: any("new.css" in names for names in watched.told.paths()), 1.5)
    assert watched.told.seen[-1]["new.css"] == b"whole"


def test_a_new_file_with_a_writer_is_not_taken_for_a_linked_one(watched: Watched) -> None:
    with (watched.folder / "half.css").open("w") as out:
        out.write("first half,")
        out.flush()
        (watched.folder / "index.html").write_text("meanwhile")
        wait_for(lambda: any("index.html" in names for names in watched.told.paths()))
        assert not any("half.css" in names for names in watched.told.paths())
        out.write(" second half")
    wait_for(lambda: any("half.css" in names for names in watched.told.paths()))
    assert watched.told.seen[-1]["half.css"] == b"first half, second half"
