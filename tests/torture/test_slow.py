"""Readers that stop reading cost the bounded history and delay nobody."""

import logging
import statistics
import threading
import time
from typing import Self

import pytest

from tests.support import Running
from tests.torture.crowd import Crowd, Follower, disordered, duplicates, stalled
from tests.torture.footprint import footprint
from tests.torture.publisher import publish
from tests.torture.scale import FULL, TIMEOUT, scaled

logger = logging.getLogger(__name__)

KIB, MIB = 1024, 1024 * 1024
SIZE = 64 * KIB
"""Of one event: the largest there is."""

RING = 8 * MIB
"""Characters of data that the bus holds."""

TARGET = "/stream?topic=t"
STALLED = scaled(10, 50)
EVENTS = scaled(5, 100) * MIB // SIZE
QUICK = 3

pytestmark = pytest.mark.timeout(TIMEOUT)


class Quick:
    """Readers that take everything at once, on a thread of their own, until the end of the `with`.
    `times` are the seconds from each publish until the last of them had the event."""

    def __init__(self, port: int) -> None:
        self.times: list[float] = []
        self._port = port
        self._crowd = Crowd(port, QUICK, TARGET, pieces=(1 << 18,))
        self._crowd.gather()
        self._arrived = threading.Semaphore(0)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    @property
    def followers(self) -> list[Follower]:
        return self._crowd.followers

    def publish(self, count: int, size: int) -> list[str]:
        """Publish one after the other, each when the one before has arrived; the ids."""
        ids = []
        for _ in range(count):
            began = time.monotonic()
            ids.append(publish(self._port, b"x" * size))
            assert self._arrived.acquire(timeout=10), "an event did not arrive within 10 s"
            self.times.append(time.monotonic() - began)
        return ids

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._crowd.close()

    def _read(self) -> None:
        told = 0

        def news() -> int:
            return min(len(follower.got) for follower in self.followers) - told

        while not self._over.is_set():
            self._crowd.follow(lambda: news() > 0 or self._over.is_set(), 1)
            while news() > 0:
                self._arrived.release()
                told += 1


def test_stalled_readers_cost_the_history_and_delay_nobody(program: Running) -> None:
    idle = footprint(program.pid).memory
    with Quick(program.port) as quick:
        quick.publish(2 * RING // SIZE, SIZE)  # the history is full from here on
        unloaded, quick.times = quick.times, []
        before = footprint(program.pid).memory
        logger.info("a full history costs %.1f MiB", (before - idle) / MIB)
        assert before - idle <= RING + 8 * MIB
        with stalled(program.port, STALLED, TARGET) as readers:
            ids = quick.publish(EVENTS, SIZE)
            grown = footprint(program.pid).memory - before
            _tell(unloaded, quick.times, grown)

            for follower in quick.followers:
                assert [event.id for event in follower.got[-EVENTS:]] == ids
                assert (duplicates(follower.got), disordered(follower.got)) == (0, 0)
            assert grown <= RING + STALLED * 64 * KIB
            assert not FULL or _p99(quick.times) <= 2 * _p99(unloaded)
            for reader in readers:
                _check_that_it_resumes(program.port, reader, ids)


def test_readers_that_stall_while_they_catch_up_cost_64_kib_each(program: Running) -> None:
    ids = [publish(program.port, b"x" * SIZE) for _ in range(2 * RING // SIZE)]
    before = footprint(program.pid).memory
    with stalled(program.port, STALLED, TARGET, ids[-RING // SIZE + 8]) as readers:
        last = publish(program.port, b"last")
        grown = footprint(program.pid).memory - before
        logger.info("%d stalled in the middle: memory +%.1f MiB", STALLED, grown / MIB)
        assert grown <= STALLED * 64 * KIB + 4 * MIB
        for reader in readers:
            _check_that_it_resumes(program.port, reader, [*ids[-RING // SIZE + 9 :], last])


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[-1]


def _tell(unloaded: list[float], loaded: list[float], grown: int) -> None:
    logger.info(
        "%d stalled, %d events of %d KiB: memory +%.1f MiB; p99 %.1f ms, without them %.1f ms",
        STALLED, len(loaded), SIZE // KIB, grown / MIB, 1e3 * _p99(loaded), 1e3 * _p99(unloaded),
    )  # fmt: skip


def _check_that_it_resumes(port: int, reader: Follower, ids: list[str]) -> None:
    """What a stalled reader finds when it reads again: everything, or a beginning without a gap
    and then the end of its connection; it goes on with its cursor, or is told to reset."""
    while len(reader.got) < len(ids) and reader.read(64 * KIB):
        pass
    held = len(reader.got)
    assert [event.id for event in reader.got] == ids[:held]
    if held < len(ids):
        reader.disconnect()
        assert reader.connect(port, TARGET)
        while len(reader.got) == held:
            assert reader.read(64 * KIB)
        assert reader.got[held].type == "reset" or reader.got[held].id == ids[held]
