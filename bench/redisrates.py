"""How fast one Redis takes events, and hands them out again to one who was away."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import processes
from bench.redisserver import Redis
from trayapp.bus import redis as bus
from trayapp.bus.redis.link import Link, Proof

PUBLISHERS = (1, 32)
EVENT = "x" * 90


def measure(store: Redis, events: int) -> str:
    """A line for each way, `events` by each."""
    lines = ["One Redis, events of 90 bytes"]
    with publishing(store) as publisher:
        for threads in PUBLISHERS:
            lines.append(_added(publisher, store, threads, events))
    return "\n".join([*lines, _read(store, events)])


@contextmanager
def publishing(store: Redis) -> Iterator[bus.RedisBus]:
    """A computer that publishes there."""
    publisher = bus.RedisBus(bus.parse(store.url), Path("/dev/null"))
    publisher.start()
    try:
        yield publisher
    finally:
        publisher.stop()


def _added(publisher: bus.RedisBus, store: Redis, threads: int, events: int) -> str:
    def publish() -> None:
        for _ in range(events // threads):
            publisher.publish("bench", EVENT)

    workers = [threading.Thread(target=publish) for _ in range(threads)]
    used, begun = processes.cpu_seconds([store.pid]), time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    took, count = time.monotonic() - begun, events // threads * threads
    used = processes.cpu_seconds([store.pid]) - used
    return _line(f"taken, {threads} at a time", count, took, used)


def _read(store: Redis, events: int) -> str:
    """As a computer does that was away: many entries with each answer."""
    link, got = Link(bus.parse(store.url), 1.0), 0
    try:
        proof = link.prove(Proof())
        place = max(0, proof.number - events)
        used, begun = processes.cpu_seconds([store.pid]), time.monotonic()
        while place < proof.number and (entries := link.read(proof.epoch, place, 0.01)):
            got, place = got + len(entries), entries[-1].number
        took = time.monotonic() - begun
    finally:
        link.close()
    return _line("read again", got, took, processes.cpu_seconds([store.pid]) - used)


def _line(name: str, count: int, seconds: float, used: float) -> str:
    return (
        f"{name:20} {count / seconds:9,.0f} a second {used / count * 1e6:7.1f} µs of its CPU each"
    )
