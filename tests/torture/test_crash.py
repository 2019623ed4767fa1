"""What was acknowledged survives kill -9: readers get it once, in order, or are told to reset."""

import json
import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.streams import open_stream
from tests.support import Running
from tests.torture.crowd import Crowd, Follower, duplicates
from tests.torture.publisher import Publishers, publish
from tests.torture.scale import TIMEOUT, scaled
from trayapp.sse import Dispatched

logger = logging.getLogger(__name__)

CRASHES = 5
READERS = 20
BETWEEN = scaled(200, 2000)
"""Events acknowledged between two crashes, at least."""

Run = Callable[..., Running]

pytestmark = pytest.mark.timeout(TIMEOUT)


class Crashing:
    """The program on one port, killed and started again. `epochs` are those of its runs so far, in
    order."""

    def __init__(self, run: Run, site: Path) -> None:
        self._run = run
        self._site = site
        self._running = run(site)
        self.port = self._running.port
        self.epochs = [self._epoch()]

    def crash(self) -> None:
        """Kill -9, and start again on the same port."""
        self._running.process.kill()
        self._running.process.wait()
        self._running = self._run(self._site, "--port", str(self.port))
        self.epochs.append(self._epoch())

    def crash_often(self, publishers: Publishers) -> None:
        """Crash while there is publishing, at moments nobody can foresee."""
        for _ in range(CRASHES):
            publishers.wait_for(BETWEEN, TIMEOUT / 2)
            time.sleep(random.uniform(0, 0.05))
            self.crash()

    def place(self, event_id: str) -> tuple[int, int]:
        """Where an id stands in the order of all events."""
        epoch, _, number = event_id.partition("-")
        return self.epochs.index(epoch), int(number)

    def _epoch(self) -> str:
        reader = open_stream(self.port)
        epoch: str = json.loads(reader.next().data)["epoch"]
        reader.close()
        return epoch


def test_acknowledged_events_survive_kill_9_and_reach_every_reader_once(
    run_trayapp: Run, site: Path
) -> None:
    program = Crashing(run_trayapp, site)
    crowd = Crowd(program.port, READERS, "/stream?topic=t", (0.02, 0.25))
    crowd.gather()
    with ThreadPoolExecutor(1) as pool, Publishers(program.port, 10**9) as publishers:
        crashing = pool.submit(program.crash_often, publishers)
        crowd.follow(crashing.done, TIMEOUT)
        crashing.result()
    last = publish(program.port, b"the last one")
    crowd.follow(lambda: all(each.cursor == last for each in crowd.followers), 10)
    crowd.close()

    acknowledged = publishers.acknowledged | {last: "the last one"}
    resets = 0
    for follower in crowd.followers:
        resets += _check(program, follower.got, acknowledged, publishers.unsure)
    logger.info(
        "%d crashes, %d events, %d unanswered, %d readers, %d cuts, %d resets",
        CRASHES, len(acknowledged), len(publishers.unsure), READERS, crowd.cuts, resets,
    )  # fmt: skip
    assert not publishers.refused
    _check_the_log(program, acknowledged)


def _check(
    program: Crashing, got: list[Dispatched], acknowledged: dict[str, str], unsure: set[str]
) -> int:
    """Every event in order and once, and none missing but before a reset; how many resets."""
    places = [program.place(event.id) for event in got]
    assert places == sorted(places)
    events = [event for event in got if event.type != "reset"]
    assert duplicates(events) == 0
    for event in events:
        assert acknowledged.get(event.id) == event.data or event.data in unsure
    missing = sorted(map(program.place, acknowledged.keys() - {event.id for event in events}))
    for lost in missing:
        after = next(event for event, place in zip(got, places, strict=True) if place >= lost)
        assert after.type == "reset", f"{len(missing)} missing, {lost} without a reset"
    return len(got) - len(events)


def _check_the_log(program: Crashing, acknowledged: dict[str, str]) -> None:
    """A page that was away all the time gets what was acknowledged meanwhile, from the file."""
    program.crash()
    ids = sorted(acknowledged, key=program.place)[-4000:]  # of 4096 held, some are unacknowledged
    reader = Follower(cursor=ids[0])
    assert reader.connect(program.port, "/stream?topic=t")
    while reader.cursor != ids[-1]:
        assert reader.read(65536)
    reader.disconnect()
    assert [event.id for event in reader.got if event.id in acknowledged] == ids[1:]


def test_a_reader_that_slept_through_a_crash_gets_what_it_missed(
    run_trayapp: Run, site: Path
) -> None:
    program = Crashing(run_trayapp, site)
    seen = publish(program.port, b"seen")
    before = [publish(program.port, b"before") for _ in range(3)]
    program.crash()
    after = [publish(program.port, b"after") for _ in range(3)]
    program.crash()

    reader = open_stream(program.port, "/stream", f"Last-Event-ID: {seen}")
    assert [reader.next().id for _ in range(7)] == [seen, *before, *after]
    reader.close()
