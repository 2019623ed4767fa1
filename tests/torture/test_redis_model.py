"""Two computers on one Redis, played against a model: publishing, local events, restarts, an
emptied Redis, cursors from anywhere. A cursor gives what came after it, exactly, or nothing."""

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.rig.redisserver import RedisServer, running
from tests.support import wait_for
from tests.torture.scale import TIMEOUT, scaled
from trayapp.bus.redis import RedisBus, parse
from trayapp.bus.redis.wire import LOCALS, number_of

HISTORY = 12
HISTORY_BYTES = 2000
pytestmark = pytest.mark.timeout(TIMEOUT)

BAD = ("garbage", "1r000000000000-1", "x" * 200, "-1", "\0")
NAMES = itertools.count()


@dataclass
class Computer:
    """A bus and what the model knows of its run. `log` has number and text of all its events since
    the epoch began or it was started; the first `gone` of them have left the history."""

    bus: RedisBus
    log: list[tuple[int, str]] = field(default_factory=list)
    base: int = 0
    gone: int = 0

    def add(self, number: int, text: str) -> None:
        self.log.append((number, text))
        while len(self.log) - self.gone > HISTORY or self._size() > HISTORY_BYTES:
            self.gone += 1

    @property
    def lost(self) -> int:
        """The number of the last event that is not held."""
        return self.log[self.gone - 1][0] if self.gone else self.base

    @property
    def last(self) -> int:
        return self.log[-1][0] if self.log else self.base

    def _size(self) -> int:
        return sum(len(text) for _, text in self.log[self.gone :])


@dataclass(frozen=True)
class Cursor:
    """An id that a page may come back with; its `run` is the epoch of the id."""

    id: str
    run: str
    number: int


class Play(RuleBasedStateMachine):
    """The computers, their Redis, and all cursors that were ever given."""

    server: RedisServer

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._name = f"play{next(NAMES)}"
        self.shared: list[tuple[int, str]] = []
        self.cursors: list[Cursor] = []
        self.texts = itertools.count()
        self.computers = [Computer(self._open(number)) for number in range(2)]

    def _open(self, number: int) -> RedisBus:
        bus = RedisBus(
            parse(f"{self.server.url}?name={self._name}"),
            Path(self._folder.name) / f"computer-{number}",
            history=HISTORY,
            history_bytes=HISTORY_BYTES,
        )
        bus.start()
        assert bus.problem == ""
        return bus

    @rule(which=st.integers(0, 1), count=st.integers(1, 20), size=st.integers(1, 400))
    def publish(self, which: int, count: int, size: int) -> None:
        news = []
        for _ in range(count):
            text = f"{next(self.texts)} {'x' * size}"
            news.append((number_of(self.computers[which].bus.publish("t", text).id), text))
        self.shared += news
        for computer in self.computers:
            self._await(computer, news[-1][0])
            for number, text in news:
                computer.add(number, text)
            self._note(computer)

    @rule(which=st.integers(0, 1), size=st.integers(1, 400))
    def publish_local(self, which: int, size: int) -> None:
        computer = self.computers[which]
        text = f"{next(self.texts)} {'x' * size}"
        event = computer.bus.publish("t", text, local=True)
        assert number_of(event.id) == computer.last + 1
        computer.add(number_of(event.id), text)
        self._note(computer)

    @rule(which=st.integers(0, 1))
    def restart(self, which: int) -> None:
        old = self.computers[which]
        old.bus.stop()
        bus = self._open(which)
        assert bus.epoch != old.bus.epoch
        held = [(number_of(event.id), event.data) for event in bus.recent(999)]
        assert held == self.shared[len(self.shared) - len(held) :], "the newest, in order"
        assert len(held) <= HISTORY
        assert held or not self.shared
        base = held[0][0] - LOCALS if held else 0
        self.computers[which] = Computer(bus, held, base)
        self._note(self.computers[which])

    @rule(which=st.integers(0, 1))
    def empty_redis(self, which: int) -> None:
        epochs = [computer.bus.epoch for computer in self.computers]
        for key in ("events", "epoch"):
            self.server.do("DEL", f"trayapp:{{{self._name}}}:{key}")
        text = f"{next(self.texts)} anew"
        number = number_of(self.computers[which].bus.publish("t", text).id)
        assert number == LOCALS
        self.shared = [(number, text)]
        for computer, epoch in zip(self.computers, epochs, strict=True):
            wait_for(lambda bus=computer.bus, epoch=epoch: bus.epoch != epoch)  # type: ignore[misc]
            self._await(computer, number)
            computer.log, computer.base, computer.gone = [], 0, 0
            computer.add(number, text)
            self._note(computer)

    @rule(which=st.integers(0, 1), share=st.floats(0, 1))
    @precondition(lambda self: self.cursors)
    def come_back(self, which: int, share: float) -> None:
        self._check(which, self.cursors[round(share * (len(self.cursors) - 1))])

    @rule(which=st.integers(0, 1))
    @precondition(lambda self: self.cursors)
    def come_back_with_the_last(self, which: int) -> None:
        self._check(which, self.cursors[-1])

    @rule(which=st.integers(0, 1), cursor=st.sampled_from(BAD))
    def come_with_a_bad_cursor(self, which: int, cursor: str) -> None:
        assert not self.computers[which].bus.after(cursor).complete

    @rule(which=st.integers(0, 1), limit=st.integers(0, 5))
    def follow(self, which: int, limit: int) -> None:
        """As the hub does: by seq, a few at a time."""
        computer = self.computers[which]
        head = computer.bus.head
        for back in range(HISTORY + 1):
            replay = computer.bus.after(head - back, limit)
            assert replay.complete == (back <= len(computer.log) - computer.gone)
            if replay.complete:
                expected = computer.log[len(computer.log) - back :][:limit]
                assert [event.data for event in replay.events] == [text for _, text in expected]

    def teardown(self) -> None:
        for computer in self.computers:
            computer.bus.stop()
        self._folder.cleanup()

    def _await(self, computer: Computer, number: int) -> None:
        wait_for(lambda: number_of(computer.bus.id_at(computer.bus.head)) == number)

    def _note(self, computer: Computer) -> None:
        id_ = computer.bus.id_at(computer.bus.head)
        assert id_.rpartition("-")[0] == computer.bus.epoch
        self.cursors.append(Cursor(id_, computer.bus.epoch, number_of(id_)))

    def _check(self, which: int, cursor: Cursor) -> None:
        computer = self.computers[which]
        replay = computer.bus.after(cursor.id)
        number = cursor.number
        if cursor.run != computer.bus.epoch:
            number -= number % LOCALS
        epochs = [run.partition("r")[0] for run in (cursor.run, computer.bus.epoch)]
        if epochs[0] != epochs[1] or number < computer.lost:
            assert not replay.complete
            return
        assert replay.complete, "a reset without need"
        expected = [text for place, text in computer.log if place > number]
        assert [event.data for event in replay.events] == expected


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


def test_two_computers_play(server: RedisServer) -> None:
    Play.server = server
    tried = settings(
        max_examples=scaled(30, 500), stateful_step_count=scaled(30, 60), deadline=None
    )
    run_state_machine_as_test(Play, settings=tried)
