"""Links in a watched folder: a page may use either name of a file, and no link leads astray."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import wait_for
from tests.watch.recorder import Recorder, Watched
from trayapp.watch import RootChange, Watcher


def told(watched: Watched) -> set[str]:
    """All paths told so far, but for those of `rest`."""
    return {path for paths in watched.told.paths() for path in paths}


def kinds(change: RootChange) -> dict[str, str]:
    return {one.path: one.change for one in change.paths if not one.path.startswith("last-")}


def rescan(watched: Watched) -> None:
    """The links made just now are known."""
    watched.rest()
    watched.told.changes.clear()
    watched.told.seen.clear()


def test_a_file_is_told_by_the_name_of_the_link_to_it_too(watched: Watched) -> None:
    (watched.folder / "home.html").symlink_to("index.html")
    (watched.folder / "css" / "up.html").symlink_to("../index.html")
    watched.wait_change("home.html", "css/up.html")
    rescan(watched)
    (watched.folder / "index.html").write_text("new")
    change = watched.wait_change("index.html", "home.html", "css/up.html")
    assert set(kinds(change).values()) == {"modified"}
    assert watched.told.seen[0]["home.html"] == b"new"
    watched.rest()
    assert len(watched.told_of(["home.html"])) == 1


def test_a_save_through_the_link_is_told_by_both_names(watched: Watched) -> None:
    (watched.folder / "home.html").symlink_to("index.html")
    rescan(watched)
    (watched.folder / "home.html").write_text("through the link")
    assert kinds(watched.wait_change("index.html")) == {
        "index.html": "modified",
        "home.html": "modified",
    }


def test_a_folder_is_told_by_the_name_of_the_link_to_it_too(watched: Watched) -> None:
    (watched.folder / "styles").symlink_to("css")
    rescan(watched)
    (watched.folder / "css" / "style.css").write_text("new")
    assert set(kinds(watched.wait_change("styles/style.css"))) == {
        "css/style.css",
        "styles/style.css",
    }
    (watched.folder / "styles" / "more.css").write_text("through the link")
    change = watched.wait_change("css/more.css", "styles/more.css")
    assert set(kinds(change).values()) == {"created"}
    (watched.folder / "css" / "more.css").unlink()
    wait_for(lambda: len(watched.told_of(["styles/more.css"])) == 2)
    assert set(kinds(watched.told_of(["styles/more.css"])[1]).values()) == {"deleted"}


def test_a_link_counts_as_one_file(watched: Watched) -> None:
    before = watched.state("site").files
    (watched.folder / "styles").symlink_to("css")
    watched.wait_change("styles")
    assert watched.state("site").files == before + 1


@pytest.mark.parametrize("target", ["..", ".", "loop", "../site", "css/../css"])
def test_a_loop_is_harmless(watched: Watched, target: str) -> None:
    (watched.folder / "css" / "loop").symlink_to(target)
    other = watched.folder / "css" / "other"
    other.symlink_to("loop")
    watched.wait_change("css/loop", "css/other")
    rescan(watched)
    start = time.monotonic()
    (watched.folder / "css" / "style.css").write_text("new")
    change = watched.wait_change("css/style.css")
    assert time.monotonic() - start < 1
    assert len(change.paths) < 10
    watched.rest()
    assert watched.state("site").status == "watching"


def test_a_dangling_link_is_told_when_it_comes_and_goes(watched: Watched) -> None:
    link = watched.folder / "later.html"
    link.symlink_to("not-yet.html")
    assert kinds(watched.wait_change("later.html")) == {"later.html": "created"}
    (watched.folder / "not-yet.html").write_text("now")
    watched.wait_change("not-yet.html", "later.html")
    rescan(watched)
    link.unlink()
    assert kinds(watched.wait_change("later.html")) == {"later.html": "deleted"}


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    (folder / "deep").mkdir(parents=True)
    (folder / "secret.html").write_text("x")
    (folder / "deep" / "more.html").write_text("x")
    return folder


def test_links_out_of_the_root_are_not_followed(watched: Watched, outside: Path) -> None:
    (watched.folder / "out").symlink_to(outside)
    (watched.folder / "page.html").symlink_to(outside / "secret.html")
    os.link(watched.folder / "index.html", watched.folder / "hard.html")
    start = time.monotonic()
    watched.wait_change("hard.html")
    assert time.monotonic() - start < 1.0, "nobody closes a link: waiting for it is in vain"
    watched.rest()
    (outside / "secret.html").write_text("changed")
    (outside / "deep" / "new.html").write_text("x")
    watched.rest()
    assert told(watched) == {"out", "page.html", "hard.html"}


def test_a_link_set_to_another_target_is_told(watched: Watched) -> None:
    link = watched.folder / "home.html"
    link.symlink_to("index.html")
    watched.wait_change("home.html")
    for number in range(5):
        rescan(watched)
        subprocess.run(["ln", "-sfn", f"target-{number}.html", link], check=True)
        assert kinds(watched.wait_change("home.html")) == {"home.html": "modified"}
    rescan(watched)
    (watched.folder / "index.html").write_text("no longer by that name")
    assert kinds(watched.wait_change("index.html")) == {"index.html": "modified"}


def test_a_link_that_becomes_a_folder_and_a_link_again(watched: Watched) -> None:
    styles = watched.folder / "styles"
    for number in range(3):
        styles.symlink_to("css")
        watched.wait_change("styles")
        rescan(watched)
        styles.unlink()
        styles.mkdir()
        (styles / "own.css").write_text(f"{number}")
        watched.wait_change("styles/own.css")
        watched.rest()
        changes = watched.told_of(["styles", "styles/own.css"])
        merged = {path: kind for change in changes for path, kind in kinds(change).items()}
        assert merged == {"styles": "deleted", "styles/own.css": "created"}
        rescan(watched)
        (styles / "own.css").write_text(f"{number} changed")
        assert kinds(watched.wait_change("styles/own.css")) == {"styles/own.css": "modified"}
        (styles / "own.css").unlink()
        styles.rmdir()
        watched.rest()


def test_other_names_of_a_file_are_told_with_it(watched: Watched) -> None:
    """Hard links: the system reports the name that was written through, and no other."""
    page = watched.folder / "index.html"
    os.link(page, watched.folder / "css" / "same.html")
    watched.wait_change("css/same.html")
    rescan(watched)
    page.write_text("one file, two names")
    watched.wait_change("index.html", "css/same.html")
    (watched.folder / "css" / "same.html").write_text("by the other")
    wait_for(lambda: len(watched.told_of(["index.html"])) == 2)


# With links allowed.


@pytest.fixture
def following(site: Path) -> Iterator[Watched]:
    recorder = Recorder()
    watcher = Watcher(recorder.on_change, recorder.on_status, links=True)
    it = Watched(watcher, recorder, site)
    watcher.start()
    try:
        yield it
    finally:
        watcher.stop()


def test_links_out_of_the_root_are_followed_when_allowed(following: Watched, outside: Path) -> None:
    (following.folder / "out").symlink_to(outside)
    following.add(following.folder)
    (outside / "secret.html").write_text("changed")
    assert kinds(following.wait_change("out/secret.html")) == {"out/secret.html": "modified"}
    (outside / "deep" / "new.html").write_text("x")
    assert kinds(following.wait_change("out/deep/new.html")) == {"out/deep/new.html": "created"}


def test_a_link_out_of_the_root_made_later_is_followed_too(
    following: Watched, outside: Path
) -> None:
    following.add(following.folder)
    (following.folder / "out").symlink_to(outside)
    following.wait_change("out/secret.html", "out/deep/more.html")
    (outside / "deep" / "more.html").write_text("changed")
    wait_for(lambda: len(following.told_of(["out/deep/more.html"])) == 2)
    (following.folder / "out").unlink()
    wait_for(lambda: len(following.told_of(["out/deep/more.html"])) == 3)
    (outside / "deep" / "more.html").write_text("once more")
    following.rest()
    assert len(following.told_of(["out/deep/more.html"])) == 3


def test_a_followed_link_set_to_another_folder_is_looked_through(
    following: Watched, outside: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "secret.html").write_text("of the other")
    link = following.folder / "out"
    link.symlink_to(outside)
    following.add(following.folder)
    subprocess.run(["ln", "-sfn", other, link], check=True)
    following.wait_change("out/secret.html", "out/deep/more.html")
    (other / "secret.html").write_text("changed there")
    wait_for(lambda: following.told.seen[-1].get("out/secret.html") == b"changed there")


def test_links_that_lead_to_one_another_end(following: Watched, outside: Path) -> None:
    (following.folder / "out").symlink_to(outside)
    (following.folder / "twice").symlink_to(outside)
    (outside / "back").symlink_to(following.folder)
    (outside / "deep" / "up").symlink_to(outside)
    (outside / "whole").symlink_to("/")
    following.add(following.folder)
    assert following.state("site").files < 50
    (outside / "deep" / "more.html").write_text("changed")
    wait_for(lambda: {p for p in told(following) if p.endswith("/deep/more.html")})
