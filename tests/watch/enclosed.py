"""What a watcher does in surroundings that a test must not make for everybody: run by
`test_enclosed` in namespaces of its own, as `python -m tests.watch.enclosed DEED FOLDER`.

Limits are set below /proc/sys/user, which is each namespace's own, unlike /proc/sys/fs.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from tests.support import wait_for
from tests.watch.ear import listening, wake_ups
from tests.watch.recorder import Recorder
from trayapp.state import RootState
from trayapp.watch import Watcher
from trayapp.watch.hearing.prune import PrunedObserver

OWN_LIMITS = Path("/proc/sys/user")


class Watch:
    """A watcher with one root."""

    def __init__(self, watcher: Watcher, told: Recorder, folder: Path) -> None:
        self.watcher = watcher
        self.told = told
        self.folder = folder

    @property
    def state(self) -> RootState:
        return self.watcher.roots()[0]

    def wait_status(self, status: str) -> RootState:
        wait_for(lambda: self.state.status == status, 10, status)
        return self.state

    def save(self, name: str, content: str, through: Path | None = None) -> None:
        """Save a file of the root, or of the folder `through` behind it, and wait for the news."""
        (through or self.folder).joinpath(name).write_text(content)
        seen, wanted = self.told.seen, content.encode()
        wait_for(lambda: any(s.get(name) == wanted for s in seen), 10, f"{name}; {seen}")


@contextmanager
def watching(folder: Path) -> Iterator[Watch]:
    told = Recorder()
    told.folders["site"] = folder
    watcher = Watcher(told.on_change, told.on_status)
    watcher.start()
    try:
        watcher.add(str(folder), "site")
        yield Watch(watcher, told, folder)
    finally:
        watcher.stop()


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True, timeout=20)


def made(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).mkdir(parents=True)
    return [folder / name for name in names]


def watches_run_out(folder: Path) -> None:
    (site,) = made(folder, "site")
    made(site, *(f"{number:02}/below" for number in range(30)))
    (OWN_LIMITS / "max_inotify_watches").write_text("24")
    with watching(site) as it:
        state = it.wait_status("polling")
        assert "sudo sysctl fs.inotify.max_user_watches=" in state.detail, state
        for number in range(29):
            (site / f"{number:02}/below/a.html").write_text("x")
        it.save("29/below/a.html", "x")
        everywhere = [f"{number:02}/below/a.html" for number in range(30)]
        wait_for(lambda: sorted(chain(*it.told.paths())) == everywhere, 10)
        made(site, "new")
        time.sleep(1)  # a file that lies in a new folder at once is found with it
        it.save("new/a.html", "x")
        it.save("index.html", "x")


def watches_run_out_later(folder: Path) -> None:
    (site,) = made(folder, "site")
    with watching(site) as it:
        it.wait_status("watching")
        (OWN_LIMITS / "max_inotify_watches").write_text("1")
        made(site, "new/below")
        it.wait_status("polling")
        it.save("new/below/a.html", "x")
        (OWN_LIMITS / "max_inotify_watches").write_text("1000")


def no_reader_is_free(folder: Path) -> None:
    (site,) = made(folder, "site")
    (OWN_LIMITS / "max_inotify_instances").write_text("0")
    with watching(site) as it:
        state = it.wait_status("polling")
        assert "sudo sysctl fs.inotify.max_user_instances=" in state.detail, state
        it.save("index.html", "x")


def root_is_unmounted(folder: Path) -> None:
    (site,) = made(folder, "site")
    run("mount", "-t", "tmpfs", "tmpfs", site)
    with listening(PrunedObserver(), site) as (_, ear):
        run("umount", site)
        wait_for(lambda: ear.doubts)
        assert ear.doubts == 1
    run("mount", "-t", "tmpfs", "tmpfs", site)
    (site / "index.html").write_text("first")
    with watching(site) as it:
        it.wait_status("watching")
        run("umount", site)
        it.wait_status("gone")
        assert it.told.changes == []
        run("mount", "-t", "tmpfs", "tmpfs", site)
        (site / "index.html").write_text("second")
        it.wait_status("watching")
        wait_for(lambda: {"index.html": b"second"} in it.told.seen)
        it.save("index.html", "third")


def folder_in_root_is_unmounted(folder: Path) -> None:
    site, media = made(folder, "site", "site/media")
    run("mount", "-t", "tmpfs", "tmpfs", media)
    (media / "a.html").write_text("x")
    with watching(site) as it:
        it.wait_status("watching")
        run("umount", media)
        wait_for(lambda: {"media/a.html": b"<gone>"} in it.told.seen, 10)
        it.wait_status("watching")
        it.save("media/b.html", "x")


def something_is_mounted_over(folder: Path) -> None:
    """As when a disk is connected after the start. No file event tells."""
    site, media = made(folder, "site", "site/media")
    (site / "index.html").write_text("below")
    with watching(site) as it:
        it.wait_status("watching")
        before = wake_ups("trayapp-watch-vigil")
        it.save("index.html", "again")
        assert wake_ups("trayapp-watch-vigil") == before
        run("mount", "-t", "tmpfs", "tmpfs", media)
        wait_for(lambda: wake_ups("trayapp-watch-vigil") > before)
        it.wait_status("watching")
        (media / "a.html").write_text("in it")
        wait_for(lambda: {"media/a.html": b"in it"} in it.told.seen)
        run("mount", "-t", "tmpfs", "tmpfs", site)
        (site / "b.html").write_text("on it")
        wait_for(lambda: any(seen.get("b.html") == b"on it" for seen in it.told.seen), 10)
        it.wait_status("watching")
        it.save("c.html", "x")


def root_is_an_overlay(folder: Path) -> None:
    """What is written to the upper layer behind its back is told by nobody."""
    run("mount", "-t", "tmpfs", "tmpfs", folder)
    lower, upper, work, site = made(folder, "lower", "upper", "work", "site")
    (lower / "css").mkdir()
    (lower / "css" / "a.css").write_text("old")
    layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
    run("mount", "-t", "overlay", "overlay", "-o", layers, site)
    with listening(PrunedObserver(), site) as (feed, ear):
        assert feed.hears(5.0)
        (site / "index.html").write_text("x")
        (site / "css" / "a.css").write_text("copied up")
        wait_for(lambda: "finished" in ear.of("index.html"))
        wait_for(lambda: "finished" in ear.of("css/a.css"))
        (upper / "behind.html").write_text("x")
        (site / "last.html").write_text("x")
        wait_for(lambda: "finished" in ear.of("last.html"))
        assert ear.of("behind.html") == []
    with watching(site) as it:
        assert "overlay" in it.wait_status("polling").detail
        it.save("index.html", "through")
        it.save("other.html", "behind", through=upper)
    run("umount", site)


def root_is_an_overlay_of_a_container(folder: Path) -> None:
    """The upper layer is out of reach there: nobody can write behind, events are to be believed."""
    run("mount", "-t", "tmpfs", "tmpfs", folder)
    lower, upper, work, site = made(folder, "lower", "hidden/upper", "hidden/work", "site")
    layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
    run("mount", "-t", "overlay", "overlay", "-o", layers, site)
    run("mount", "-t", "tmpfs", "tmpfs", folder / "hidden")
    with watching(site) as it:
        it.wait_status("watching")
        it.save("index.html", "x")
    run("umount", site)


def root_is_shown_by_a_program(folder: Path) -> None:
    """bindfs shows another folder: what is saved there is told by nobody."""
    source, site = made(folder, "source", "site")
    shower = subprocess.Popen(["bindfs", "-f", source, site])
    try:
        wait_for(site.is_mount)
        with listening(PrunedObserver(), site) as (_, ear):
            (source / "behind.html").write_text("x")
            (site / "last.html").write_text("x")
            wait_for(lambda: "finished" in ear.of("last.html"))
            assert ear.of("behind.html") == []
        with watching(site) as it:
            assert "fuse" in it.wait_status("polling").detail
            it.save("index.html", "through")
            it.save("other.html", "behind", through=source)
    finally:
        shower.terminate()
        shower.wait(10)


DEEDS: dict[str, Callable[[Path], None]] = {
    deed.__name__: deed
    for deed in (
        watches_run_out,
        watches_run_out_later,
        no_reader_is_free,
        root_is_unmounted,
        folder_in_root_is_unmounted,
        something_is_mounted_over,
        root_is_an_overlay,
        root_is_an_overlay_of_a_container,
        root_is_shown_by_a_program,
    )
}


if __name__ == "__main__":
    os.chdir("/")  # else a mount on the working directory could not be undone
    DEEDS[sys.argv[1]](Path(sys.argv[2]))
