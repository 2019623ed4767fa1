"""A page that asks for one topic pays nothing for the others."""

import socket

from tests.streams import open_stream
from tests.support import Running
from tests.torture.publisher import Publishers, publish

OTHERS = 1000


def test_other_topics_put_no_byte_on_the_wire(program: Running) -> None:
    reader = open_stream(program.port, "/stream?topic=mine")
    witness = open_stream(program.port, "/stream?topic=other")
    assert reader.next().type == witness.next().type == "hello"
    cursor = publish(program.port, b"first", "mine")
    assert reader.next().id == cursor
    heard = len(reader.raw)

    with Publishers(program.port, OTHERS, topic="other") as publishers:
        for _ in range(OTHERS):
            witness.next(20)
    assert len(publishers.acknowledged) == OTHERS
    reader.sock.setblocking(False)
    assert _waiting(reader.sock) == b""
    assert len(reader.raw) == heard

    last = publish(program.port, b"last", "mine")
    assert reader.next().id == last
    again = open_stream(program.port, "/stream?topic=mine", f"Last-Event-ID: {cursor}")
    assert [again.next().id, again.next().id] == [cursor, last]
    assert len(again.body) < 1000
    for each in (reader, witness, again):
        each.close()


def _waiting(sock: socket.socket) -> bytes:
    """What has come and was not read yet."""
    try:
        return sock.recv(4096)
    except BlockingIOError:
        return b""
