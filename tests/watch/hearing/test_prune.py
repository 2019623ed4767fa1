"""Ignored folders are never armed, nothing is lost, nothing costs more than it must."""

import errno
import logging
import os
import resource
import select
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support import wait_for
from tests.watch.ear import Ear, feed_of, listening
from tests.watch.recorder import Watched
from trayapp.watch.feed import Kind
from trayapp.watch.hearing import filesystem
from trayapp.watch.hearing.probe import PREFIX
from trayapp.watch.ignoring.ignore import Ignore

if sys.platform != "linux":
    pytest.skip("inotify is Linux's", allow_module_level=True)

from trayapp.watch.hearing import opening, prune
from trayapp.watch.hearing.inotify import IN, Event, Inotify


def masks() -> list[int]:
    """Those of all inotify watches of this process."""
    found = []
    for info in Path("/proc/self/fdinfo").iterdir():
        try:
            lines = info.read_text().splitlines()
        except FileNotFoundError:  # the descriptor of the listing itself
            continue
        watches = [line.split() for line in lines if line.startswith("inotify wd:")]
        found += [int(words[4].removeprefix("mask:"), 16) for words in watches]
    return found


def armed_folders() -> int:
    """All watches of this process that tell what happens inside a folder."""
    return len([mask for mask in masks() if mask & IN.IN_CREATE])


def test_ignored_folders_are_never_armed(watched: Watched) -> None:
    before = armed_folders()
    assert before == 2  # the root and css
    (watched.folder / "node_modules" / "a" / "b").mkdir(parents=True)
    (watched.folder / ".git" / "objects").mkdir(parents=True)
    (watched.folder / "js" / "node_modules" / "c").mkdir(parents=True)
    watched.rest()
    assert armed_folders() == before + 1
    (watched.folder / "js" / "node_modules").rename(watched.folder / "js" / "lib")
    (watched.folder / "js" / "lib" / "c" / "x.js").write_text("x")
    watched.wait_change("js/lib/c/x.js")
    assert armed_folders() == before + 3


def test_armed_folders_go_with_their_folder_and_their_root(
    watched: Watched, tmp_path: Path
) -> None:
    (watched.folder / "a" / "b").mkdir(parents=True)
    watched.rest()
    assert armed_folders() == 4
    (watched.folder / "a").rename(tmp_path / "away")
    watched.rest()
    assert armed_folders() == 2
    watched.watcher.remove("site")
    wait_for(lambda: not masks())


def test_a_file_moved_out_delays_nobody(watched: Watched, tmp_path: Path) -> None:
    """With watchdog's own emitter: 500 ms."""
    (watched.folder / "index.html").rename(tmp_path / "index.html")
    before = time.monotonic()
    (watched.folder / "css" / "style.css").write_text("new")
    watched.wait_change("css/style.css")
    assert watched.told.times[0] - before < 0.2


