"""Many computers on one Redis: one order on all pages. Redis is killed, emptied, stopped, replaced
by a replica that lags: what is missing is told by a reset, nothing comes twice, and soon after its
return all goes on."""

import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.rig.redisserver import Forwarder, RedisServer, running
from tests.streams import Reader, open_stream, wait_for_scan
from tests.support import Running, program_environ, wait_for
from tests.torture.computers import Computers
from tests.torture.hashed import Hall
from tests.torture.publisher import Publishers, post
from tests.torture.scale import TIMEOUT, scaled

logger = logging.getLogger(__name__)

OUTAGES = scaled(2, 20)
BETWEEN = scaled(150, 1000)
"""Events acknowledged between two outages, at least."""

PAGES = 200
EVENTS = 2001

STOPPED = 30.0
"""Seconds."""

pytestmark = pytest.mark.timeout(TIMEOUT)

Make = Callable[[str], Computers]


class Stopped:
    """The program on a Redis that was stopped (SIGSTOP) a moment ago, with a page on it."""

    def __init__(self, redis: RedisServer, running: Running, site: Path) -> None:
        self.redis = redis
        self.running = running
        self.site = site
        wait_for_scan(running.port)  # the first look at a folder is a change too
        self.page: Reader = open_stream(running.port, "/stream?topic=t,change")
        assert self.page.next().type == "hello"
        assert self.publish("before")[0] == 200
        assert self.page.next().data == "before"
        redis.send(signal.SIGSTOP)
        self.since = time.monotonic()

    def publish(self, text: str) -> tuple[int, dict[str, str], float]:
        return post(self.running.port, "/t", text.encode())


