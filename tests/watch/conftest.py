"""A watcher on a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.watch.recorder import Recorder, Watched
from tests.watch.writer import Writer
from trayapp.watch import Watcher


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "css").mkdir(parents=True)
    (folder / "index.html").write_bytes(b"old")
    (folder / "css" / "style.css").write_bytes(b"old")
    return folder


@pytest.fixture
def watched(site: Path) -> Iterator[Watched]:
    recorder = Recorder()
    watcher = Watcher(recorder.on_change, recorder.on_status)
    it = Watched(watcher, recorder, site)
    try:
        watcher.start()
        it.add(site)
        yield it
    finally:
        watcher.stop()


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    """A process that saves."""
    process = Writer()
    try:
        yield process
    finally:
        process.stop()
