"""Another device finds this computer by name while it is announced, over a real cable."""

import logging
import random
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import need
from tests.hostile.network import HOST_ADDRESS, PHONE_ADDRESS, Lan, inside
from tests.lan.mdns import AAAA, GROUP, PORT, PTR, SRV, A, Asker, Record, question
from tests.support import open_files, wait_for
from trayapp.lan.addresses import LanAddress
from trayapp.lan.announcer import Announcer

ON_LAN = LanAddress(HOST_ADDRESS, "lan0", 0, "10.77.0.0/24")
SERVICE = "_http._tcp.local"

Start = Callable[..., Announcer]


@pytest.fixture
def phone(computers: Lan) -> Iterator[Asker]:
    """A device on the other end of the cable."""
    asker = inside(computers.phone, lambda: Asker(PHONE_ADDRESS))
    yield asker
    asker.close()


@pytest.fixture
def start(computers: Lan) -> Iterator[Start]:
    """Announces a computer of some name on the cable."""
    started: list[Announcer] = []

    def begin(host: str, *addresses: LanAddress, port: int = 8765) -> Announcer:
        announcer = Announcer(port, host=lambda: host, own=lambda: frozenset({HOST_ADDRESS}))
        started.append(announcer)
        inside(computers.host, lambda: announcer.start(addresses or [ON_LAN]))
        return announcer

    yield begin
    for announcer in started:
        announcer.stop()


def found(phone: Asker, name: str, kind: int = A, seconds: float = 8) -> list[Record]:
    """What is answered for the name, asked again and again until it is."""
    return wait_for(lambda: phone.ask(name, kind, 0.5), seconds, name)


def test_name_and_service_are_found_and_gone_after_stop(start: Start, phone: Asker) -> None:
    announcer = start("Kitchen PC.fritz.box")
    assert [one.value for one in found(phone, "kitchen-pc.local")] == [HOST_ADDRESS]
    wait_for(lambda: announcer.name == "kitchen-pc.local")
    title = f"trayapp on Kitchen PC.{SERVICE}"
    assert title in [one.value for one in found(phone, SERVICE, PTR)]
    assert [one.value for one in found(phone, title, SRV)] == ["8765 kitchen-pc.local"]
    announcer.stop()
    assert announcer.name == ""
    last = {one.name: one.seconds for one in phone.hear_all(0.3) if one.kind in (A, SRV)}
    assert last == {"kitchen-pc.local": 0, title: 0}  # goodbyes: RFC 6762 §10.1
    assert phone.ask("kitchen-pc.local", A, 1.5) == []


def test_only_on_the_addresses_given(start: Start, phone: Asker) -> None:
    start("pc-a", ON_LAN, LanAddress("fd00:77::1", "lan0"))
    assert [one.value for one in found(phone, "pc-a.local")] == [HOST_ADDRESS]
    assert [one.value for one in found(phone, "pc-a.local", AAAA)] == ["fd00:77::1"]


def test_an_update_moves_the_name(start: Start, phone: Asker) -> None:
    announcer = start("pc-b", LanAddress("127.0.0.1", "lo"))
    wait_for(lambda: announcer.name == "pc-b.local")
    assert phone.ask("pc-b.local", A, 0.5) == []
    announcer.update([ON_LAN])
    assert [one.value for one in found(phone, "pc-b.local")] == [HOST_ADDRESS]
    announcer.update([])
    wait_for(lambda: announcer.name == "")
    phone.hear_all(0.5)
    assert phone.ask("pc-b.local", A, 1.5) == []


def test_whoever_shows_the_name_hears_of_it(computers: Lan) -> None:
    heard: list[str] = []
    announcer = Announcer(
        8765, lambda: heard.append(announcer.name), host=lambda: "pc-l", own=frozenset
    )
    inside(computers.host, lambda: announcer.start([ON_LAN]))
    wait_for(lambda: heard)
    announcer.stop()
    assert heard == ["pc-l.local", ""]


def test_stop_amid_the_first_question_ends_soon_and_says_nothing(
    start: Start, phone: Asker
) -> None:
    announcer = start("pc-c")
    announcer.stop()
    announcer.stop()
    assert "trayapp-mdns" not in {one.name for one in threading.enumerate()}
    assert phone.ask("pc-c.local", A, 1) == []


def test_announces_again_after_a_stop(start: Start, phone: Asker, computers: Lan) -> None:
    announcer = start("pc-d")
    announcer.stop()
    inside(computers.host, lambda: announcer.start([ON_LAN]))
    assert found(phone, "pc-d.local")


def test_threads_are_ours(start: Start, phone: Asker) -> None:
    before = set(threading.enumerate())
    start("pc-e")
    found(phone, "pc-e.local")
    assert {one.name for one in set(threading.enumerate()) - before} == {"trayapp-mdns"}


def test_a_second_trayapp_of_this_computer_gets_a_number(start: Start, phone: Asker) -> None:
    start("pc-f")
    found(phone, f"trayapp on pc-f.{SERVICE}", SRV)
    second = start("pc-f", port=8766)
    answer = found(phone, f"trayapp on pc-f-2.{SERVICE}", SRV)
    assert [one.value for one in answer] == ["8766 pc-f-trayapp.local"]
    assert second.name == "pc-f.local"


