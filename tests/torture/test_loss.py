"""No event is lost, doubled or out of order, whatever happens to the connections."""

import logging
import time

import pytest

from tests.support import Running
from tests.torture.crowd import Crowd, disordered, duplicates, seq
from tests.torture.publisher import Publishers
from tests.torture.scale import TIMEOUT, scaled

logger = logging.getLogger(__name__)

READERS = 20
CUTS = (0.02, 0.25)

pytestmark = pytest.mark.timeout(TIMEOUT)


@pytest.mark.parametrize(
    ("events", "size"),
    [(scaled(1500, 10_000), 0), (scaled(100, 300), 20_000)],  # the large are all held: 8 MB are
    ids=["many", "large"],
)
def test_readers_that_are_cut_all_the_time_get_every_event_once_and_in_order(
    program: Running, events: int, size: int
) -> None:
    crowd = Crowd(program.port, READERS, "/stream?topic=t", CUTS)
    crowd.gather()
    began = time.monotonic()
    with Publishers(program.port, events, size=size) as publishers:
        crowd.follow(lambda: publishers.done, TIMEOUT / 2)
    published = publishers.acknowledged
    crowd.follow(
        lambda: all(len(each.got) >= len(published) for each in crowd.followers), TIMEOUT / 3
    )
    took = time.monotonic() - began
    crowd.close()

    assert len(published) == events
    expected = sorted(published, key=seq)
    for follower in crowd.followers:
        missing = published.keys() - {event.id for event in follower.got}
        assert (len(missing), duplicates(follower.got), disordered(follower.got)) == (0, 0, 0)
        assert [event.id for event in follower.got] == expected
        assert all(published[event.id] == event.data for event in follower.got)
    assert crowd.cuts > READERS
    logger.info("%d readers, %d events, %d cuts, %.1f s", READERS, len(expected), crowd.cuts, took)
