"""Coming and going leaves nothing behind."""

import logging
import random
import socket

import pytest

from tests.streams import open_stream, request
from tests.support import Running, wait_for
from tests.torture.crowd import finish, reset
from tests.torture.footprint import Footprint, footprint
from tests.torture.scale import TIMEOUT, scaled

logger = logging.getLogger(__name__)

CYCLES = scaled(500, 5000)
MEMORY = 3 * 1024 * 1024

pytestmark = pytest.mark.timeout(TIMEOUT)


def test_500_connections_that_come_and_go_leave_nothing_behind(program: Running) -> None:
    chance = random.Random(5)
    for _ in range(100):  # what the first connections cost for good is no leak
        _come_and_go(program.port, chance)
    before = _settled(program)
    for _ in range(CYCLES):
        _come_and_go(program.port, chance)
    wait_for(lambda: footprint(program.pid).files <= before.files, 5, "sockets to be closed")
    after = _settled(program)
    logger.info("%d cycles: %s, then %s", CYCLES, before, after)
    assert after.threads == before.threads
    assert after.files <= before.files  # one that was just closing may have been counted before
    assert after.memory <= before.memory + MEMORY
    assert "Traceback" not in program.output


def _settled(program: Running) -> Footprint:
    """Its footprint, when a request that came after all others has been answered."""
    reader = request(program.port, ["GET /client.js HTTP/1.1", f"Host: 127.0.0.1:{program.port}"])
    reader.wait_for_end()
    reader.close()
    return footprint(program.pid)


def _come_and_go(port: int, chance: random.Random) -> None:
    """A stream, a request or a part of one, ended politely or not, heard or not."""
    leave = chance.choice((finish, reset))
    match chance.randrange(5):
        case 0:
            leave(_half_a_request(port, b"GET /stream HTTP/1.1\r\nHost: 127"))
        case 1:
            body = f"POST /t HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 99\r\n\r\nhalf"
            leave(_half_a_request(port, body.encode()))
        case 2:
            leave(open_stream(port).sock)  # before hello
        case 3:
            leave(_half_a_request(port, b""))
        case _:
            reader = open_stream(port, f"/stream?topic=t{chance.randrange(3)}")
            assert reader.next().type == "hello"
            leave(reader.sock)


def _half_a_request(port: int, octets: bytes) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), 5)
    sock.sendall(octets)
    return sock
