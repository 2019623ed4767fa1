"""A link: one connection to Redis, which is not used before it has proven what it leads to."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socket import SHUT_RDWR
from typing import Any

from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection
from redis.exceptions import RedisError
from redis.retry import Retry

from trayapp.bus.redis import refusal, scripts
from trayapp.bus.redis.address import Address
from trayapp.bus.redis.entry import Entry, decode

AT_ONCE = 512
"""Entries read at a time."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the log on the other side is: its epoch, on which server, and its last number."""

    epoch: int = 0
    server: str = ""
    number: int = 0


class Witness:
    """The newest that any link has proven. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known = Proof()

    @property
    def known(self) -> Proof:
        """What a link must not fall behind."""
        return self._known

    def saw(self, proof: Proof) -> None:
        """Something was there."""
        with self._lock:
            if (proof.epoch, proof.number) > (self._known.epoch, self._known.number):
                self._known = proof


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a batch: `ok`, with the epoch and number of its last entry; `late` or `epoch`
    when nothing was published."""

    word: str
    epoch: int = 0
    number: int = 0


class Link:
    """One connection, for one thread. Its methods raise Unavailable, `Away` where the connection
    is what fails; it is of no use then."""

    def __init__(self, address: Address, timeout: float) -> None:
        self._address = address
        self._timeout = timeout
        options: dict[str, Any] = {}
        if address.tls:
            options = {"ssl_ca_certs": str(address.ca) if address.ca else None}
        # Any: its methods have no types.
        self._connection: Any = (SSLConnection if address.tls else Connection)(
            host=address.host,
            port=address.port,
            db=address.database,
            username=address.user or None,
            password=address.password or None,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),  # or what was published is published twice
            protocol=2,
            driver_info=None,
            **options,
        )
        self.proof = Proof()
        self._ahead = 0.0

    def prove(self, known: Proof) -> Proof:
        """Connect if need be; what is there now. Opens a new epoch where `known` does not go on."""
        arguments = (known.epoch, known.server, known.number)
        asked = time.monotonic()
        answer = self._eval(scripts.OPEN, self._keys(), arguments)
        match [_text(it) for it in answer]:
            case ["old", version]:
                raise refusal.old(self._address, version)
            case ["replica", host, port]:
                raise refusal.replica(self._address, host, port)
        self._set_clock(int(answer[4]), asked)
        self.proof = Proof(int(answer[1]), _text(answer[3]), int(answer[2]))
        return self.proof

    def clock(self) -> float:
        """Unix time by Redis' clock: never later than it really is there, as far as we know."""
        return time.monotonic() + self._ahead

    def publish(
        self, run: str, batch: str, keep: tuple[int, int], deadline: float, entries: Sequence[bytes]
    ) -> Answer:
        """Publish `entries` unless it is later than `deadline` (monotonic) where they arrive.
        `keep`: how many entries, and from which number on."""
        keys = (*self._keys(), self._address.run_key(run))
        count, floor = keep
        by = f"{(deadline + self._ahead) * 1e6:.0f}"
        asked = time.monotonic()
        arguments = (self.proof.epoch, by, batch, count, floor, *entries)
        answer = self._eval(scripts.PUBLISH, keys, arguments)
        self._set_clock(int(answer[1]), asked)
        if len(answer) == 2:
            return Answer(_text(answer[0]))
        epoch, _, number = _text(answer[2]).partition("-")
        return Answer("ok", int(epoch), int(number))

    def try_reading(self) -> None:
        """Raise what reading would: a proof that holds is no use to who may not read."""
        self._ask("XREAD", "COUNT", 1, "STREAMS", self._address.events_key, "$")

    def read(self, epoch: int, number: int, wait: float) -> list[Entry]:
        """The entries after this one; none when none came for `wait` seconds."""
        key, cursor = self._address.events_key, f"{epoch}-{number}"
        command = ("XREAD", "COUNT", AT_ONCE, "BLOCK", int(wait * 1000), "STREAMS", key, cursor)
        answer = self._ask(*command, wait=wait)
        return [decode(*entry) for entry in answer[0][1]] if answer else []

    def newest(self, epoch: int, count: int, size: int) -> list[Entry]:
        """The last entries of `epoch` without a gap, oldest first, at most `count` and about `size`
        bytes of them."""
        found: list[Entry] = []
        before, key = "+", self._address.events_key
        while count > 0 and size > 0:
            page = self._ask("XREVRANGE", key, before, f"{epoch}-1", "COUNT", min(count, 128))
            for entry in (decode(*it) for it in page):
                if found and entry.number != found[-1].number - 1:
                    page = []
                    break
                found.append(entry)
                count, size = count - 1, size - entry.size
            if not page:
                break
            before = f"({epoch}-{found[-1].number}"
        return found[::-1]

    def interrupt(self) -> None:
        """Fail whoever waits for an answer. From any thread."""
        sock = self._connection._sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(SHUT_RDWR)

    def close(self) -> None:
        """Close the connection. Idempotent."""
        with suppress(OSError, RedisError):
            self._connection.disconnect()

    def _keys(self) -> tuple[str, str]:
        return (self._address.events_key, self._address.epoch_key)

    def _eval(self, script: str, keys: Sequence[str], arguments: Sequence[object]) -> Any:
        return self._ask("EVAL", script, len(keys), *keys, *arguments)

    def _ask(self, *command: object, wait: float = 0.0) -> Any:
        with self._errors_told():
            self._connection.connect()
            self._connection.send_command(*command)
            return self._connection.read_response(timeout=self._timeout + wait)

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            told = refusal.refusal(error, self._address)
            if isinstance(told, refusal.Away):
                self.close()
            raise told from error

    def _set_clock(self, now: int, asked: float) -> None:
        """`now`, in µs, was between `asked` and this moment. A deadline has to be early rather than
        late, so the least that is possible counts, unless a later look knows better."""
        least, most = now / 1e6 - time.monotonic(), now / 1e6 - asked
        if not least <= self._ahead <= most:
            self._ahead = least


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
