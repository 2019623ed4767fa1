"""Changes of shared roots on their way to other computers: never lost, never in the way."""

import json
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support import wait_for
from trayapp.bus import MemoryBus
from trayapp.errors import Unavailable
from trayapp.event import Event
from trayapp.service.spread import Spread
from trayapp.watch import PathChange, RootChange


class AwayBus(MemoryBus):
    """Refuses as long as it is `away`; counts the attempts."""

    def __init__(self) -> None:
        super().__init__()
        self.away = True
        self.attempts = 0
        self.thread = ""

    def publish(self, topic: str, data: str, **more: object) -> Event:
        self.attempts += 1
        self.thread = threading.current_thread().name
        if self.away:
            raise Unavailable("It is away.")
        return super().publish(topic, data, **more)  # type: ignore[arg-type]


def change(label: str, *paths: str, kind: str = "modified") -> RootChange:
    changed = tuple(PathChange(path, kind) for path in paths)  # type: ignore[arg-type]
    return RootChange(label, changed, "f00", 1.0, within=("outer",))


@pytest.fixture
def bus() -> AwayBus:
    return AwayBus()


@pytest.fixture
def spread(bus: AwayBus, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spread]:
    monkeypatch.setattr("trayapp.service.spread.RETRY_EVERY", 0.02)
    spread = Spread(bus)
    spread.share("site")
    spread.start()
    yield spread
    spread.stop()
    spread.stop()


def told(bus: MemoryBus) -> list[tuple[str, list[str]]]:
    datas = [json.loads(event.data) for event in bus.recent(99)]
    return [(one["root"], sorted(path["path"] for path in one["paths"])) for one in datas]


def test_what_is_shared_is_told_without_its_fingerprint(bus: AwayBus, spread: Spread) -> None:
    bus.away = False
    spread.take(change("other", "x.css"))
    spread.take(change("site"))
    spread.take(change("site", "a.css"))
    event = wait_for(lambda: bus.recent(9) or None)[0]
    assert told(bus) == [("site", ["a.css"])]
    assert (event.topic, event.type, event.root, event.within) == (
        *("change", "change", "site"),
        ("outer",),
    )
    assert json.loads(event.data)["fingerprint"] == ""
    assert not event.local
    assert bus.thread == "trayapp-spread"


def test_what_waits_while_the_bus_is_away_comes_as_one_change(bus: AwayBus, spread: Spread) -> None:
    began = time.monotonic()
    spread.take(change("site", "a.css", kind="created"))
    spread.take(change("site", "b.css"))
    assert time.monotonic() - began < 0.1, "a local change is not held up"
    wait_for(lambda: bus.attempts > 2)
    spread.take(change("site", "a.css", kind="deleted"))
    spread.take(change("site", "c.css"))
    bus.away = False
    wait_for(lambda: bus.recent(9))
    assert told(bus) == [("site", ["b.css", "c.css"])]


def test_what_waits_at_the_end_is_given_up(bus: AwayBus, spread: Spread) -> None:
    spread.take(change("site", "a.css"))
    wait_for(lambda: bus.attempts)
    spread.stop()
    bus.away = False
    spread.take(change("site", "b.css"))
    assert bus.recent(9) == ()
