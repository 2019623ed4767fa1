"""More happens than the kernel keeps for a program that does not get to read."""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.streams import open_stream
from tests.support import Running, wait_for

if sys.platform != "linux":
    pytest.skip("inotify is Linux's", allow_module_level=True)


@pytest.mark.timeout(60)
def test_a_program_that_was_stopped_tells_once_what_it_missed(
    run_trayapp: Callable[..., Running], site: Path
) -> None:
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 100_000:
        pytest.skip(f"this system keeps {most} events")
    (site / "a").write_text("x")
    running = run_trayapp(site)
    reader = open_stream(running.port)
    told: list[str] = []

    def paths() -> list[str]:
        for event in reader.rest(0.2):
            if event.type == "change":
                told.extend(one["path"] for one in json.loads(event.data)["paths"])
        return told

    def is_watching() -> bool:
        (site / "index.html").write_text(os.urandom(4).hex())
        return "index.html" in paths()

    try:
        wait_for(is_watching, 15)
        told.clear()
        os.kill(running.pid, signal.SIGSTOP)
        try:
            for _ in range(most // 4 + 10):  # four events a round
                (site / "a").rename(site / "b")
                (site / "b").rename(site / "a")
            (site / "new" / "deep").mkdir(parents=True)
            (site / "new" / "deep" / "a.html").write_text("missed")
            (site / "index.html").write_text("missed")
            (site / "css" / "style.css").unlink()
        finally:
            os.kill(running.pid, signal.SIGCONT)
        missed = {"new/deep/a.html", "index.html", "css/style.css"}
        wait_for(lambda: missed <= set(paths()), 20, str(told))
        assert len(paths()) == len(set(told))
        assert set(told) <= missed | {"a", "b"}
        (site / "new" / "deep" / "b.html").write_text("heard again")
        wait_for(lambda: "new/deep/b.html" in paths(), 10)
    finally:
        reader.close()
