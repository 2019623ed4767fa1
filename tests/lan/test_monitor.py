"""Changes of the network are told once each, and never after a stop."""

import threading

import pytest

from tests.hostile.network import HOST_ADDRESS, Lan, inside
from tests.lan.test_interfaces import in_namespace
from tests.support import wait_for
from trayapp.lan.addresses import LanAddress
from trayapp.lan.monitor import Monitor

HOME, OFFICE = LanAddress("192.168.1.5", "wlan0"), LanAddress("10.0.0.5", "wlan0")


class Network:
    """What is read, and what was told of it."""

    def __init__(self, *now: LanAddress) -> None:
        self.now = now
        self.looks = 0
        self.fails = False
        self.done = True
        self.told: list[tuple[LanAddress, ...]] = []

    def read(self) -> tuple[LanAddress, ...]:
        self.looks += 1
        if self.fails:
            raise OSError("no such device")
        return self.now

    def tell(self, now: tuple[LanAddress, ...]) -> bool:
        self.told.append(now)
        return self.done

    def monitor(self) -> Monitor:
        return Monitor(self.tell, read=self.read, period=0.01)

    def looked(self, more: int = 2) -> None:
        """Waits until it was looked at some times more."""
        wanted = self.looks + more
        wait_for(lambda: self.looks >= wanted)


def test_each_change_is_told_once() -> None:
    network = Network(HOME)
    monitor = network.monitor()
    monitor.start([HOME])
    try:
        network.looked()
        assert network.told == []
        network.now = (OFFICE, HOME)
        wait_for(lambda: network.told)
        network.looked()
        network.now = ()
        wait_for(lambda: len(network.told) == 2)
        network.looked()
    finally:
        monitor.stop()
    assert network.told == [(OFFICE, HOME), ()]


def test_first_look_tells_what_was_not_known() -> None:
    network = Network(HOME)
    monitor = network.monitor()
    monitor.start()
    wait_for(lambda: network.told)
    monitor.stop()
    monitor.stop()
    assert network.told == [(HOME,)]


def test_what_could_not_be_followed_is_told_again() -> None:
    network = Network(HOME)
    network.done = False
    monitor = network.monitor()
    monitor.start()
    wait_for(lambda: len(network.told) >= 2)  # it goes on by itself
    network.done = True
    told = len(network.told)
    network.looked()
    monitor.stop()
    assert len(network.told) <= told + 1


def test_another_order_is_a_change() -> None:
    network = Network(OFFICE, HOME)
    monitor = network.monitor()
    monitor.start([HOME, OFFICE])
    wait_for(lambda: network.told)
    monitor.stop()
    assert network.told == [(OFFICE, HOME)]


def test_a_look_that_fails_is_no_change() -> None:
    network = Network(HOME)
    monitor = network.monitor()
    monitor.start([HOME])
    network.fails = True
    network.looked()
    network.fails = False
    network.looked()
    monitor.stop()
    assert network.told == []


def test_a_fault_in_what_follows_is_logged_and_the_next_change_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    network = Network(HOME)

    def fails_once(now: tuple[LanAddress, ...]) -> bool:
        network.told.append(now)
        if len(network.told) == 1:
            raise RuntimeError("fault")
        return True

    monitor = Monitor(fails_once, read=network.read, period=0.01)
    monitor.start()
    wait_for(lambda: network.told)
    network.now = (OFFICE,)
    wait_for(lambda: len(network.told) == 2)
    monitor.stop()
    assert "could not be followed" in caplog.text


def test_stop_ends_the_thread_and_may_be_called_by_what_follows() -> None:
    stopped = threading.Event()
    network = Network(HOME)

    def stop(_: tuple[LanAddress, ...]) -> bool:
        assert threading.current_thread().name == "trayapp-lan"
        monitor.stop()
        stopped.set()
        return True

    monitor = Monitor(stop, read=network.read, period=0.01)
    monitor.start()
    assert stopped.wait(5)
    network.now = (OFFICE,)
    wait_for(lambda: "trayapp-lan" not in {one.name for one in threading.enumerate()})


def test_an_address_that_comes_and_goes_on_a_real_interface(computers: Lan) -> None:
    told: list[set[str]] = []

    def tell(now: tuple[LanAddress, ...]) -> bool:
        told.append({one.address for one in now})
        return True

    monitor = Monitor(tell, period=0.05)
    inside(computers.host, monitor.start)
    try:
        wait_for(lambda: told and HOST_ADDRESS in told[-1])
        in_namespace(computers.host, "ip", "address", "add", "192.168.77.7/24", "dev", "lan0")
        wait_for(lambda: {HOST_ADDRESS, "192.168.77.7"} <= told[-1])
        in_namespace(computers.host, "ip", "address", "del", "192.168.77.7/24", "dev", "lan0")
        wait_for(lambda: "192.168.77.7" not in told[-1])
    finally:
        monitor.stop()
    assert HOST_ADDRESS in told[-1]
