"""The bus on a real Redis: one order on every computer, and what happens when Redis is away."""

import itertools
import json
import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.conftest import need
from tests.rig.redisserver import Forwarder, RedisServer, free_port, running
from tests.support import wait_for
from trayapp.bus import ALL, Draft, Moment, open_bus
from trayapp.bus.redis import RedisBus, parse, wire
from trayapp.errors import TrayAppError, Unavailable
from trayapp.event import CHANGE, Event

Open = Callable[..., RedisBus]
CHANGE_DATA = '{"action": "css", "cause": "a.css", "paths": [], "fingerprint": "", "time": 1.0}'
NAMES = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def name() -> str:
    """Each test has its own events on the same server."""
    return f"test{next(NAMES)}"


@pytest.fixture
def open_at(tmp_path: Path, name: str) -> Iterator[Open]:
    """Start a bus at `url`, on a computer of its own unless `computer` names one."""
    numbers = itertools.count()
    with ExitStack() as stack:

        def start(url: str, computer: str = "", **options: int) -> RedisBus:
            origin = tmp_path / (computer or f"computer-{next(numbers)}")
            bus = RedisBus(parse(f"{url}?name={name}"), origin, **options)  # type: ignore[arg-type]
            stack.callback(bus.stop)
            bus.start()
            return bus

        yield start


@pytest.fixture
def run(server: RedisServer, open_at: Open) -> Open:
    """Start a bus on the server."""
    return lambda *arguments, **options: open_at(server.url, *arguments, **options)


def texts(bus: RedisBus) -> list[str]:
    return [event.data for event in bus.recent(9999)]


def has(bus: RedisBus, text: str) -> Event:
    """The event with this text, once it has come."""
    return wait_for(
        lambda: next((it for it in reversed(bus.recent(9999)) if it.data == text), None), what=text
    )


def publish(bus: RedisBus, *data: str) -> list[Event]:
    return [bus.publish("t", it) for it in data]