@pytest.fixture(scope="module", autouse=True)
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stopped]:
    """Set up first and looked at last: the other tests of this file run meanwhile."""
    folder = tmp_path_factory.mktemp("stopped")
    site = folder / "site"
    site.mkdir()
    with running(folder / "redis") as redis:
        environ = program_environ(folder / "home") | {"TRAYAPP_BUS": redis.url}
        program = Running(["run", str(site), "--no-tray", "--port", "0"], environ, folder)
        try:
            wait_for(lambda: program.url, 15)
            stopped = Stopped(redis, program, site)
            yield stopped
            stopped.page.close()
        finally:
            with suppress(ProcessLookupError):
                redis.send(signal.SIGCONT)
            program.stop()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Three computers at a URL, publishing."""
    with ExitStack() as stack:

        def start(url: str) -> Computers:
            computers = Computers(url, tmp_path, 3)
            stack.callback(computers.close)
            computers.begin()
            return computers

        yield start


@pytest.mark.parametrize(
    "kept",
    [
        ("--appendonly", "yes", "--appendfsync", "always"),
        ("--appendonly", "yes", "--appendfsync", "everysec"),
        (),
    ],
    ids=["always", "everysec", "nothing"],
)
def test_kill_9_and_restart(make: Make, tmp_path: Path, kept: tuple[str, ...]) -> None:
    with running(tmp_path / "redis", *kept) as redis:
        computers = make(redis.url)
        for _ in range(OUTAGES):
            computers.wait_for(BETWEEN)
            redis.kill()
            redis.start()
            logger.info("recovered after %.2f s", computers.recovered(time.monotonic()))
        computers.wait_for(BETWEEN)
        computers.end()
        computers.check(resets=OUTAGES)
        computers.close()
    assert computers.slowest < 2.5


def test_an_emptied_redis_under_load(make: Make, tmp_path: Path) -> None:
    with running(tmp_path / "redis") as redis:
        computers = make(redis.url)
        for _ in range(OUTAGES):
            computers.wait_for(BETWEEN)
            redis.do("FLUSHALL")
        computers.wait_for(BETWEEN)
        computers.end()
        computers.check(resets=OUTAGES)
        assert all(page.resets for page in computers.pages)
        assert not computers.refused
        computers.close()


def test_connections_that_break_lose_nothing(make: Make, tmp_path: Path) -> None:
    """What was published when the connection broke is published once, and no page is told to
    reset."""
    with running(tmp_path / "redis") as redis:
        forwarder = Forwarder(redis.port)
        forwarder.start()
        computers = make(f"redis://127.0.0.1:{forwarder.port}/0")
        try:
            for _ in range(5 * OUTAGES):
                computers.wait_for(BETWEEN // 5)
                forwarder.cut()
            computers.wait_for(BETWEEN)
            computers.end()
            computers.check(resets=0)
            for page in computers.pages:
                assert computers.acknowledged <= set(page.texts)
        finally:
            computers.close()
            forwarder.stop()


def link_of(replica: RedisServer) -> object:
    """Whether it hears its master: up or down."""
    return replica.do("INFO", "replication").get("master_link_status")


def test_failover_to_a_replica_that_lags(make: Make, tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(running(tmp_path / "first"))
        replication, front = Forwarder(first.port), Forwarder(first.port)
        for forwarder in (replication, front):
            forwarder.start()
            stack.callback(forwarder.stop)
        follow = ("--replicaof", "127.0.0.1", str(replication.port))
        second = stack.enter_context(running(tmp_path / "second", *follow))
        wait_for(lambda: link_of(second) == "up", 15)
        computers = make(f"redis://127.0.0.1:{front.port}/0")
        stack.callback(computers.close)
        computers.wait_for(BETWEEN)
        replication.target = 0
        replication.cut()
        computers.wait_for(BETWEEN)
        front.target = second.port
        front.cut()
        first.kill()
        wait_for(lambda: "replica" in computers.buses[0].problem, 3)
        behind = len(computers.pages[0].texts) - second.do("XLEN", "trayapp:{trayapp}:events")
        assert behind > BETWEEN / 2, "it lags"
        second.do("REPLICAOF", "NO", "ONE")
        logger.info("recovered after %.2f s", computers.recovered(time.monotonic()))
        computers.wait_for(BETWEEN)
        computers.end()
        computers.check(resets=1)
        assert [page.resets for page in computers.pages] == [1, 1, 1]


def test_a_master_that_was_a_replica_for_a_while(make: Make, tmp_path: Path) -> None:
    """Its data was replaced by older data, and no connection broke."""
    with ExitStack() as stack:
        first = stack.enter_context(running(tmp_path / "first"))
        second = stack.enter_context(running(tmp_path / "second"))
        computers = make(first.url)
        stack.callback(computers.close)
        computers.wait_for(BETWEEN)
        second.do("REPLICAOF", "127.0.0.1", first.port)
        wait_for(lambda: link_of(second) == "up", 15)
        second.do("REPLICAOF", "NO", "ONE")
        computers.wait_for(BETWEEN)
        first.do("REPLICAOF", "127.0.0.1", second.port)
        wait_for(lambda: link_of(first) == "up", 15)
        first.do("REPLICAOF", "NO", "ONE")
        computers.recovered(time.monotonic())
        computers.wait_for(BETWEEN)
        computers.end()
        for page in computers.pages:
            assert page.resets
            assert len(set(page.texts)) == len(page.texts)


def test_pages_of_three_processes_get_all_in_one_order(tmp_path: Path) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        redis = stack.enter_context(running(tmp_path / "redis"))
        programs = []
        for number in range(3):
            folder = tmp_path / f"computer-{number}"
            (folder / "site").mkdir(parents=True)
            environ = program_environ(folder / "home") | {"TRAYAPP_BUS": redis.url}
            words = ["run", str(folder / "site"), "--no-tray", "--port", "0"]
            programs.append(Running(words, environ, folder))
            stack.callback(programs[-1].stop)
        ports = [program.port for program in programs]
        hall = Hall(ports, PAGES, "/stream?topic=t")
        stack.callback(hall.close)
        hall.read(0, 10)
        publishing = time.monotonic()
        publishers = [
            stack.enter_context(Publishers(port, EVENTS // 3, threads=2, size=size))
            for size, port in enumerate(ports)
        ]
        hall.read(EVENTS // 3 * 3, TIMEOUT)
        logger.info(
            "%.1f s, of it %.1f published", time.monotonic() - began, time.monotonic() - publishing
        )
        assert not any(each.refused or each.unsure for each in publishers)
        [((count, resets, _), readers)] = hall.orders().items()
    assert (count, resets, readers) == (EVENTS // 3 * 3, 0, 3 * PAGES)


def test_stopped_for_half_a_minute(stopped: Stopped) -> None:
    """Streams stay open and files go on; publishing is refused at once, and goes on in two
    seconds."""
    status, said, _ = stopped.publish("too late")
    assert status == 503
    assert "Redis at" in said["error"]
    assert said["hint"]
    status, said, seconds = stopped.publish("too late again")
    assert status == 503
    assert seconds < 0.5, "known by now"
    (stopped.site / "own.css").write_text("a{}")
    assert "own.css" in stopped.page.next().data
    time.sleep(max(0.0, stopped.since + STOPPED - time.monotonic()))
    stopped.redis.send(signal.SIGCONT)
    began = time.monotonic()
    wait_for(lambda: stopped.publish("after")[0] == 200, 2, "recovery")
    logger.info("recovered after %.2f s", time.monotonic() - began)
    assert stopped.page.next().data == "after"
    assert stopped.page.rest(0.3) == [], "no reset, and nothing that was refused"
