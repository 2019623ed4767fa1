"""The life of a watcher and of its roots."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import open_files, wait_for
from tests.watch.content.test_fingerprint import scanned
from tests.watch.recorder import Recorder, Watched
from trayapp.errors import TrayAppError
from trayapp.watch import Ignore, RootChange, Watcher, survey
from trayapp.watch.content.mark import is_trusted
from trayapp.watch.walk import walk


def test_the_first_scan_makes_the_fingerprint_known(watched: Watched) -> None:
    (change,) = watched.told.surveyed
    (state,) = watched.watcher.roots()
    assert change.fingerprint == state.fingerprint != ""
    assert (state.label, state.path, state.files) == ("site", str(watched.folder), 2)
    assert [state.status for state in watched.told.statuses] == ["watching"]


def test_the_fingerprint_of_a_change_is_that_of_a_fresh_start(watched: Watched) -> None:
    (watched.folder / "index.html").write_text("new")
    told = watched.wait_change("index.html").fingerprint
    recorder = Recorder()
    other = Watcher(recorder.on_change)
    other.add(str(watched.folder))
    other.start()
    try:
        wait_for(lambda: recorder.surveyed)
    finally:
        other.stop()
    assert recorder.surveyed[0].fingerprint == told == watched.watcher.roots()[0].fingerprint


def test_what_has_happened_by_now_is_told_or_known_to_come(watched: Watched) -> None:
    wait_for(lambda: not watched.watcher.tells())
    told = len(watched.told.changes)
    for number in range(50):
        (watched.folder / f"{number}.html").write_text("new")
    while watched.watcher.tells():
        pass
    paths = {one.path for change in watched.told.changes[told:] for one in change.paths}
    assert paths == {f"{number}.html" for number in range(50)}


def test_several_roots_are_told_apart(watched: Watched, tmp_path: Path) -> None:
    second = tmp_path / "second" / "site"
    second.mkdir(parents=True)
    assert watched.add(second).label == "site-2"
    (second / "index.html").write_text("x")
    change = watched.wait_change("index.html")
    assert change.label == "site-2"
    (watched.folder / "css" / "style.css").write_text("x")
    assert watched.wait_change("css/style.css").label == "site"


def test_a_root_inside_another_owns_its_files(watched: Watched) -> None:
    assert watched.add(watched.folder / "css").within == ("site",)
    wait_for(lambda: watched.state("site").files == 1)
    (watched.folder / "css" / "style.css").write_text("x")
    change = watched.wait_change("style.css")
    assert (change.label, change.within) == ("css", ("site",))
    watched.rest()
    assert not watched.told_of(["css/style.css"])
    watched.watcher.remove("css")
    wait_for(lambda: watched.state("site").files == 3)
    assert not watched.told_of(["css/style.css"])
    (watched.folder / "css" / "new.css").write_text("x")
    assert watched.wait_change("css/new.css").label == "site"


def test_a_removed_root_is_told_of_no_more(watched: Watched, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    watched.add(second)
    watched.watcher.remove("second")
    (second / "index.html").write_text("x")
    watched.rest()
    assert {change.label for change in watched.told.changes} == {"site"}
    assert [state.label for state in watched.watcher.roots()] == ["site"]


def test_a_root_may_be_added_again(watched: Watched) -> None:
    watched.watcher.remove("site")
    watched.add(watched.folder)
    (watched.folder / "index.html").write_text("x")
    watched.rest()
    assert len(watched.told_of(["index.html"])) == 1


@pytest.mark.parametrize("leave", [shutil.rmtree, lambda folder: folder.rename("away")])
def test_a_root_that_goes_and_comes_back_is_watched_again(
    watched: Watched, leave: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert callable(leave)
    leave(watched.folder)
    wait_for(lambda: watched.state("site").status == "gone")
    assert "gone" in watched.state("site").detail
    fresh = tmp_path / "fresh"
    (fresh / "css").mkdir(parents=True)
    (fresh / "index.html").write_text("again")
    fresh.rename(watched.folder)  # at once: half a root would be two changes
    wait_for(lambda: watched.state("site").status == "watching")
    kinds = {one.path: one.change for one in watched.wait_change("index.html").paths}
    assert kinds == {"index.html": "modified", "css/style.css": "deleted"}
    (watched.folder / "css" / "new.css").write_text("x")
    watched.wait_change("css/new.css")
    watched.rest()
    assert len(watched.told_of(["index.html"])) == 1


def test_a_root_that_comes_back_unchanged_is_no_change(watched: Watched, tmp_path: Path) -> None:
    watched.folder.rename(tmp_path / "away")
    wait_for(lambda: watched.state("site").status == "gone")
    (tmp_path / "away").rename(watched.folder)
    wait_for(lambda: watched.state("site").status == "watching")
    watched.rest()
    assert [paths for paths in watched.told.paths() if paths] == []


def test_a_root_replaced_at_once_is_watched_on(watched: Watched, tmp_path: Path) -> None:
    watched.folder.rename(tmp_path / "away")
    watched.folder.mkdir()
    (watched.folder / "index.html").write_text("of the new folder")
    watched.wait_change("index.html")
    (watched.folder / "index.html").write_text("changed there")
    wait_for(lambda: len(watched.told_of(["index.html"])) == 2)


class SlowScan:
    """Holds up the walks of the surveyor until `go` is set: those that arm when `arming`, else
    those that only read; ahead of the first file or, unless `before`, behind the last."""

    def __init__(self, *, arming: bool, before: bool) -> None:
        self.arming = arming
        self.before = before
        self.held = threading.Event()
        self.go = threading.Event()

    def walk(self, root: str, ignore: Ignore, **options: Any) -> Iterator[str]:
        slow = self.arming == ("enter" in options)
        for number, path in enumerate(walk(root, ignore, **options)):
            if slow and self.before and not number:
                self.hold()
            yield path
        if slow and not self.before:
            self.hold()

    def hold(self) -> None:
        self.held.set()
        self.go.wait(10)


@pytest.mark.parametrize("before", [True, False])
def test_saves_during_the_first_scan_are_told_at_once(
    site: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """The scan may read the file before or after the save: it counts in both cases, once."""
    scan = SlowScan(arming=False, before=before)
    monkeypatch.setattr("trayapp.watch.survey.walk", scan.walk)
    recorder = Recorder()
    recorder.folders["site"] = site
    watcher = Watcher(recorder.on_change)
    watcher.start()
    try:
        watcher.add(str(site))
        assert scan.held.wait(5)
        wait_for(lambda: watcher.roots()[0].status == "watching")
        (site / "index.html").write_text("saved meanwhile")
        wait_for(lambda: recorder.changes)
        assert [(one.path, one.change) for one in recorder.changes[0].paths] == [
            ("index.html", "modified")
        ]
        assert recorder.changes[0].fingerprint == ""
        scan.go.set()
        (introduced,) = wait_for(lambda: recorder.surveyed)
        assert introduced.fingerprint == str(scanned(site))
        assert len(recorder.changes) == 1
    finally:
        scan.go.set()
        watcher.stop()


def test_events_lost_during_a_survey_are_made_up_for_by_another(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = SlowScan(arming=True, before=False)
    monkeypatch.setattr("trayapp.watch.survey.walk", scan.walk)
    root = watched.watcher._roots["site"]
    crew = watched.watcher._crew
    assert crew is not None
    crew.teller.unsure(root)
    assert scan.held.wait(5)
    station = crew._surveyor._stations[root]
    assert station.feed is not None
    station.feed.close()
    (watched.folder / "index.html").write_text("missed")
    crew.teller.unsure(root)
    scan.go.set()
    watched.wait_change("index.html")
    (watched.folder / "css" / "style.css").write_text("heard again")
    watched.wait_change("css/style.css")


def test_what_happened_between_stop_and_start_is_told(watched: Watched) -> None:
    watched.watcher.stop()
    (watched.folder / "index.html").write_text("meanwhile")
    watched.watcher.start()
    watched.wait_change("index.html")
    watched.rest()
    assert len(watched.told_of(["index.html"])) == 1


def test_a_stop_in_the_middle_of_a_survey_hides_no_deletion(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the survey that was cut off had found may be gone when the next one begins."""

    def cut_off(root: str, ignore: Ignore, **options: Any) -> Iterator[str]:
        yield from walk(root, ignore, **options)
        raise survey._GivenUp

    root, crew = watched.watcher._roots["site"], watched.watcher._crew
    assert crew is not None

    def trusted() -> bool:
        """Whether nothing is read again that looks as before."""
        crew.teller.unsure(root)
        watched.quiet()
        return is_trusted(root.fingerprint.look("index.html") or 0)

    wait_for(trusted)
    with monkeypatch.context() as patch:
        patch.setattr(survey, "_PIECE", 1)
        patch.setattr(survey, "walk", cut_off)
        crew.teller.unsure(root)
        wait_for(lambda: "index.html" in root.seen)
        watched.watcher.stop()
    (watched.folder / "index.html").unlink()
    watched.watcher.start()
    watched.wait_change("index.html")


