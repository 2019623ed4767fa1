"""The hub and readers from the network: how many there may be, and how they are sent away."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.hub.test_hub import Stage, publish
from tests.streams import Reader
from tests.support import wait_for
from trayapp.bus import ENVIRON_KEY, READER_KEY, Selection, Subscription
from trayapp.bus import Reader as Who
from trayapp.event import CHANGE
from trayapp.hub import HandedOff, churn, hand_off, limits
from trayapp.hub.ends import REMEMBERED, Ends

PHONE = Who("192.168.1.7", "phone")
OTHER = Who("fd77::7", "phone")
TABLET = Who("192.168.1.8", "tablet")
LIMIT = limits.OF_ONE_SENDER


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


def of_the_network(who: Who) -> bool:
    return bool(who.address)


def types(reader: Reader, seconds: float = 5.0) -> list[str]:
    """Of all events until the other side closes."""
    reader.wait_for_end(seconds)
    return [event.type for event in reader.rest(0.01)]


def test_unwanted_readers_hear_bye_and_the_others_miss_nothing(stage: Stage) -> None:
    phones = [stage.join(who=PHONE, chunked=chunked) for chunked in (True, False)]
    others = [stage.join(), stage.join(who=TABLET)]
    for reader in (*phones, *others):
        assert reader.next().type == "hello"
    ids = publish(stage, 50)
    begun = time.monotonic()
    stage.hub.end(lambda who: who.device == "phone")
    wait_for(lambda: stage.hub.devices() == {"tablet": 1})
    assert time.monotonic() - begun < 1
    ids += publish(stage, 50)
    for phone in phones:
        heard = types(phone)
        assert heard[-1] == "bye"
        assert set(heard[:-1]) <= {"message"}
        assert "bye" not in heard[:-1]
    assert phones[0].raw.endswith(b"0\r\n\r\n")
    ids += publish(stage, 50)
    for reader in others:
        assert [reader.next().id for _ in ids] == ids
    assert stage.hub.devices() == {"tablet": 1}


def test_an_unwanted_reader_that_sleeps_is_closed_too(stage: Stage) -> None:
    asleep, quick = stage.join(who=PHONE), stage.join()
    assert asleep.next().type == quick.next().type == "hello"
    ids = []
    for _ in range(60):  # more than the kernel's buffers of one connection hold
        ids += publish(stage, size=100_000)
        assert quick.next().id == ids[-1]
    stage.hub.end(of_the_network)
    wait_for(lambda: stage.hub.figures().streams == 1, 1)
    asleep.wait_for_end()
    assert {event.id for event in asleep.rest(0.01)} <= set(ids)
    assert quick.rest(0.05) == []
    (last,) = publish(stage)
    assert quick.next().id == last


def test_one_that_catches_up_hears_bye_after_a_whole_event(stage: Stage) -> None:
    (first, *ids) = publish(stage, 40)
    reader = stage.join(first, who=PHONE)
    stage.hub.end(of_the_network)
    reader.wait_for_end()
    events = reader.rest(0.01)
    assert events[-1].type == "bye"
    assert [event.id for event in events[1:-1]] in ([], ids)


def test_streams_that_wait_for_their_turn_never_begin() -> None:
    stage, busy, go_on = Stage(), threading.Event(), threading.Event()
    try:
        stage.join().next()

        def hold(_: Who) -> bool:
            busy.set()
            return not go_on.wait(5)

        stage.hub.end(hold)
        assert busy.wait(5)
        phone, mine = stage.join(who=PHONE), stage.join()
        stage.hub.end(of_the_network)
        go_on.set()
        assert types(phone) == ["bye"]
        assert mine.next().type == "hello"
    finally:
        go_on.set()
        stage.close()


def test_streams_that_are_held_back_never_begin(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(churn, "HOLD", 0.5)
    topics = frozenset({CHANGE})
    for _ in range(churn.MANY):  # a loop, so that the next are held
        looping = stage.join(padded=True, topics=topics)
        looping.next()
        looping.close()
    wait_for(lambda: stage.hub.figures().streams == 0)
    begun = time.monotonic()
    phone, mine = (stage.join(padded=True, who=who, topics=topics) for who in (PHONE, Who()))
    assert phone.rest(0.1) == []
    stage.hub.end(of_the_network)
    assert types(phone) == ["bye"]
    assert mine.next().type == "hello"
    assert time.monotonic() - begun > 0.4, "nothing was held, so nothing was tested"


def test_a_stream_granted_before_an_end_does_not_begin_after_it(stage: Stage) -> None:
    before = stage.hub.ends
    stage.hub.end(of_the_network)
    stage.join().next()  # the turn in which it ended
    assert types(stage.join(who=PHONE, ends=before)) == ["bye"]
    assert stage.join(ends=before).next().type == "hello"


def test_a_stream_granted_after_an_end_stays(stage: Stage) -> None:
    for _ in range(100):
        stage.hub.end(of_the_network)
        reader = stage.join(who=PHONE)
        assert reader.next().type == "hello"
        (id_,) = publish(stage)
        assert reader.next().id == id_
        reader.close()


def test_an_end_in_the_middle_of_a_turn_spares_who_comes_after_it() -> None:
    stages: list[Stage] = []
    phones: list[Reader] = []

    def switch_off_and_on(_caused: bool) -> None:
        stages[0].hub.end(of_the_network)
        phones.append(stages[0].join(who=PHONE))

    stages.append(Stage(on_page=switch_off_and_on))
    (stage,) = stages
    try:
        before = stage.join(who=PHONE)
        assert before.next().type == "hello"
        stage.join(padded=True).next()
        assert types(before) == ["bye"]
        assert phones[0].next().type == "hello"
        assert phones[0].rest(0.1) == []
        assert not phones[0].ended
    finally:
        stage.close()


def test_one_device_has_so_many_streams_and_no_more(stage: Stage) -> None:
    """Whatever addresses it takes them from."""
    phones = [stage.join(who=Who(f"fd77:{number}::9", "phone")) for number in range(LIMIT)]
    assert {reader.next().type for reader in phones} == {"hello"}
    assert types(stage.join(who=PHONE)) == ["busy"]
    assert types(stage.join(who=Who("fd99::1", "phone"))) == ["busy"]
    assert stage.join(who=TABLET).next().type == "hello"
    assert {stage.join().next().type for _ in range(2 * LIMIT)} == {"hello"}
    assert stage.hub.devices() == {"phone": LIMIT, "tablet": 1}
    figures = stage.hub.figures()
    assert (figures.streams, figures.refused) == (3 * LIMIT + 1, 2)


def test_readers_that_are_not_paired_are_counted_by_subnet(stage: Stage) -> None:
    six = [stage.join(who=Who(f"fd77::{number}")) for number in range(1, LIMIT + 1)]
    four = [stage.join(who=Who("192.168.1.7")) for _ in range(LIMIT)]
    assert {reader.next().type for reader in (*six, *four)} == {"hello"}
    for full in (Who("fd77::beef"), Who("192.168.1.7"), Who("::ffff:192.168.1.7")):
        assert types(stage.join(who=full)) == ["busy"]
    for other in (Who("fd77:0:0:1::1"), Who("192.168.1.8"), Who("fd77::5", own="fd77::5")):
        assert stage.join(who=other).next().type == "hello"


def test_the_network_has_half_of_all_streams_and_this_computer_the_rest() -> None:
    stage = Stage(cap=10)
    try:
        far = [stage.join(who=Who(f"192.168.1.{number}")) for number in range(1, 6)]
        assert {reader.next().type for reader in far} == {"hello"}
        assert types(stage.join(who=PHONE)) == ["busy"]
        assert {stage.join().next().type for _ in range(5)} == {"hello"}
        assert types(stage.join()) == ["busy"]
        far.pop().close()
        wait_for(lambda: stage.hub.figures().streams == 9)
        assert stage.join(who=PHONE).next().type == "hello"
    finally:
        stage.close()


def _close(stage: Stage, reader: Reader) -> None:
    reader.close()


def _reset(stage: Stage, reader: Reader) -> None:
    reader.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    reader.close()


def _sleep(stage: Stage, reader: Reader) -> None:
    """Until it is cut."""
    quick = stage.join()
    quick.next()
    for _ in range(200):
        (last,) = publish(stage, size=100_000)
        assert quick.next().id == last
    wait_for(lambda: stage.hub.figures().cut == 1)


def _end(stage: Stage, reader: Reader) -> None:
    stage.hub.end(lambda who: who == PHONE)  # and not OTHER, which is the same device


@pytest.mark.parametrize("leave", [_close, _reset, _sleep, _end])
def test_whatever_ends_a_stream_makes_room_for_another(
    leave: Callable[[Stage, Reader], None],
) -> None:
    stage = Stage(history=8, heartbeat=0.2)
    try:
        others = [stage.join(who=OTHER, topics=frozenset({"small"})) for _ in range(LIMIT - 1)]
        leaving = stage.join(who=PHONE)
        assert {reader.next().type for reader in (*others, leaving)} == {"hello"}
        assert types(stage.join(who=PHONE)) == ["busy"]
        leave(stage, leaving)
        wait_for(lambda: stage.hub.devices() == {"phone": LIMIT - 1})
        assert stage.join(who=PHONE).next().type == "hello"
        assert types(stage.join(who=PHONE)) == ["busy"]
    finally:
        stage.close()


def test_counts_are_empty_once_everybody_has_gone(stage: Stage) -> None:
    for _ in range(3):
        readers = [stage.join(who=who) for who in (PHONE, TABLET, PHONE, Who())]
        for reader in readers:
            reader.next()
        for reader in readers:
            reader.close()
        wait_for(lambda: stage.hub.figures().streams == 0)
    assert stage.hub.devices() == {}
    assert {stage.join(who=PHONE).next().type for _ in range(LIMIT)} == {"hello"}


def test_front_ends_learn_of_a_device_although_the_number_of_pages_stays() -> None:
    told = threading.Semaphore(0)
    stage = Stage(on_count=told.release)
    try:
        phone = stage.join(who=PHONE)
        phone.next()
        assert told.acquire(timeout=1)
        stage.join(who=TABLET, topics=frozenset({"state"})).next()  # counts as no page
        assert told.acquire(timeout=1)
        assert stage.hub.devices() == {"phone": 1, "tablet": 1}
    finally:
        stage.close()


def test_a_handed_off_stream_brings_its_reader(stage: Stage) -> None:
    reader = hand_over(stage, lambda: None)
    assert reader.next().type == "hello"
    assert stage.hub.devices() == {"phone": 1}


def test_an_end_between_the_grant_and_the_stream_counts(stage: Stage) -> None:
    assert types(hand_over(stage, lambda: stage.hub.end(of_the_network))) == ["bye"]


def hand_over(stage: Stage, meanwhile: Callable[[], None]) -> Reader:
    """A stream that PHONE is granted, by the wrapper; `meanwhile` happens once it is granted."""

    def grant(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ[ENVIRON_KEY] = Subscription(Selection())
        environ[READER_KEY] = PHONE
        start_response("200 OK", [])
        meanwhile()
        stage.join().next()  # a turn of the loop passes
        return []

    mine, theirs = socket.socketpair()
    reader = Reader(mine)
    stage.readers.append(reader)
    with pytest.raises(HandedOff):
        hand_off(grant, stage.hub)(
            {"werkzeug.socket": theirs, "SERVER_PROTOCOL": "HTTP/1.1"}, lambda *_: lambda _: None
        )
    return reader


def test_where_ends_are_forgotten_they_concern_everybody_who_asked_before() -> None:
    ends = Ends()
    assert not ends.concern(PHONE, 0)
    for _ in range(REMEMBERED):
        ends.add(lambda who: who == TABLET)
    assert not ends.concern(PHONE, 0)
    assert ends.concern(TABLET, REMEMBERED - 1)
    assert not ends.concern(TABLET, REMEMBERED)
    ends.add(lambda _: False)
    assert ends.concern(PHONE, 0)
    assert not ends.concern(PHONE, 1)
    assert ends.count == REMEMBERED + 1
