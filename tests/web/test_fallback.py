"""The stream as a generator, under a WSGI server that is not ours."""

import json
import threading
from collections.abc import Iterator

from tests.web.fakes import HELLO, Site
from trayapp.bus import Moment, Selection, Subscription
from trayapp.bus.memory import MemoryBus
from trayapp.sse import Decoder, Dispatched
from trayapp.web.fallback import frames

ALL = Selection()


def events(stream: Iterator[bytes], count: int, last_event_id: str = "") -> list[Dispatched]:
    """The next `count` events of `stream`."""
    decoder = Decoder(last_event_id)
    found: list[Dispatched] = []
    while len(found) < count:
        found += decoder.feed(next(stream))
    return found


def stream(
    bus: MemoryBus, cursor: str | Moment | None = None, selection: Selection = ALL
) -> Iterator[bytes]:
    return frames(bus, Subscription(selection, cursor), lambda: HELLO, heartbeat=10)


def test_hello_comes_at_once_and_history_does_not() -> None:
    bus = MemoryBus()
    old = bus.publish("a", "old")
    running = stream(bus)
    assert events(running, 1) == [Dispatched("hello", HELLO, old.id)]
    new = bus.publish("a", "new", type="news")
    assert events(running, 1) == [Dispatched("news", "new", new.id)]


def test_what_was_missed_is_replayed_in_order_and_once() -> None:
    bus = MemoryBus()
    seen, *missed = [bus.publish("a", str(number)) for number in range(5)]
    running = stream(bus, seen.id)
    found = events(running, 5)
    assert [event.id for event in found] == [seen.id, *(event.id for event in missed)]
    late = bus.publish("a", "late")
    assert events(running, 1)[0].id == late.id


def test_a_moment_gives_what_came_since() -> None:
    bus = MemoryBus()
    missed = [bus.publish("a", str(number)) for number in range(3)]
    since = missed[0].time
    found = events(stream(bus, Moment(since)), 4)
    assert [event.id for event in found] == [bus.id_at(0), *(event.id for event in missed)]
    assert json.loads(found[0].data) == json.loads(HELLO) | {"from": since}


def test_a_cursor_that_cannot_be_honoured_gets_one_reset() -> None:
    bus = MemoryBus()
    bus.publish("a", "old")
    running = stream(bus, "garbage")
    assert [event.type for event in events(running, 2)] == ["hello", "reset"]
    bus.publish("a", "new")
    assert events(running, 1)[0].data == "new"


def test_only_what_was_selected_comes_and_in_the_form_asked_for() -> None:
    bus = MemoryBus()
    running = stream(bus, selection=Selection(topics=frozenset({"a"}), envelope=True))
    events(running, 1)
    bus.publish("b", "no")
    wanted = bus.publish("a", "yes", type="tick")
    (found,) = events(running, 1)
    assert found.type == "tick", "as on a stream of the hub"
    assert json.loads(found.data) == {
        "id": wanted.id,
        "time": wanted.time,
        "topic": "a",
        "type": "tick",
        "data": "yes",
    }


def test_types_of_publishers_may_stay_in_the_envelope() -> None:
    bus = MemoryBus()
    running = stream(bus, selection=Selection(envelope=True, typed=False))
    events(running, 1)
    bus.publish("a", "yes", type="tick")
    (found,) = events(running, 1)
    assert found.type == "message"


def test_silence_is_broken_by_a_heartbeat() -> None:
    running = frames(MemoryBus(), Subscription(ALL), lambda: HELLO, heartbeat=0.01)
    next(running)
    assert next(running) == b":\n"


def test_an_event_from_another_thread_wakes_the_stream() -> None:
    bus = MemoryBus()
    running = stream(bus)
    events(running, 1)
    publisher = threading.Thread(target=bus.publish, args=("a", "now"))
    publisher.start()
    assert events(running, 1)[0].data == "now"
    publisher.join()


def test_a_closed_stream_no_longer_watches_the_bus(site: Site) -> None:
    answer = site.ask("GET", "/stream")
    assert b"event: hello\n" in next(answer.iter_encoded())
    assert site.bus._wakes
    answer.close()
    assert not site.bus._wakes


def test_a_stream_nobody_reads_never_watches_the_bus(site: Site) -> None:
    site.ask("GET", "/stream").close()
    assert not site.bus._wakes


def test_the_forms_of_ntfy_come_here_too() -> None:
    bus = MemoryBus()
    old = bus.publish("a", "old")
    wanted = Subscription(Selection(frozenset("a"), form="json"), "garbage")
    running = frames(bus, wanted, lambda: HELLO, heartbeat=0.01)
    told = [json.loads(next(running)) for _ in range(3)]
    assert [each["event"] for each in told] == ["open", "reset", "keepalive"]
    assert {each["id"] for each in told} == {old.id}
    bus.publish("a", "new")
    while (last := json.loads(next(running)))["event"] == "keepalive":
        pass
    assert last["message"] == "new"
    raw = Subscription(Selection(frozenset("a"), form="raw"), "garbage")
    said = frames(bus, raw, lambda: HELLO, heartbeat=0.01)
    assert [next(said), next(said)] == [b"\n", b"\n"], "no empty piece for a reset"