def test_stop_ends_every_thread_and_may_be_repeated(site: Path) -> None:
    files = open_files()
    for _ in range(20):
        watcher = Watcher(lambda _change: None)
        watcher.add(str(site))
        watcher.start()
        watcher.start()
        watcher.stop()
        watcher.stop()
    assert [t.name for t in threading.enumerate() if t.name.startswith("trayapp")] == []
    assert open_files() <= files


def test_stop_from_a_callback_does_not_hang(site: Path) -> None:
    stopped = threading.Event()

    def on_change(_change: RootChange) -> None:
        watcher.stop()
        stopped.set()

    watcher = Watcher(on_change)
    watcher.add(str(site))
    watcher.start()
    assert stopped.wait(5)


def test_a_fault_of_the_listener_makes_nobody_deaf(
    site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[RootChange] = []

    def on_change(change: RootChange) -> None:
        told.append(change)
        raise ValueError("a fault")

    watcher = Watcher(on_change)
    watcher.add(str(site))
    watcher.start()
    try:
        wait_for(lambda: told)
        (site / "index.html").write_text("new")
        wait_for(lambda: len(told) == 2)
        assert "a fault" in caplog.text
    finally:
        watcher.stop()


def refusal(path: str) -> TrayAppError:
    with pytest.raises(TrayAppError) as caught:
        Watcher(lambda _change: None).add(path)
    return caught.value


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    error = refusal(str(tmp_path / "no such"))
    assert error.message == f"The folder {tmp_path}/no such does not exist."
    assert f"mkdir -p '{tmp_path}/no such'" in error.hint
    assert "does not exist" in refusal("~nobody-of-this-name/site").message
    assert "does not exist" in refusal("a\0b").message
    assert refusal(" ").message == "No folder was named."


def test_a_file_instead_of_a_folder_is_named(site: Path) -> None:
    error = refusal(str(site / "index.html"))
    assert error.message == f"{site}/index.html is a file, not a folder."
    assert error.hint.endswith(f"trayapp run {site}")


def test_a_folder_that_may_not_be_read_is_named(site: Path) -> None:
    site.chmod(0)
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    try:
        error = refusal(str(site))
    finally:
        if was_root:
            os.seteuid(0)
        site.chmod(0o700)
    assert error.message == f"The folder {site} may not be read by this user."
    assert error.hint == f"See who may: ls -ld {site}"


def test_a_folder_is_watched_once_only(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(watched.folder)
    for path in (str(watched.folder), f"{watched.folder}/css/..", str(tmp_path / "link")):
        with pytest.raises(TrayAppError, match="watched already, as site"):
            watched.watcher.add(path)
    with pytest.raises(TrayAppError, match="The label site is taken"):
        watched.watcher.add(str(tmp_path), "site")


def test_an_unknown_label_is_named_with_the_known_ones(watched: Watched) -> None:
    with pytest.raises(TrayAppError, match=r"called other\. Watched folders: site\."):
        watched.watcher.remove("other")
