"""The end of the program: every page is told, and knows when to come back."""

import logging
import re
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.streams import Reader, open_stream, wait_for_scan
from tests.support import Running
from tests.torture.crowd import Crowd, stalled
from tests.torture.publisher import publish
from tests.torture.scale import TIMEOUT
from trayapp.server import listen_on_loopback
from trayapp.sse import Dispatched

logger = logging.getLogger(__name__)

STREAMS = 200
PAGES = 100

pytestmark = pytest.mark.timeout(TIMEOUT)


@pytest.fixture
def bare(run_trayapp: Callable[..., Running], site: Path, tmp_path: Path) -> float:
    """The seconds that the end takes on this machine when nobody is there."""
    program = run_trayapp(site, environ={"TRAYAPP_HOME": str(tmp_path / "bare")})
    wait_for_scan(program.port)
    began = time.monotonic()
    assert program.stop() == 0
    return time.monotonic() - began


@pytest.fixture
def joined(program: Running) -> list[Reader]:
    """Open streams, some of them HTTP/1.0, some of dashboards."""
    wait_for_scan(program.port)
    crowd = [open_stream(program.port, f"/stream?topic={_topic(n)}") for n in range(STREAMS)]
    for reader in crowd:
        assert reader.next().type == "hello"
    return crowd


def _news(events: list[Dispatched]) -> list[Dispatched]:
    """Without what a first look at a folder tells pages that came before its end."""
    return [event for event in events if '"action": "none"' not in event.data]


def _topic(number: int) -> str:
    return "state,notify" if number % 10 == 0 else "change,notify"


def _retry(reader: Reader) -> float:
    """The seconds that the last frame asks the page to wait."""
    last = reader.next()
    while last.type == "state":  # of a dashboard: streams that came are a change of the picture
        last = reader.next()
    assert last.type == "bye"
    found = re.search(rb"\nretry: ([0-9]+)\nevent: bye\n", bytes(reader.body))
    assert found, bytes(reader.body)
    return int(found[1]) / 1000


def test_200_streams_end_with_bye_in_less_than_a_second(
    bare: float, program: Running, joined: list[Reader], home: Path
) -> None:
    port = program.port
    began = time.monotonic()
    program.process.send_signal(signal.SIGTERM)
    for reader in joined:
        reader.wait_for_end()
        assert 0.5 <= _retry(reader) <= 1.7
        assert reader.raw.endswith(b"0\r\n\r\n")
    ended = time.monotonic() - began
    code = program.wait()
    took = time.monotonic() - began
    listen_on_loopback(port).close()
    for reader in joined:
        reader.close()
    logger.info("%d streams: all closed after %.2f s, exit after %.2f s", STREAMS, ended, took)

    assert code == 0
    assert took < bare + 1.0
    assert "Traceback" not in (home / "trayapp.log").read_text() + program.output


def test_stalled_streams_do_not_hold_up_the_end(bare: float, program: Running, home: Path) -> None:
    """Their sockets take nothing any more: they get no `bye`, but they are closed."""
    with stalled(program.port, 20) as readers:
        for _ in range(100):
            publish(program.port, b"x" * 65536)
        half = socket.create_connection(("127.0.0.1", program.port), 5)
        half.sendall(b"GET /str")
        began = time.monotonic()
        assert program.stop() == 0
        assert time.monotonic() - began < bare + 1.0
        for reader in readers:
            while reader.read(1 << 16):
                pass
            assert 0 < len(reader.got) < 100
        half.close()
    assert "Traceback" not in (home / "trayapp.log").read_text()


def test_pages_that_are_sent_away_come_back_spread_over_a_second(
    run_trayapp: Callable[..., Running], site: Path
) -> None:
    running = run_trayapp(site)
    wait_for_scan(running.port)  # its end is an event, and here the next one is to be the last
    readers = [open_stream(running.port) for _ in range(PAGES)]
    for reader in readers:
        assert reader.next().type == "hello"
    assert running.stop() == 0
    retries = sorted(_retry(reader) for reader in readers)
    for reader in readers:
        reader.close()
    spread = retries[-1] - retries[0]
    crowded = max(sum(it <= other < it + 0.1 for other in retries) for it in retries)
    logger.info("%d pages come back over %.2f s, %d within 0.1 s", PAGES, spread, crowded)
    assert spread >= 1.0
    assert crowded <= PAGES / 4


def test_readers_find_the_port_again_after_a_restart(
    run_trayapp: Callable[..., Running], site: Path
) -> None:
    running = run_trayapp(site)
    port = running.port
    crowd = Crowd(port, 50)
    crowd.gather()
    assert running.stop() == 0
    run_trayapp(site, "--port", str(port))
    crowd.follow(lambda: all(each.greeted == 2 for each in crowd.followers), 10)
    crowd.close()
    assert [each.greeted for each in crowd.followers] == [2] * 50
    assert [_news(each.got) for each in crowd.followers] == [[]] * 50
