"""Whether threads wait for a processor, as Linux tells it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import wait_for
from trayapp.watch import processor


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (b"0.66 1.07 0.82 3/102 4711\n", 3),
        (b"0.00 0.00 0.00 0/0 0\n", 0),
        (b"0.66 1.07 0.82 /102 4711\n", 0),
        (b"0.66 1.07", 0),
        (b"", 0),
    ],
)
def test_the_threads_that_could_run_are_counted(text: bytes, count: int) -> None:
    assert processor.ready(text) == count


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_more_work_than_processors_is_a_crowd() -> None:
    """Twice as many busy programs as processors, for a moment."""
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(2 * (os.cpu_count() or 1))
    ]
    try:
        wait_for(processor.is_crowded)
    finally:
        for program in busy:
            program.kill()
            program.wait()
    wait_for(lambda: not processor.is_crowded(), 20)


def test_where_nobody_tells_there_is_no_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "_LOAD", Path("/proc/none"))
    assert not processor.is_crowded()