def test_every_computer_has_the_same_events_in_the_same_order(run: Open) -> None:
    buses = [run() for _ in range(3)]

    def publish_some(bus: RedisBus, mark: str) -> None:
        for number in range(40):
            bus.publish("t", f"{mark}{number}")

    threads = [
        threading.Thread(target=publish_some, args=(bus, f"{mark}-"))
        for bus, mark in zip([*buses, *buses], "abcdef", strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    publish(buses[0], "last")
    for bus in buses:
        has(bus, "last")
    orders = [texts(bus) for bus in buses]
    assert orders[0] == orders[1] == orders[2]
    assert len(set(orders[0])) == len(orders[0]) == 241
    for mark in "abcdef":
        ours = [text for text in orders[0] if text.startswith(mark)]
        assert ours == [f"{mark}-{number}" for number in range(40)]


def test_several_are_published_with_nothing_between_them(run: Open) -> None:
    bus, other = run(), run()
    threads = [
        threading.Thread(
            target=lambda one, mark: [
                one.publish_all([Draft("t", f"{mark}{turn}-{it}") for it in range(300)])
                for turn in range(5)
            ],
            args=(one, mark),
        )
        for one, mark in ((bus, "a"), (bus, "b"), (other, "c"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = bus.publish_all([Draft("t", "next"), Draft("t", "last")])
    for one in (bus, other):
        has(one, "last")
        order = [text.partition("-") for text in texts(one)[-4502:-2]]
        runs = [
            [text[2] for text in some] for _, some in itertools.groupby(order, lambda it: it[0])
        ]
        assert all(run == [str(it) for it in range(300)] for run in runs[1:])
    assert [event.id for event in told] == [event.id for event in bus.recent(2)]


def test_a_publisher_is_told_the_id_under_which_the_event_comes(run: Open) -> None:
    bus = run()
    told = bus.publish("t", "x", type="kind", root="r", within=("outer",))
    came = has(bus, "x")
    assert told.seq == 0
    assert (told.id, came.type, came.root, came.within) == (came.id, "kind", "r", ("outer",))
    assert bus.id_at(came.seq) == came.id
    assert bus.after(came.id).complete
    assert abs(came.time - time.time()) < 5


def test_local_events_come_at_once_and_stay_here(run: Open, server: RedisServer, name: str) -> None:
    here, there = run(), run()
    first = publish(here, "one")[0]
    has(here, "one")
    local = [here.publish(CHANGE, text, local=True) for text in ("a", "b")]
    publish(here, "two")
    has(here, "two")
    has(there, "two")
    assert texts(here) == ["one", "a", "b", "two"]
    assert texts(there) == ["one", "two"]
    numbers = [wire.number_of(event.id) for event in here.recent(9)]
    assert numbers == sorted(set(numbers))
    assert len({event.id.rpartition("-")[0] for event in here.recent(9)}) == 1, "pages compare so"
    assert [event.data for event in here.after(first.id).events] == ["a", "b", "two"]
    assert [event.data for event in here.after(local[0].id).events] == ["b", "two"]
    assert server.do("XLEN", f"trayapp:{{{name}}}:events") == 3, "the begin, and what was shared"


def test_a_cursor_of_another_computer_goes_on_here(run: Open) -> None:
    here, there = run(), run()
    cursor = publish(there, "one", "two")[0].id
    here.publish("t", "local", local=True)
    publish(there, "three")
    has(here, "three")
    behind = [event.data for event in here.after(cursor).events]
    assert [text for text in behind if text != "local"] == ["two", "three"]


def test_a_cursor_of_an_earlier_run_goes_on(run: Open) -> None:
    first = run("desk")
    shared = publish(first, "one")[0]
    has(first, "one")
    local = first.publish("t", "local", local=True)
    first.stop()
    other = run()
    publish(other, "meanwhile")
    second = run("desk")
    assert second.epoch != first.epoch
    assert texts(second) == ["one", "meanwhile"]
    for cursor in (shared.id, local.id):
        assert [event.data for event in second.after(cursor).events] == ["meanwhile"]


def test_a_bus_that_is_switched_on_again_goes_on(run: Open) -> None:
    bus, other = run(), run()
    one = publish(bus, "one")[0]
    has(bus, "one")
    bus.stop()
    with pytest.raises(Unavailable, match="stopping"):
        publish(bus, "x")
    assert bus.problem == ""
    publish(other, "two")
    bus.start()
    has(bus, "two")
    assert [event.data for event in bus.after(one.id).events] == ["two"]


@pytest.mark.parametrize(
    "cursor", ["{epoch}-{far}", "0r0-1", "{epoch}x-1", "{epoch}-1", "garbage", "\0", "-1"]
)
def test_a_cursor_that_cannot_be_honoured_is_incomplete(run: Open, cursor: str) -> None:
    bus = run()
    publish(bus, "one")
    has(bus, "one")
    assert not bus.after(cursor.format(epoch=bus.epoch, far=99 * wire.LOCALS)).complete


def test_history_is_bounded_here_and_in_redis(run: Open, server: RedisServer, name: str) -> None:
    bus = run(history=300, history_bytes=40_000)
    first = publish(bus, "first")[0]
    for number in range(600):
        bus.publish("t", f"{number}")
    has(bus, "599")
    key = f"trayapp:{{{name}}}:events"
    assert len(bus.recent(9999)) == 300
    assert server.do("XLEN", key) <= 400
    assert not bus.after(first.id).complete
    again = run(history=300, history_bytes=40_000)
    assert texts(again) == texts(bus)
    assert again.after(bus.recent(300)[0].id).complete
    assert not again.after(first.id).complete
    for number in range(150):
        bus.publish("t", f"{number} " + "x" * 2000)
    has(bus, "149 " + "x" * 2000)
    assert server.do("MEMORY", "USAGE", key) < 200_000, "the bound on bytes"
    assert sum(len(text) for text in texts(run(history=300, history_bytes=40_000))) <= 42_000


def test_a_moment_reaches_back_to_the_start_and_all_means_all(run: Open) -> None:
    old = run()
    publish(old, "old")
    bus = run()
    began = bus.after(Moment(0.0)).begins
    assert began is not None
    publish(bus, "new")
    has(bus, "new")
    assert [event.data for event in bus.after(Moment(0.0)).events] == ["new"]
    assert [event.data for event in bus.after(Moment(time.time() - 60)).events] == ["new"]
    assert bus.after(Moment(time.time() + 1)).events == ()
    assert [event.data for event in bus.after(ALL).events] == ["old", "new"]
    assert texts(bus) == ["old", "new"]
    moments = [event.time for event in bus.recent(9)]
    assert moments == sorted(moments)


def test_more_local_events_than_numbers_are_told_by_a_reset(
    run: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trayapp.bus.redis.ring.LOCALS", 8)
    monkeypatch.setattr("trayapp.bus.redis.wire.LOCALS", 8)
    bus = run()
    one = publish(bus, "one")[0]
    has(bus, "one")
    locals_ = [bus.publish("t", f"{number}", local=True) for number in range(9)]
    assert len({event.id for event in locals_}) == 9
    assert not bus.after(one.id).complete
    assert not bus.after(locals_[0].seq).complete, "current streams are told too"
    assert [event.data for event in bus.after(locals_[-2].id).events] == ["8"]


def test_shared_changes_come_to_others_only_and_with_their_clock(run: Open) -> None:
    here, there = run("desk"), run()
    here.publish(CHANGE, CHANGE_DATA, type=CHANGE, root="site")
    publish(here, "after")
    has(here, "after")
    has(there, "after")
    assert texts(here) == ["after"], "it is here already"
    change = there.recent(9)[0]
    assert (change.topic, change.root) == (CHANGE, "site")
    assert abs(json.loads(change.data)["time"] - time.time()) < 5
    here.stop()
    assert texts(run("desk")) == ["after"], "nor after a restart"


def test_entries_of_strangers_are_left_out(run: Open, server: RedisServer, name: str) -> None:
    bus = run()
    publish(bus, "one")
    redis_epoch = int(bus.epoch.partition("r")[0], 16)
    server.do("XADD", f"trayapp:{{{name}}}:events", f"{redis_epoch}-*", "e", "nonsense")
    two = publish(bus, "two")[0]
    has(bus, "two")
    assert texts(bus) == ["one", "two"]
    assert bus.after(two.id).complete
    assert bus.problem == ""


def test_a_watcher_that_fails_ends_nothing(run: Open, caplog: pytest.LogCaptureFixture) -> None:
    bus = run()

    def fail() -> None:
        raise ValueError("a watcher's mistake")

    bus.watch(fail)
    publish(bus, "one")
    has(bus, "one")
    publish(bus, "two")
    has(bus, "two")
    assert "has failed" in caplog.text


def test_redis_away_at_the_start_is_a_problem_not_the_end(
    server: RedisServer, open_at: Open
) -> None:
    forwarder = Forwarder(free_port())
    forwarder.start()
    told: list[str] = []
    bus = open_at(f"redis://127.0.0.1:{forwarder.port}")
    bus._on_problem = lambda: told.append(bus.problem)
    try:
        assert "Redis at 127.0.0.1" in bus.problem
        local = bus.publish("t", "local", local=True)
        assert texts(bus) == ["local"]
        began = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            publish(bus, "x")
        assert time.monotonic() - began < 0.5, "a thread is not held up for what is known"
        assert caught.value.hint
        forwarder.target = server.port
        wait_for(lambda: not bus.problem, 2, "recovery")
        publish(bus, "y")
        has(bus, "y")
        assert not bus.after(local.seq).complete, "streams are told to reset"
        assert told[-1] == ""
    finally:
        bus.stop()
        forwarder.stop()


def test_an_emptied_redis_is_noticed_though_nobody_publishes(run: Open, tmp_path: Path) -> None:
    with running(tmp_path / "own") as own:
        buses = [RedisBus(parse(own.url), tmp_path / f"c{number}") for number in range(2)]
        for bus in buses:
            bus.start()
        try:
            old = publish(buses[0], "one")[0]
            for bus in buses:
                has(bus, "one")
            seqs = [bus.head for bus in buses]
            epochs = [bus.epoch.partition("r")[0] for bus in buses]
            own.do("FLUSHALL")
            wait_for(
                lambda: all(
                    bus.epoch.partition("r")[0] > epoch
                    for bus, epoch in zip(buses, epochs, strict=True)
                ),
                2,
                "the new epoch",
            )
            for bus, seq in zip(buses, seqs, strict=True):
                assert not bus.after(old.id).complete
                assert not bus.after(seq).complete
            publish(buses[1], "two")
            assert wire.number_of(has(buses[0], "two").id) == wire.LOCALS
        finally:
            for bus in buses:
                bus.stop()


@pytest.mark.parametrize("how", ["DEL", "XTRIM", "XDEL", "RENAME"])
def test_entries_that_somebody_took_away_are_told_by_a_reset(
    run: Open, server: RedisServer, name: str, how: str
) -> None:
    """They are taken before our reader sees them: the bus is stopped meanwhile."""
    bus, other = run(), run()
    publish(other, "one")
    seq = has(bus, "one").seq
    bus.stop()
    publish(other, "two", "three")
    key = f"trayapp:{{{name}}}:events"
    epoch = int(other.epoch.partition("r")[0], 16)
    arguments = {"XTRIM": ["MAXLEN", "1"], "XDEL": [f"{epoch}-2"], "RENAME": ["elsewhere"]}
    server.do(how, key, *arguments.get(how, []))
    bus.start()
    wait_for(lambda: not bus.after(seq).complete)
    publish(other, "four")
    has(bus, "four")
    assert bus.after(bus.head).complete


def test_a_new_epoch_loses_nothing_to_the_bounds_of_the_old_one(
    run: Open, server: RedisServer, name: str
) -> None:
    bus = run(history=12)
    publish(bus, *(f"{number}" for number in range(40)))
    has(bus, "39")
    server.do("DEL", f"trayapp:{{{name}}}:events", f"trayapp:{{{name}}}:epoch")
    publish(bus, "anew")
    has(bus, "anew")
    assert server.do("XLEN", f"trayapp:{{{name}}}:events") == 2


def test_an_epoch_from_the_future_is_followed_by_a_greater_one(
    run: Open, server: RedisServer, name: str
) -> None:
    """The clock of Redis was set back: its time is less than the epoch."""
    future = int(time.time() * 1000) + 10**9
    server.do("XADD", f"trayapp:{{{name}}}:events", f"{future}-0", "e", "")
    bus = run()
    first = publish(bus, "one")[0]
    assert int(bus.epoch.partition("r")[0], 16) == future + 1
    has(bus, "one")
    server.do("DEL", f"trayapp:{{{name}}}:events", f"trayapp:{{{name}}}:epoch")
    wait_for(lambda: int(bus.epoch.partition("r")[0], 16) == future + 2, 3)
    assert not bus.after(first.id).complete


def test_a_deadline_by_a_clock_that_was_set_is_measured_anew(run: Open) -> None:
    bus = run()
    publish(bus, "one")
    link = bus._writer._link
    assert link is not None
    link._ahead -= 3600  # as when the clock of Redis is put forward by an hour
    publish(bus, "two")
    link._ahead += 3600  # and back
    publish(bus, "three")
    has(bus, "three")
    assert texts(bus) == ["one", "two", "three"]
    assert abs(link.clock() - time.time()) < 5


def test_two_connections_whatever_happens(server: RedisServer, open_at: Open) -> None:
    forwarder = Forwarder(server.port)
    forwarder.start()
    bus = open_at(f"redis://127.0.0.1:{forwarder.port}")
    try:
        for number in range(5):
            publish(bus, f"{number}")
            forwarder.cut()
            wait_for(lambda: not bus.problem, 3)
        publish(bus, "last")
        has(bus, "last")
        assert texts(bus) == [*"01234", "last"]
        wait_for(lambda: forwarder.connections == 2)
        assert threading.active_count() < 20
    finally:
        bus.stop()
        forwarder.stop()


class Swallower(Forwarder):
    """Passes on the next commands that publish, `swallow` of them, but not their answers: cuts
    instead, `all` connections or only the one that publishes."""

    def __init__(self, target: int, *, all: bool) -> None:
        super().__init__(target)
        self.swallow = 0
        self._all = all
        self._hushed = False

    def _pass(self, source: socket.socket, sink: socket.socket, left: list[int]) -> None:
        with suppress(OSError):
            while (piece := source.recv(65536)) and not self._hushed:
                publishes = self.swallow and b"NOMKSTREAM" in piece
                self._hushed = bool(publishes and self._all)
                sink.sendall(piece)
                if publishes:
                    self._lose(source)
        self._end(source, sink, left)

    def _lose(self, source: socket.socket) -> None:
        self.swallow -= 1
        time.sleep(0.1)  # so that Redis has done it
        if self._all:
            self.cut()
            self._hushed = False
        else:
            source.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("all_", [True, False], ids=["all", "one"])
@pytest.mark.parametrize("losses", [1, 2])
def test_what_was_published_though_the_answer_was_lost_is_published_once(
    server: RedisServer, open_at: Open, losses: int, all_: bool
) -> None:
    swallower = Swallower(server.port, all=all_)
    swallower.start()
    here, there = open_at(f"redis://127.0.0.1:{swallower.port}"), open_at(server.url)
    try:
        publish(here, "before")
        swallower.swallow = losses
        told = publish(here, "once")[0]
        wait_for(lambda: not here.problem, 3)
        publish(here, "after")
        has(there, "after")
        assert texts(there) == ["before", "once", "after"]
        assert wire.parse(told.id).shared == 2  # type: ignore[union-attr]
    finally:
        here.stop()
        swallower.stop()


def test_a_command_that_redis_gets_round_to_too_late_publishes_nothing(
    tmp_path: Path, name: str, open_at: Open
) -> None:
    with running(tmp_path / "own") as own:
        bus = open_at(own.url)
        publish(bus, "before")
        has(bus, "before")
        own.send(signal.SIGSTOP)
        began = time.monotonic()
        results: list[float] = []

        def try_it() -> None:
            with pytest.raises(Unavailable, match="does not answer"):
                publish(bus, "too late")
            results.append(time.monotonic() - began)

        threads = [threading.Thread(target=try_it) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert max(results) < 2.2
        local = bus.publish("t", "local", local=True)
        own.send(signal.SIGCONT)
        resumed = time.monotonic()
        wait_for(lambda: not bus.problem, 2, "recovery")
        assert time.monotonic() - resumed < 2
        publish(bus, "after")
        has(bus, "after")
        assert texts(bus) == ["before", "local", "after"]
        assert [event.data for event in bus.after(local.seq).events] == ["after"], "and no reset"
        bus.stop()


SECRET = "s3cr3t"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server with a password, a user as docs/redis.md says, and one who may only read."""
    with running(tmp_path_factory.mktemp("locked"), "--requirepass", SECRET) as server:
        rights = acl_of_the_docs()
        few = ["~*", "+info", "+eval", "+exists"]
        no_read = [word for word in rights if word != "+xread"]
        for user, words in (("ada", rights), ("bob", few), ("eve", no_read)):
            auth(server, "ACL", "SETUSER", user, "on", f">{SECRET}", *words)
        yield server


def auth(server: RedisServer, *command: str) -> object:
    import redis

    with redis.Redis(port=server.port, password=SECRET, socket_timeout=5) as client:
        return client.execute_command(*command)


def acl_of_the_docs() -> list[str]:
    """The rights that docs/redis.md gives to the user of trayapp."""
    text = (Path(__file__).parents[2] / "docs" / "redis.md").read_text("utf-8")
    line = next(line for line in text.splitlines() if "ACL SETUSER" in line)
    return [word.strip("'\"") for word in line.split() if word.strip("'\"")[0] in "~+"]


def test_a_user_with_the_rights_in_the_docs_can_do_all(locked: RedisServer, open_at: Open) -> None:
    bus = open_at(f"redis://ada:{SECRET}@127.0.0.1:{locked.port}/0")
    assert bus.problem == ""
    publish(bus, "one")
    has(bus, "one")
    again = open_at(f"redis://ada:{SECRET}@127.0.0.1:{locked.port}/0")
    assert texts(again) == ["one"]


@pytest.mark.parametrize(
    ("login", "problem"),
    [
        ("", "wants a password"),
        (f":not-{SECRET}@", "refuses the password"),
        (f"bob:{SECRET}@", "does not allow bob all that is needed"),
        (f"eve:{SECRET}@", "does not allow eve all that is needed"),
    ],
)
def test_a_login_that_fails_is_named_without_the_password(
    locked: RedisServer, open_at: Open, login: str, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bus = open_at(f"redis://{login}127.0.0.1:{locked.port}/0")
    assert problem in bus.problem
    with pytest.raises(Unavailable) as caught:
        publish(bus, "x")
    said = f"{caplog.text} {bus.problem} {caught.value!r} {bus._address!r} {bus._reader.__dict__}"
    assert SECRET not in said.replace("'password': None", "")
    bus.stop()


def test_a_password_over_a_network_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bus = RedisBus(parse(f"redis://:{SECRET}@192.0.2.1:1/0"), tmp_path / "origin")
    bus._reader.start = lambda _origin: None  # type: ignore[assignment, method-assign]
    bus.start()
    bus.stop()
    assert caplog.text.count("in plain text") == 1
    assert SECRET not in caplog.text


def test_a_redis_without_memory_is_named_and_tried_again(open_at: Open, tmp_path: Path) -> None:
    with running(tmp_path / "own") as own:
        bus = open_at(own.url)
        publish(bus, "one")
        own.do("CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(Unavailable, match="no memory left"):
            publish(bus, "two")
        assert "no memory left" in bus.problem
        own.do("CONFIG", "SET", "maxmemory", "0")
        publish(bus, "three")
        has(bus, "three")
        assert bus.problem == ""
        assert texts(bus) == ["one", "three"]
        bus.stop()


def test_a_replica_is_refused_and_its_master_named(
    server: RedisServer, open_at: Open, tmp_path: Path
) -> None:
    with running(tmp_path / "own", "--replicaof", "127.0.0.1", str(server.port)) as replica:
        bus = open_at(replica.url)
        assert "is a replica" in bus.problem
        assert f"127.0.0.1:{server.port}" in bus.problem
        bus.stop()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `ca.pem` and `key.pem`, good for 127.0.0.1."""
    need("openssl")
    folder = tmp_path_factory.mktemp("certificates")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = "-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out ca.pem"
    subprocess.run([*command.split(), *names.split()], cwd=folder, check=True, capture_output=True)
    return folder


def test_tls_is_spoken_to_whom_it_trusts(certificates: Path, tmp_path: Path, name: str) -> None:
    tls = free_port()
    ca, key = str(certificates / "ca.pem"), str(certificates / "key.pem")
    words = ["--tls-port", str(tls), "--tls-cert-file", ca, "--tls-key-file", key]
    words += ["--tls-auth-clients", "no", "--tls-ca-cert-file", ca]
    with running(tmp_path / "own", *words), ExitStack() as stack:
        found = {}
        for host, query in (
            ("127.0.0.1", f"&ca={ca}"),
            ("127.0.0.1", ""),
            ("localhost", f"&ca={ca}"),
        ):
            url = f"rediss://{host}:{tls}/0?name={name}{query}"
            bus = RedisBus(parse(url), tmp_path / "origin")
            bus.start()
            stack.callback(bus.stop)
            found[host, bool(query)] = bus
        bus = found["127.0.0.1", True]
        publish(bus, "secret")
        has(bus, "secret")
        for other in (found["127.0.0.1", False], found["localhost", True]):
            assert "a certificate that is not trusted" in other.problem
            with pytest.raises(Unavailable):
                publish(other, "x")
        missing = RedisBus(
            parse(f"rediss://127.0.0.1:{tls}/0?ca=/no/such.pem"), tmp_path / "origin"
        )
        missing.start()
        stack.callback(missing.stop)
        assert "/no/such.pem cannot be read" in missing.problem


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"-LOADING Redis is loading the dataset in memory\r\n", "is loading its data"),
        (b"-MOVED 3999 127.0.0.1:6381\r\n", "Name 127.0.0.1:6381"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak as Redis does"),
        (b"*2\r\n$3\r\nold\r\n$5\r\n6.2.7\r\n", "is version 6.2.7"),
        (b"-MISCONF Errors writing to\x1b the AOF file\r\n", "refuses: "),
        (b"-ERR max number of clients reached\r\n", "too many connections"),
        (b"", "closed the connection"),
    ],
)
def test_what_answers_otherwise_is_told_in_a_sentence(
    open_at: Open, answer: bytes, problem: str
) -> None:
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while not ended.is_set():
                with listener.accept()[0] as ours, suppress(ConnectionError):
                    while not ended.is_set() and ours.recv(65536) and answer:
                        ours.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        bus = open_at(f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
        said = bus.problem
        bus.stop()
        ended.set()
        socket.create_connection(listener.getsockname()).close()
        thread.join()
    assert problem in said
    assert "\x1b" not in said


def test_a_name_that_nobody_has_is_told(open_at: Open) -> None:
    bus = open_at("redis://no-such-computer.invalid")
    assert "There is no computer called no-such-computer.invalid" in bus.problem


def test_a_mistake_of_ours_ends_neither_reading_nor_publishing(
    run: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bus = run()
    publish(bus, "one")
    with monkeypatch.context() as patch:
        patch.setattr("trayapp.bus.redis.link.Link._eval", lambda *_: 1 / 0)
        with pytest.raises(Unavailable, match="a mistake in trayapp"):
            publish(bus, "x")
        wait_for(lambda: "could not be followed" in caplog.text)
        assert "a mistake in trayapp" in bus.problem
    wait_for(lambda: bus._reading is None)
    publish(bus, "two \ud800")
    has(bus, "two ?")
    assert bus.problem == ""
    assert texts(bus) == ["one", "two ?"]


def test_without_the_package_the_error_says_how_to_get_it(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['redis'] = None\nfrom pathlib import Path\n"
        "from trayapp.bus import open_bus\nopen_bus('redis://host', Path('events.db'))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert f"Install it: {sys.executable} -m pip install 'trayapp-live[redis]'" in ended.stderr


def test_the_log_is_the_bus_where_no_redis_is_named(tmp_path: Path) -> None:
    bus = open_bus("", tmp_path / "events.db")
    assert type(bus).__name__ == "LogBus"
    with pytest.raises(TrayAppError, match="redis://HOST"):
        open_bus("http://host", tmp_path / "events.db")