def test_a_fault_in_an_event_is_logged_and_makes_nobody_deaf(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(prune.PrunedFeed, "_take", lambda self, event: 1 / 0)
    (watched.folder / "index.html").write_text("new")
    wait_for(lambda: "was missed" in caplog.text)
    monkeypatch.undo()
    watched.wait_change("index.html")


def refuse(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """As if the system's limit of watches were reached before folders of these names."""
    real = Inotify.listen

    def listen(
        self: Inotify, path: str, mask: int, hearer: prune.PrunedFeed, **more: bool
    ) -> object:
        if Path(path).name in names and mask & IN.IN_CREATE:
            raise OSError(errno.ENOSPC, "inotify watch limit reached")
        return real(self, path, mask, hearer, **more)

    monkeypatch.setattr(Inotify, "listen", listen)


def test_folders_beyond_the_limit_are_unheard_and_the_rest_is_heard(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site / "js" / "lib").mkdir(parents=True)
    refuse(monkeypatch, "js")
    with listening(prune.PrunedObserver(), site) as (feed, ear):
        assert set(feed.unheard) == {"js"}
        assert "sudo sysctl fs.inotify.max_user_watches=" in feed.problem
        assert feed.hears(5.0)
        assert ear.doubts == 0
        (site / "css" / "a.css").write_text("x")
        wait_for(lambda: "finished" in ear.of("css/a.css"))
        (site / "js").rename(site.parent / "js")
        wait_for(lambda: not feed.unheard)
        assert feed.problem == ""


def test_a_new_folder_beyond_the_limit_is_made_known(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site / "js").mkdir()
    refuse(monkeypatch, "js", "new", "newer")
    with listening(prune.PrunedObserver(), site) as (feed, ear):
        assert (set(feed.unheard), ear.doubts) == ({"js"}, 0)
        (site / "js").rmdir()
        wait_for(lambda: not feed.unheard)
        (site / "new").mkdir()
        wait_for(lambda: ear.doubts)
        (site / "newer").mkdir()
        wait_for(lambda: set(feed.unheard) == {"new", "newer"})
        (site / "new").rmdir()
        wait_for(lambda: set(feed.unheard) == {"newer"})
        assert ear.doubts == 1


def test_a_root_beyond_the_limit_is_unheard_as_a_whole(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "site")
    with listening(prune.PrunedObserver(), site) as (feed, _):
        assert set(feed.unheard) == {""}
        assert not feed.hears(0.1)
        assert armed_folders() == 0


def test_a_system_without_a_free_reader_is_named_with_its_remedy_until_there_is_one(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> int:
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    observer = prune.PrunedObserver()
    monkeypatch.setattr(
        "trayapp.watch.hearing.inotify.InotifyFD._create_inotify_fd", staticmethod(refuse)
    )
    with listening(observer, site) as (feed, ear):
        assert tuple(feed.unheard) == ("",)
        assert not feed.hears(0.1)
        assert "sudo sysctl fs.inotify.max_user_instances=" in feed.problem
        monkeypatch.undo()
        again = feed_of(observer, site, ear)
        assert again.hears(5.0)
        assert "trayapp-watch-vigil" in {thread.name for thread in threading.enumerate()}
        again.close()


def test_no_open_files_left_is_another_limit(site: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208
    fillers = [os.open("/dev/null", os.O_RDONLY) for _ in range(3)]
    while fillers[-1] <= highest:
        fillers.append(os.open("/dev/null", os.O_RDONLY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (fillers[-1] + 1, limits[1]))
    observer = prune.PrunedObserver()
    try:
        observer.start()
        problem = observer.feed(str(site), Ignore(), Ear()).problem
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for filler in fillers:
            os.close(filler)
        observer.stop(5.0)
    assert "ulimit -n" in problem


def test_the_self_test_leaves_no_trace(site: Path) -> None:
    """Neither in the folder nor in what wakes us: a page load opens files."""
    before = site.stat()
    with listening(prune.PrunedObserver(), site) as (feed, ear):
        armed = sorted(masks())
        assert feed.hears(5.0)
        assert sorted(masks()) == armed
        assert (site.stat().st_mtime_ns, site.stat().st_ctime_ns) == (
            before.st_mtime_ns,
            before.st_ctime_ns,
        )
        assert (ear.told, ear.doubts) == ([], 0)


def test_a_reader_that_hears_nothing_fails_the_self_test(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(prune.PrunedObserver(), site) as (feed, _):
        monkeypatch.setattr(opening.Opening, "on_event", lambda self, event: None)
        assert not feed.hears(0.1)
        monkeypatch.undo()
        assert feed.hears(5.0)
        for entry in site.rglob("*"):
            if entry.is_file():
                entry.unlink()
        (site / "css").rmdir()
        site.rmdir()
        assert not feed.hears(0.1)


@pytest.mark.parametrize("deaf", [False, True])
def test_a_doubtful_file_system_has_to_tell_of_a_file(
    site: Path, monkeypatch: pytest.MonkeyPatch, deaf: bool
) -> None:
    strange = filesystem.FileSystem("strangefs", "/", doubtful=True)
    monkeypatch.setattr(filesystem, "of", lambda path: strange)
    with listening(prune.PrunedObserver(), site) as (feed, ear):
        if deaf:
            monkeypatch.setattr(prune.PrunedFeed, "_take", lambda self, event: None)
        assert feed.hears(0.2 if deaf else 5.0) is not deaf
        assert ear.told == []
        assert not list(site.glob(f"{PREFIX}*"))


def test_a_followed_link_is_armed_and_guarded(site: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (site / "link").symlink_to(elsewhere)
    with listening(prune.PrunedObserver(), site) as (feed, ear):
        feed.arm("link")  # not to be followed
        assert armed_folders() == 2
        feed.arm("link", followed=True)
        assert armed_folders() == 3
        (elsewhere / "a.html").write_text("x")
        wait_for(lambda: "finished" in ear.of("link/a.html"))
        elsewhere.rename(tmp_path / "away")
        wait_for(lambda: ear.doubts == 1)


def test_a_link_in_the_place_of_a_new_folder_takes_nothing_away(tmp_path: Path) -> None:
    """The folder was told of; before we came to look, a link back to the root stood there."""
    site = tmp_path / "up" / "site"
    (site / "css").mkdir(parents=True)
    with listening(prune.PrunedObserver(), site) as (feed, ear):
        assert isinstance(feed, prune.PrunedFeed)
        (site / "new").symlink_to("..")
        feed._explore("new", "found")
        for name in ("a.html", "css/a.css"):
            (site / name).write_text("x")
            wait_for(lambda name=name: "finished" in ear.of(name))  # type: ignore[misc]


@pytest.mark.parametrize("link", [False, True])
def test_a_folder_met_under_its_new_name_first_is_known_by_that(site: Path, link: bool) -> None:
    """It was moved into a new folder, which we come to look at before we hear that it has left."""
    with listening(prune.PrunedObserver(), site) as (feed, ear):
        (site / "css").rename(site.parent / "css")
        wait_for(lambda: "gone" in ear.of("css"))
        (site / "css").mkdir()
        wait_for(lambda: armed_folders() == 2)
        feed.arm("css")
        (site / "js").mkdir()
        wait_for(lambda: armed_folders() == 3)
        assert isinstance(feed, prune.PrunedFeed)
        inside = {path for path, _ in feed._watches.values()}
        assert inside == {"", "css", "js"}
        feed._take = lambda event: None  # type: ignore[method-assign]
        (site / "css").rename(site / "js" / "css")
        if link:
            (site / "css").symlink_to("js/css")
        feed.arm("js/css")
        assert {path for path, _ in feed._watches.values()} == {"", "js", "js/css"}


def test_an_overflow_is_noticed_for_real(site: Path) -> None:
    """The reader is held up while more happens than the kernel keeps for it."""
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 100_000:
        pytest.skip(f"this system keeps {most} events")
    go_on, stuck = threading.Event(), threading.Event()

    class Slow(Ear):
        def heard(self, kind: Kind, *paths: str) -> None:
            stuck.set()
            go_on.wait(20)
            super().heard(kind, *paths)

    ear, observer = Slow(), prune.PrunedObserver()
    observer.start()
    try:
        feed = feed_of(observer, site, ear)
        a, b = site / "a", site / "b"
        a.write_text("x")
        stuck.wait(5)
        for _ in range(most // 4 + 10):  # four events a round
            a.rename(b)
            b.rename(a)
        assert ear.doubts == 0
        go_on.set()
        wait_for(lambda: ear.doubts == 1, 20)
        feed.close()
    finally:
        go_on.set()
        observer.stop(5.0)


def test_what_an_overflow_lost_is_told_once(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New folders are armed as well."""
    lost = threading.Event()
    monkeypatch.setattr(prune.PrunedFeed, "_take", lambda self, event: lost.set())
    (watched.folder / "index.html").write_text("missed")
    (watched.folder / "new").mkdir()
    (watched.folder / "new" / "a.html").write_text("missed")
    (watched.folder / "css" / "style.css").unlink()
    lost.wait(5)
    time.sleep(0.1)  # the reader takes all there is at once
    monkeypatch.undo()
    crew: Any = watched.watcher._crew
    wd: Any = -1
    inotify = crew._observer._inotify
    overflow = Event(wd, IN.IN_Q_OVERFLOW, 0, b"")
    inotify._reader.handle_event(overflow)
    change = watched.wait_change("index.html", "new/a.html", "css/style.css")
    assert len(change.paths) == 3
    wait_for(lambda: watched.state("site").status == "watching")
    (watched.folder / "new" / "b.html").write_text("x")
    watched.wait_change("new/b.html")


def sleeps() -> dict[str, int]:
    """How often each thread has gone to sleep, but for the one that asks."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        counts = [int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt")]
        if task.name != str(threading.get_native_id()):
            found[task.name] = counts[0]
    return found


def come_to_rest() -> dict[str, int]:
    """The same, once nobody has gone to sleep for 0.2 s: a thread that has done its work is still
    on its way there, on a busy machine for a while."""

    def slept() -> dict[str, int] | None:
        before = sleeps()
        time.sleep(0.2)
        return before if sleeps() == before else None

    return wait_for(slept, 10, "all threads to sleep")


def idle(seconds: float) -> tuple[dict[str, int], dict[str, int]] | None:
    """How often each thread has gone to sleep before and after so long a rest; None when something
    was mounted on this computer meanwhile, for then the vigil has to look around."""
    with Path("/proc/self/mountinfo").open() as table:
        mounts = select.poll()
        mounts.register(table, select.POLLPRI)
        before = come_to_rest()
        time.sleep(seconds)
        after = sleeps()
        return None if mounts.poll(0) else (before, after)


def test_idle_means_no_wake_up_at_all(watched: Watched) -> None:
    (watched.folder / "index.html").write_text("new")
    watched.rest()
    watched.quiet()
    before, after = wait_for(lambda: idle(1.5), 60, "a while without anything mounted")
    assert after == before
    assert len(before) >= 3
