"""Who waits at the queue is called, the last one first."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support import wait_for
from trayapp.server.connection import Connection
from trayapp.server.exchange import Exchange
from trayapp.server.queue import Queue
from trayapp.server.request import Head


@dataclass
class Takers:
    """Threads that write down who took what. The one that takes `slow` is busy until `go_on`."""

    queue: Queue = field(default_factory=lambda: Queue(4))
    took: list[tuple[str, Exchange]] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)
    slow: Exchange | None = None
    go_on: threading.Event = field(default_factory=threading.Event)

    def add(self) -> None:
        """One more, that is at rest on return."""
        thread = threading.Thread(target=self._take, name=f"taker-{len(self.threads)}")
        self.threads.append(thread)
        thread.start()
        self.rest()

    def rest(self) -> None:
        """Wait until all are at rest."""
        wait_for(lambda: len(self.queue._resting) == len(self.threads))

    def give(self, exchange: Exchange) -> None:
        """Put it, and wait until it is taken and all are at rest again."""
        before = len(self.took)
        self.queue.put(exchange)
        wait_for(lambda: len(self.took) > before)
        self.rest()

    def end(self) -> None:
        self.go_on.set()
        self.queue.end()
        for thread in self.threads:
            thread.join()

    def _take(self) -> None:
        while (exchange := self.queue.get()) is not None:
            self.took.append((threading.current_thread().name, exchange))
            if exchange is self.slow:
                self.go_on.wait(30)
            self.queue.done(exchange)


@pytest.fixture
def takers() -> Iterator[Takers]:
    takers = Takers()
    yield takers
    takers.end()


def exchange(sender: str = "") -> Exchange:
    """One of `sender` that nobody goes on with: it has no socket."""
    nothing: Any = None
    connection = Connection(nothing, nothing, nothing, nothing, sender)
    return Exchange(connection, Head("GET", "/", "HTTP/1.1", []), b"")


def test_one_after_the_other_is_taken_by_one_thread(takers: Takers) -> None:
    for _ in range(4):
        takers.add()
    for _ in range(20):
        takers.give(exchange())
    assert {name for name, _ in takers.took} == {"taker-3"}


def test_of_this_computer_first(takers: Takers) -> None:
    theirs, ours = exchange("192.0.2.7"), exchange()
    takers.queue.put(theirs)
    takers.queue.put(ours)
    takers.add()
    assert [it for _, it in takers.took] == [ours, theirs]


@pytest.mark.parametrize(("threads", "most"), [(1, 1), (2, 1), (3, 1), (4, 2), (16, 2)])
def test_the_network_has_few_of_the_threads(threads: int, most: int) -> None:
    queue = Queue(threads)
    theirs = [exchange(f"192.0.2.{number}") for number in range(9)]
    for it in theirs:
        queue.put(it)
    assert [queue.get() for _ in range(most)] == theirs[:most]
    ours = exchange()
    queue.put(ours)
    assert queue.get() is ours
    queue.end()
    assert queue.get() is None  # another thread gets none of theirs
    queue.done(ours)
    queue.done(theirs[0])
    assert queue.get() is theirs[most]  # the end waits for them all


def test_what_waits_while_the_network_has_its_half_is_taken_as_soon_as_it_may(
    takers: Takers,
) -> None:
    """Also when the thread that is free goes on with a request of this computer."""
    for _ in range(2):
        takers.add()
    queue, held = takers.queue, exchange("a")
    queue._serving_theirs = 2  # by threads that are at work elsewhere
    waiting, ours = exchange("b"), exchange()
    queue.put(waiting)
    assert not takers.took
    queue.done(held)
    takers.slow = ours
    queue.put(ours)
    wait_for(lambda: len(takers.took) == 2, 2)
    assert {id(it) for _, it in takers.took} == {id(ours), id(waiting)}


def test_the_end_comes_after_all_that_waits(takers: Takers) -> None:
    waiting = [exchange() for _ in range(3)]
    for it in waiting:
        takers.queue.put(it)
    takers.queue.end()
    assert [takers.queue.get() for _ in range(4)] == [*waiting, None]
