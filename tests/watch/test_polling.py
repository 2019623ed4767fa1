"""A root of which the system tells nothing is swept again and again."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import wait_for
from tests.watch import patterns
from tests.watch.recorder import Recorder, Watched
from trayapp.watch import Ignore, Watcher
from trayapp.watch.feed import Sink
from trayapp.watch.hearing import filesystem
from trayapp.watch.hearing.deaf import DeafFeed

WHY = "Nothing is told here."


class DeafObserver:
    """A system without file events. `feeds` counts the surveys, `why` is what each says of it."""

    def __init__(self, why: str = WHY) -> None:
        self.feeds = 0
        self.why = why

    def start(self) -> None:
        pass

    def catches_up(self, timeout: float) -> bool:
        return True

    def feed(self, root: str, ignore: Ignore, sink: Sink) -> DeafFeed:
        self.feeds += 1
        return DeafFeed(self.why)

    def stop(self, timeout: float) -> None:
        pass


@pytest.fixture
def observer() -> DeafObserver:
    return DeafObserver()


@pytest.fixture
def polled(site: Path, observer: DeafObserver) -> Iterator[Watched]:
    recorder = Recorder()
    watcher = Watcher(recorder.on_change, recorder.on_status, observe=lambda: observer)
    it = Watched(watcher, recorder, site)
    try:
        watcher.start()
        watcher.add(str(site))
        recorder.folders["site"] = site
        wait_for(lambda: recorder.surveyed)
        yield it
    finally:
        watcher.stop()


def test_it_says_that_it_polls_and_why(polled: Watched) -> None:
    state = polled.state("site")
    assert (state.status, state.detail, state.files) == ("polling", WHY, 2)


def test_a_file_system_without_a_name_is_not_named(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem, "of", lambda path: filesystem.FileSystem("", ""))
    recorder = Recorder()
    watcher = Watcher(recorder.on_change, recorder.on_status, observe=lambda: DeafObserver(""))
    watcher.start()
    try:
        watcher.add(str(site))
        wait_for(lambda: recorder.surveyed)
        details = {root.detail for root in watcher.roots()}
    finally:
        watcher.stop()
    assert details == {"File events do not come on this file system."}


def test_saves_births_deaths_and_moves_are_told(polled: Watched) -> None:
    (polled.folder / "index.html").write_text("new")
    assert polled.wait_change("index.html").paths[0].change == "modified"
    (polled.folder / "js").mkdir()
    (polled.folder / "js" / "a.js").write_text("1")
    assert polled.wait_change("js/a.js").paths[0].change == "created"
    (polled.folder / "js").rename(polled.folder / "scripts")
    polled.wait_change("js/a.js", "scripts/a.js")
    (polled.folder / "css" / "style.css").unlink()
    assert polled.wait_change("css/style.css").paths[0].change == "deleted"


def test_a_touch_is_no_change(polled: Watched) -> None:
    (polled.folder / "index.html").touch()
    (polled.folder / "css" / "style.css").write_text("new")
    assert len(polled.wait_change("css/style.css").paths) == 1


def test_a_slow_writer_is_waited_for(polled: Watched) -> None:
    patterns.chunks_100ms(polled.folder / "index.html", b"first and second and third")
    polled.wait_change("index.html")
    assert polled.told.seen[0]["index.html"] == b"first and second and third"


def test_a_root_that_goes_and_comes_back_is_polled_again(polled: Watched) -> None:
    shutil.rmtree(polled.folder)
    wait_for(lambda: polled.state("site").status == "gone")
    polled.folder.mkdir()
    (polled.folder / "index.html").write_text("back")
    polled.wait_change("index.html")
    assert polled.state("site").status == "polling"


def test_a_root_that_is_gone_is_so_whatever_others_are_added(polled: Watched) -> None:
    shutil.rmtree(polled.folder)
    wait_for(lambda: polled.state("site").status == "gone")
    inner = polled.watcher.add(str(polled.folder / "inner"), missing_ok=True)
    wait_for(lambda: polled.state(inner.label).status == "gone")
    assert polled.state("site").status == "gone"
    (polled.folder / "inner").mkdir(parents=True)
    wait_for(lambda: polled.state("site").status == "polling")
    polled.quiet()


def test_after_the_computer_has_slept_the_root_is_proved_anew(
    polled: Watched, observer: DeafObserver
) -> None:
    crew = polled.watcher._crew
    assert crew is not None
    before = observer.feeds
    crew._surveyor._lag -= 60  # as if the monotonic clock had stood still for a minute
    wait_for(lambda: observer.feeds == before + 1)
    (polled.folder / "index.html").write_text("after the sleep")
    polled.wait_change("index.html")
    assert observer.feeds == before + 1
