"""What the hub counts, against streams whose every event is known."""

from collections.abc import Iterator

import pytest

from tests.hub.test_hub import Stage, publish
from tests.support import wait_for


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage(history=8, cap=3)
    yield stage
    stage.close()


def test_published_and_delivered_are_counted(stage: Stage) -> None:
    everything, logs = stage.join(), stage.join(topics=frozenset({"log"}))
    assert everything.next().type == logs.next().type == "hello"
    ids = publish(stage, 2) + publish(stage, 1, topic="log")
    assert [everything.next().id for _ in ids] == ids
    assert logs.next().id == ids[-1]
    wait_for(lambda: stage.hub.figures().published == 3)
    figures = stage.hub.figures()
    assert (figures.streams, figures.limit, figures.behind) == (2, 3, 0)
    assert figures.delivered == 4
    assert sum(figures.latencies) == 3
    assert 0 < figures.seconds < 3


def test_what_a_stream_catches_up_with_is_delivered_too(stage: Stage) -> None:
    ids = publish(stage, 5)
    reader = stage.join(ids[1])
    assert [reader.next().id for _ in range(4)] == [ids[1], *ids[2:]]
    assert stage.hub.figures().delivered == 3


def test_a_stalled_stream_has_a_backlog_and_is_dropped_in_the_end(stage: Stage) -> None:
    stalled, quick = stage.join(), stage.join()
    assert stalled.next().type == quick.next().type == "hello"
    most = 0
    for _ in range(200):
        (last,) = publish(stage, size=100_000)
        assert quick.next().id == last
        figures = stage.hub.figures()
        assert figures.behind in (0, 1)
        most = max(most, figures.backlog)
    assert most > 1
    stalled.wait_for_end()
    wait_for(lambda: stage.hub.figures().streams == 1)
    assert stage.hub.figures().cut == 1


def test_a_stream_beyond_the_limit_is_counted(stage: Stage) -> None:
    readers = [stage.join() for _ in range(4)]
    assert [reader.next().type for reader in readers] == ["hello", "hello", "hello", "busy"]
    wait_for(lambda: stage.hub.figures().refused == 1)