@contextmanager
def avahi(namespace: str, folder: Path, name: str) -> Iterator[Path]:
    """avahi of a computer called `name`; yields what it says."""
    need("avahi-daemon")
    if Path("/run/avahi-daemon/pid").exists():
        pytest.skip("avahi runs on this computer, and there can be one for each file of its pid")
    lines = [
        *("[server]", f"host-name={name}", "use-ipv6=no", "enable-dbus=no"),
        *("allow-interfaces=lan0", "[wide-area]", "enable-wide-area=no"),
    ]
    settings, said = folder / "avahi.conf", folder / "avahi.log"
    settings.write_text("\n".join(lines))
    options = ["--no-drop-root", "--no-chroot", "--no-rlimits", "--no-proc-title"]
    with said.open("wb") as log:
        daemon = subprocess.Popen(
            [
                "nsenter",
                f"--net=/run/netns/{namespace}",
                "avahi-daemon",
                *options,
                "-f",
                str(settings),
            ],
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(lambda: "Server startup complete" in said.read_text(), 10, "avahi")
            yield said
        finally:
            daemon.terminate()
            daemon.wait(10)


@pytest.mark.parametrize("first", ["avahi", "trayapp"])
def test_no_fight_over_the_name_with_avahi(
    start: Start, phone: Asker, computers: Lan, tmp_path: Path, first: str
) -> None:
    name = f"pc-g-{first}"
    if first == "trayapp":
        early = start(name)
        found(phone, f"{name}.local")
    with avahi(computers.host, tmp_path, name) as said:
        announcer = early if first == "trayapp" else start(name)
        found(phone, f"trayapp on {name}.{SERVICE}", SRV)
        wait_for(lambda: announcer.name == f"{name}.local")
        alias = f"{name}-trayapp.local"
        assert bool(phone.ask(alias, A, 1.5)) is (first == "avahi")
        announcer.stop()
        phone.hear_all(0.5)
        assert [one.value for one in found(phone, f"{name}.local")] == [HOST_ADDRESS]
        assert "conflict" not in said.read_text().lower()


def test_the_name_of_another_device_is_left_to_it(
    start: Start,
    phone: Asker,
    computers: Lan,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with avahi(computers.phone, tmp_path, "pc-h") as said:
        announcer = start("pc-h")
        wait_for(lambda: "the name of another device (10.77.0.2" in caplog.text)
        assert announcer.name == ""
        assert "conflict" not in said.read_text().lower()


def test_a_port_that_is_taken_is_a_line_in_the_log(
    start: Start, computers: Lan, caplog: pytest.LogCaptureFixture
) -> None:
    taken = inside(computers.host, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    with taken:
        taken.bind(("", 5353))  # without SO_REUSEADDR
        announcer = start("pc-i")
        wait_for(lambda: "Nothing is announced by mDNS" in caplog.text)
        announcer.stop()
    assert "Traceback" not in caplog.text
    assert len([one for one in caplog.records if one.levelno >= logging.WARNING]) == 1


@pytest.mark.parametrize("address", ["10.77.99.99", "fd00:99::99"])
def test_an_address_that_has_gone_is_a_line_in_the_log(
    start: Start, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    start("pc-j", LanAddress(address, "lan0"))
    wait_for(lambda: "Nothing is announced by mDNS" in caplog.text)
    assert "Traceback" not in caplog.text


def test_without_a_network_it_waits_for_one(start: Start, phone: Asker, computers: Lan) -> None:
    announcer = Announcer(8765, host=lambda: "pc-k", own=frozenset)
    inside(computers.host, lambda: announcer.start([]))
    announcer.update([ON_LAN])
    try:
        assert found(phone, "pc-k.local")
    finally:
        announcer.stop()


def test_noise_is_a_line_in_the_log_and_the_name_is_found(
    start: Start, phone: Asker, computers: Lan, caplog: pytest.LogCaptureFixture
) -> None:
    announcer = start("pc-m")
    assert found(phone, "pc-m.local")
    phone.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    legacy = inside(computers.phone, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    with legacy:  # what is asked from another port than 5353 is repeated in the answer (§6.7)
        way = socket.inet_aton(PHONE_ADDRESS)
        legacy.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, way)
        legacy.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        for packet in noise(random.Random(1), 3000):
            phone.socket.sendto(packet, (GROUP, PORT))
            legacy.sendto(packet, (GROUP, PORT))
    assert found(phone, "pc-m.local")
    announcer.stop()
    assert "Traceback" not in caplog.text
    assert len([one for one in caplog.records if one.levelno >= logging.WARNING]) <= 1


def noise(chance: random.Random, number: int) -> Iterator[bytes]:
    """Packets of mDNS with a few bytes exchanged, and answers for names that are none."""
    asked = [question(name, A) for name in ("pc-m.local", f"trayapp on pc-m.{SERVICE}", SERVICE)]
    for _ in range(number):
        packet = bytearray(chance.choice(asked))
        if chance.random() < 0.2:  # a second question, whose name is no text
            packet[5] = 2
            packet += bytes([60]) + chance.randbytes(60) + b"\0\0\1\0\1"
        if chance.random() < 0.5:  # a response with a record for what was a question
            packet[2:12] = struct.pack("!5H", 0x8400, 0, 1, 0, 0)
            value = chance.randbytes(chance.randrange(20))
            packet += struct.pack("!IH", 120, len(value)) + value
        for _ in range(chance.randrange(4)):
            packet[chance.randrange(len(packet))] = chance.randrange(256)
        yield bytes(packet)


def test_constructor_opens_nothing() -> None:
    before = open_files()
    announcer = Announcer(8765)
    announcer.update([ON_LAN])
    announcer.stop()
    assert len(open_files()) == len(before)
