"""Several computers on one Redis, each a bus with a page that keeps account of all it gets."""

import threading
import time
from itertools import pairwise
from pathlib import Path

from tests.support import wait_for
from trayapp.bus.redis import RedisBus, parse, wire
from trayapp.errors import Unavailable


class Page:
    """Follows a bus as the hub's current streams do. `got` are its events, None for each reset."""

    def __init__(self, bus: RedisBus) -> None:
        self.got: list[tuple[int, int, str] | None] = []
        self._bus = bus
        self._lock = threading.Lock()
        self._seq = bus.after(None).head
        self.leave = bus.watch(self._pull)

    @property
    def texts(self) -> list[str]:
        return [it[2] for it in self.got if it]

    @property
    def resets(self) -> int:
        return self.got.count(None)

    def gaps(self) -> list[object]:
        """Where something is missing without a reset: numbers of an epoch follow each other."""
        return [
            (one, two)
            for one, two in pairwise(self.got)
            if one and two and (one[0], one[1] + 1) != two[:2]
        ]

    def _pull(self) -> None:
        with self._lock:
            replay = self._bus.after(self._seq)
            self._seq = replay.head
            if not replay.complete:
                self.got.append(None)
            for event in replay.events:
                place = wire.parse(event.id)
                assert place is not None
                if not event.local:
                    self.got.append((place.epoch, place.shared, event.data))


class Computers:
    """`count` buses at `url`, with a publisher each that never rests between `begin` and `end`.

    `acknowledged` are the texts that were published, `refused` those that were not.
    """

    def __init__(self, url: str, folder: Path, count: int) -> None:
        self.buses = [RedisBus(parse(url), folder / f"computer-{n}") for n in range(count)]
        for bus in self.buses:
            bus.start()
        self.pages = [Page(bus) for bus in self.buses]
        self.acknowledged: set[str] = set()
        self.refused: set[str] = set()
        self.slowest = 0.0
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._publish, args=(number, bus))
            for number, bus in enumerate(self.buses)
        ]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait_for(self, more: int) -> None:
        """Until `more` events than now are acknowledged."""
        enough = len(self.acknowledged) + more
        wait_for(lambda: len(self.acknowledged) >= enough, 20, "publishing goes on")

    def recovered(self, since: float, within: float = 2.0) -> float:
        """Seconds after `since` (monotonic) until every computer publishes again."""
        for bus in self.buses:
            wait_for(lambda bus=bus: not bus.problem, within, "no problem")  # type: ignore[misc]
        return time.monotonic() - since

    def end(self) -> None:
        """Publish no more; the last event has come everywhere. Then check what must never be."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        wait_for(self._say_last, 5, "the last event")
        for page in self.pages:
            wait_for(lambda page=page: "last" in page.texts, 5)  # type: ignore[misc]

    def close(self) -> None:
        self._over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        for page, bus in zip(self.pages, self.buses, strict=True):
            page.leave()
            bus.stop()

    def check(self, resets: int) -> None:
        """No gap without a reset, of which each page has `resets` at most; nothing twice, nothing
        that was refused, the same order everywhere."""
        for page in self.pages:
            assert page.gaps() == []
            assert page.resets <= resets
            assert len(set(page.texts)) == len(page.texts), "doubles"
            assert not set(page.texts) & self.refused, "refused, and published all the same"
        for page in self.pages[1:]:
            both = set(page.texts) & set(self.pages[0].texts)
            ours = [text for text in page.texts if text in both]
            assert ours == [text for text in self.pages[0].texts if text in both]

    def _say_last(self) -> bool:
        try:
            self.buses[0].publish("t", "last")
        except Unavailable:
            return False
        return True

    def _publish(self, mark: int, bus: RedisBus) -> None:
        number = 0
        while not self._over.is_set():
            text, began = f"{mark}-{number}", time.monotonic()
            try:
                bus.publish("t", text)
                self.acknowledged.add(text)
            except Unavailable:
                self.refused.add(text)
                self._over.wait(0.02)
            self.slowest = max(self.slowest, time.monotonic() - began)
            number += 1
