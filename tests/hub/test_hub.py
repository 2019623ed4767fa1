"""The hub on real sockets: first frames, order, slow pages, dead pages, the end."""

import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from tests.streams import Reader
from tests.support import wait_for
from trayapp.bus import MemoryBus, Moment, Selection, Subscription
from trayapp.bus import Reader as Who
from trayapp.event import CHANGE, STATE
from trayapp.hub import Hub
from trayapp.hub.stream import Arrival

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\n\r\n"
HERE = Who()

Join = Callable[..., Reader]


class Stage:
    """A running hub on a bus of its own."""

    def __init__(self, **options: object) -> None:
        self.bus = MemoryBus(history=options.pop("history", 4096))  # type: ignore[arg-type]
        self.hub = Hub(self.bus, lambda: '{"server": "trayapp"}', **options)  # type: ignore[arg-type]
        self.readers: list[Reader] = []
        self.hub.start()

    def join(
        self,
        cursor: str | Moment | None = None,
        *,
        chunked: bool = True,
        padded: bool = False,
        who: Who = HERE,
        ends: int | None = None,
        **selection: object,
    ) -> Reader:
        """A stream over a TCP connection, as the server hands it over."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            mine = socket.create_connection(listening.getsockname())
            theirs, _ = listening.accept()
        subscription = Subscription(Selection(**selection), cursor, padded)  # type: ignore[arg-type]
        head = HEAD if chunked else PLAIN
        self.hub.add(Arrival(theirs, head, subscription, chunked, who, ends))
        self.readers.append(Reader(mine))
        return self.readers[-1]

    def close(self) -> None:
        self.hub.stop()
        for reader in self.readers:
            reader.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


def publish(stage: Stage, count: int = 1, size: int = 1, topic: str = "t") -> list[str]:
    return [stage.bus.publish(topic, "x" * size).id for _ in range(count)]


@pytest.mark.parametrize("chunked", [True, False])
def test_hello_comes_at_once_with_data_and_id(stage: Stage, chunked: bool) -> None:
    reader = stage.join(chunked=chunked)
    hello = reader.next()
    assert (hello.type, json.loads(hello.data)) == ("hello", {"server": "trayapp"})
    assert hello.id == f"{stage.bus.epoch}-0"
    assert b"retry: 1000\n" in reader.body


def test_only_the_loading_of_a_page_counts_as_one() -> None:
    came: list[bool] = []
    stage = Stage(on_page=came.append)
    try:
        stage.join(padded=True, topics=frozenset({CHANGE})).next()
        assert len(came) == 1
        stage.join(padded=True, topics=frozenset({CHANGE, STATE})).next()  # a dashboard
        stage.join(f"{stage.bus.epoch}-0", padded=True).next()  # a page that was away
        stage.join().next()  # curl
        stage.join(padded=True).next()
        assert len(came) == 2
        stage.join(Moment(0.0), padded=True).next()  # a page that wants what it may have missed
        assert len(came) == 3
    finally:
        stage.close()


def test_a_page_without_script_that_loads_itself_is_told_from_one_that_is_opened() -> None:
    came: list[bool] = []
    stage = Stage(on_page=came.append)
    try:
        reader = stage.join(padded=True)
        reader.next()
        stage.join(padded=True).next()
        assert came == [False, False]
        stage.bus.publish(CHANGE, "{}", type=CHANGE, local=True)
        reader.next()
        reader.close()
        wait_for(lambda: stage.hub.pages == 1)
        stage.join(padded=True).next()
        stage.join(padded=True).next()
        assert came == [False, False, True, False]
    finally:
        stage.close()


def test_a_stream_without_cursor_begins_now(stage: Stage) -> None:
    publish(stage, 3)
    reader = stage.join()
    assert reader.next().id.endswith("-3")
    (id_,) = publish(stage)
    assert reader.next().id == id_


def test_a_cursor_resumes_with_each_event_once(stage: Stage) -> None:
    ids = publish(stage, 200)
    reader = stage.join(ids[9])
    hello = reader.next()
    assert (hello.type, hello.id) == ("hello", ids[9])
    ids += publish(stage, 3)
    assert [reader.next().id for _ in range(193)] == ids[10:]


def test_a_stream_from_a_moment_gets_what_came_since(stage: Stage) -> None:
    publish(stage)
    before = time.time()
    ids = publish(stage, 200)
    reader = stage.join(Moment(before))
    hello = reader.next()
    assert (hello.type, hello.id) == ("hello", f"{stage.bus.epoch}-1")
    assert json.loads(hello.data) == {"server": "trayapp", "from": before}
    ids += publish(stage, 2)
    assert [reader.next().id for _ in ids] == ids


def test_types_of_publishers_may_stay_in_the_envelope(stage: Stage) -> None:
    typed, untyped = stage.join(envelope=True), stage.join(envelope=True, typed=False)
    assert typed.next().type == untyped.next().type == "hello"
    stage.bus.publish("log", "line", type="tick")
    stage.bus.publish(CHANGE, "{}", type=CHANGE)
    assert [typed.next().type, typed.next().type] == ["tick", CHANGE]
    line, change = untyped.next(), untyped.next()
    assert (line.type, change.type) == ("message", CHANGE)
    assert json.loads(line.data)["type"] == "tick"


@pytest.mark.parametrize("cursor", ["{epoch}-9", "zz-1", "garbage", "\0", "7" * 5000])
def test_a_bad_cursor_gets_one_reset_that_names_the_new_one(stage: Stage, cursor: str) -> None:
    publish(stage, 2)
    reader = stage.join(cursor.format(epoch=stage.bus.epoch))
    assert reader.next().type == "hello"
    reset = reader.next()
    assert (reset.type, json.loads(reset.data)) == ("reset", {"id": f"{stage.bus.epoch}-2"})
    (id_,) = publish(stage)
    assert reader.next().id == id_


def test_an_empty_cursor_counts_as_none(stage: Stage) -> None:
    publish(stage, 2)
    reader = stage.join("")
    assert reader.next().type == "hello"
    (id_,) = publish(stage)
    assert reader.next().id == id_


def test_streams_get_what_they_selected(stage: Stage) -> None:
    logs, site = stage.join(topics=frozenset({"log"})), stage.join(roots=frozenset({"site"}))
    assert logs.next().type == site.next().type == "hello"
    publish(stage, topic="other")
    stage.bus.publish(CHANGE, "{}", type=CHANGE, root="else")
    stage.bus.publish(CHANGE, "{}", type=CHANGE, root="site")
    stage.bus.publish("log", "line")
    assert logs.next().data == "line"
    assert [site.next().data for _ in range(3)] == ["x", "{}", "line"]


def test_an_envelope_wraps_the_event(stage: Stage) -> None:
    reader = stage.join(envelope=True)
    reader.next()
    event = stage.bus.publish("log", "li\nne", type="tick")
    got = reader.next()
    assert got.type == "tick"
    assert json.loads(got.data) == {
        "id": event.id,
        "time": event.time,
        "topic": "log",
        "type": "tick",
        "data": "li\nne",
    }


def test_a_signal_reaches_only_those_who_named_its_topic(stage: Stage) -> None:
    all_topics, dashboard = stage.join(), stage.join(topics=frozenset({STATE, "t"}))
    assert all_topics.next().type == dashboard.next().type == "hello"
    wait_for(lambda: stage.hub.pages == 1, what="the page to be counted, the dashboard not")
    stage.hub.signal(STATE)
    assert dashboard.next().type == STATE
    (id_,) = publish(stage)
    assert all_topics.next().id == dashboard.next().id == id_


def test_a_stalled_page_delays_nobody_and_catches_up(stage: Stage) -> None:
    stalled, quick = stage.join(), stage.join()
    assert stalled.next().type == quick.next().type == "hello"
    ids = []
    for _ in range(60):  # more than the kernel's buffers of one connection hold
        ids += publish(stage, size=100_000)
        assert quick.next().id == ids[-1]
    assert [stalled.next().id for _ in range(60)] == ids[-60:]


def test_a_page_too_far_behind_is_cut_and_resumes_by_its_cursor() -> None:
    stage = Stage(history=8)
    try:
        stalled, quick = stage.join(), stage.join()
        assert stalled.next().type == quick.next().type == "hello"
        for _ in range(200):
            (last,) = publish(stage, size=100_000)
            assert quick.next().id == last
        stalled.wait_for_end()
        again = stage.join(f"{stage.bus.epoch}-1")
        assert [again.next().type, again.next().type] == ["hello", "reset"]
    finally:
        stage.close()


def test_a_page_that_sleeps_too_far_behind_is_cut_at_the_next_heartbeat() -> None:
    stage = Stage(history=8, heartbeat=0.2)
    try:
        asleep, quick = stage.join(), stage.join()
        assert asleep.next().type == quick.next().type == "hello"
        for _ in range(200):
            (last,) = publish(stage, size=100_000)
            assert quick.next().id == last
        wait_for(lambda: stage.hub.pages == 1)
    finally:
        stage.close()


@pytest.mark.parametrize("reset", [False, True], ids=["FIN", "RST"])
def test_a_dead_page_is_forgotten_at_once(stage: Stage, reset: bool) -> None:
    reader = stage.join()
    reader.next()
    if reset:
        linger = b"\1\0\0\0\0\0\0\0"  # SO_LINGER with 0 s: close sends RST
        reader.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    reader.close()
    wait_for(lambda: stage.hub.pages == 0, 1)


def test_quiet_streams_get_heartbeats() -> None:
    stage = Stage(heartbeat=0.05)
    try:
        reader = stage.join()
        reader.next()
        wait_for(lambda: reader.read(0.1) and reader.body.endswith(b"\n\n:\n:\n"))
    finally:
        stage.close()


def test_one_page_too_many_is_told_to_come_back() -> None:
    stage = Stage(cap=1)
    try:
        first, second = stage.join(), stage.join()
        assert first.next().type == "hello"
        assert second.next().type == "busy"
        second.wait_for_end()
        (id_,) = publish(stage)
        assert first.next().id == id_
    finally:
        stage.close()


def test_stop_says_bye_with_different_retries_and_closes() -> None:
    stage = Stage()
    readers = [stage.join() for _ in range(20)]
    for reader in readers:
        reader.next()
    stage.hub.stop()
    stage.hub.stop()
    for reader in readers:
        assert reader.next().type == "bye"
        reader.wait_for_end()
        assert reader.raw.endswith(b"0\r\n\r\n")
    retries = {bytes(reader.body).rpartition(b"retry: ")[2].split()[0] for reader in readers}
    assert len(retries) > 10
    stage.close()


def test_a_socket_that_comes_after_the_end_is_closed() -> None:
    stage = Stage()
    stage.hub.stop()
    late = stage.join()
    late.wait_for_end(1)
    stage.close()
