"""Very many readers in one thread, as cheap as can be: of what each gets only a hash is kept."""

import hashlib
import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence

_EVENT = re.compile(rb"^data: (text [^\n]*\n)id: [0-9a-f]+r[0-9a-f]+-([0-9]+\n)", re.MULTILINE)
"""The text and, of the id on Redis, the number: its first part differs for each process."""


class Hashed:
    """One reader of the texts on a stream."""

    def __init__(self, port: int, target: str) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.sendall(f"GET {target} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        self.sock.setblocking(False)
        self.count = 0
        self.greeted = False
        self.resets = 0
        self._hash = hashlib.blake2b(digest_size=16)
        self._rest = b""

    @property
    def order(self) -> str:
        """Equal for those who got the same texts in the same order."""
        return self._hash.hexdigest()

    def read(self) -> bool:
        """Take what is there; False when the stream has ended."""
        piece = self.sock.recv(1 << 18)
        whole, end, self._rest = (self._rest + piece).rpartition(b"\n\n")
        if not self.greeted:
            self.greeted = b"event: hello" in whole
        self.resets += whole.count(b"event: reset")
        events = _EVENT.findall(whole + end)
        self.count += len(events)
        self._hash.update(b"".join(map(b"".join, events)))
        return bool(piece)


class Hall:
    """`count` readers at each of `ports`."""

    def __init__(self, ports: Sequence[int], count: int, target: str) -> None:
        self._selector = selectors.DefaultSelector()
        self.readers = [Hashed(port, target) for port in ports for _ in range(count)]
        for reader in self.readers:
            self._selector.register(reader.sock, selectors.EVENT_READ, reader)

    def read(self, count: int, seconds: float) -> None:
        """Until every reader was greeted and has `count` texts, or `seconds` have passed."""
        deadline = time.monotonic() + seconds
        missing = {id(reader) for reader in self.readers if self._misses(reader, count)}
        while missing and time.monotonic() < deadline:
            for key, _ in self._selector.select(0.1):
                assert key.data.read(), "the stream ended"
                if not self._misses(key.data, count):
                    missing.discard(id(key.data))
            time.sleep(0.02)  # so that each has more to read at once

    def orders(self) -> Counter[tuple[int, int, str]]:
        """How many readers got the same: how many texts, resets, and in which order."""
        return Counter((each.count, each.resets, each.order) for each in self.readers)

    def close(self) -> None:
        for reader in self.readers:
            reader.sock.close()
        self._selector.close()

    def _misses(self, reader: Hashed, count: int) -> bool:
        return not reader.greeted or reader.count < count
