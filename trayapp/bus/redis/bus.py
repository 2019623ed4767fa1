"""The bus of many computers: one order of events in a Redis, followed by each of them.

Theory of operation. What is published goes to a stream in Redis (*writer*) and comes back to every
computer, its publisher's too, by one thread (*reader*) into the *ring* that pages read. Numbers of
the stream have no gaps, so a reader knows when it has missed something, and says so by a reset.
What may have lost events (a server that was restarted, a replica that took over, an emptied
database) begins a new *epoch*: numbers of two epochs are never compared. Why not publish and
subscribe: it loses what is sent while a subscriber reconnects. Local events go into the ring alone.
"""

import hashlib
import logging
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from trayapp.bus.cursor import Moment
from trayapp.bus.draft import Draft
from trayapp.bus.history import HISTORY, HISTORY_BYTES
from trayapp.bus.protocol import Replay
from trayapp.bus.redis import entry
from trayapp.bus.redis.address import Address
from trayapp.bus.redis.link import Witness
from trayapp.bus.redis.reader import Reader
from trayapp.bus.redis.refusal import Away
from trayapp.bus.redis.ring import Ring
from trayapp.bus.redis.writer import Writer
from trayapp.errors import Unavailable
from trayapp.event import Event

logger = logging.getLogger(__name__)


class RedisBus:
    """Implements `Bus` on the Redis at `address`; `start` it before anything else.

    `origin` is a file that tells this computer from the others; it is made when missing.
    `on_problem` is called, by a thread that publishes or reads, when `problem` has changed.
    """

    def __init__(
        self,
        address: Address,
        origin: Path,
        *,
        history: int = HISTORY,
        history_bytes: int = HISTORY_BYTES,
        on_problem: Callable[[], None] = lambda: None,
    ) -> None:
        self._address = address
        self._origin_file = origin
        self._origin = ""
        self._on_problem = on_problem
        self._lock = threading.Lock()
        self._reading: Unavailable | None = None
        self._publishing: Unavailable | None = None
        self._problem = ""
        self._open = False
        self._ring = Ring(history, history_bytes)
        witness = Witness()
        self._writer = Writer(
            address, secrets.token_hex(6), witness, history, lambda: self._ring.floor
        )
        self._reader = Reader(
            address,
            self._ring,
            witness,
            (history, history_bytes),
            on_own=self._writer.hear,
            on_outcome=self._read,
        )

    @property
    def epoch(self) -> str:
        """See `Bus.epoch`; another one when events may have been lost."""
        return self._ring.epoch

    @property
    def head(self) -> int:
        """The seq of the newest event."""
        return self._ring.head

    @property
    def problem(self) -> str:
        """Why nothing can be published now, a sentence; empty when it can."""
        return self._problem

    def start(self) -> None:
        """Follow the log. A Redis that is not there is a `problem`, not the end."""
        if self._address.exposes_password:
            logger.warning(
                "The password of %s crosses the network in plain text: rediss:// hides it.",
                self._address,
            )
        self._origin = self._origin or _origin(self._origin_file)
        self._open = True
        self._writer.start()
        self._reader.start(self._origin)

    def stop(self) -> None:
        """Refuse who publishes from now on, and close the connections. Idempotent."""
        self._open = False
        self._reader.stop()
        self._writer.stop()

    def publish(
        self,
        topic: str,
        data: str,
        *,
        type: str = "",
        root: str = "",
        within: tuple[str, ...] = (),
        local: bool = False,
    ) -> Event:
        """See `Bus.publish`: returns when the event is in Redis, at once when it is `local`.

        Raises: Unavailable when Redis does not take it within two seconds; at once while it is
        known to be away.
        """
        return self.publish_all([Draft(topic, data, type, root, within, local)])[0]

    def publish_all(self, drafts: Sequence[Draft]) -> list[Event]:
        """See `Bus.publish_all`. Raises: Unavailable, as `publish`."""
        if drafts[0].local:
            return [self._ring.add(draft) for draft in drafts]
        if away := self._away:
            raise Unavailable(away.message, away.hint)
        try:
            epoch, first = self._writer.publish([entry.encode(it, self._origin) for it in drafts])
        except Unavailable as error:
            self._written(error)
            raise
        self._written(None)
        now = time.time()
        return [
            Event(
                self._ring.id_of(epoch, number),
                0,
                now,
                it.topic,
                it.type,
                it.data,
                it.root,
                it.within,
            )
            for number, it in enumerate(drafts, first)
        ]

    def after(self, cursor: str | int | Moment | None, limit: int | None = None) -> Replay:
        """See `Bus.after`."""
        return self._ring.after(cursor, limit)

    def recent(self, count: int) -> tuple[Event, ...]:
        """The last `count` events, oldest first."""
        return self._ring.recent(count)

    def delivered(self, seq: int | None) -> None:
        """See `Bus.delivered`; publishers wait for Redis instead."""

    def id_at(self, seq: int) -> str:
        """See `Bus.id_at`."""
        return self._ring.id_at(seq)

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Bus.watch`; called by the reader's thread and by who publishes local events."""
        return self._ring.watch(wake)

    @property
    def _away(self) -> Unavailable | None:
        """Why it is of no use to ask Redis now: it would hold up a thread for two seconds."""
        publishing = self._publishing
        return self._reading or (publishing if isinstance(publishing, Away) else None)

    def _written(self, error: Unavailable | None) -> None:
        with self._lock:
            self._publishing = error if self._open else None
        self._judge()

    def _read(self, error: Unavailable | None) -> None:
        """The reader has looked. Where it gets through, publishers try again."""
        with self._lock:
            self._reading = error
            if error is None and isinstance(self._publishing, Away):
                self._publishing = None
        self._judge()

    def _judge(self) -> None:
        with self._lock:
            error = self._reading or self._publishing
            problem = str(error) if error else ""
            if problem == self._problem:
                return
            self._problem = problem
        if problem:
            logger.warning("%s", problem)
        else:
            logger.info("%s works again.", self._address)
        self._on_problem()


def _origin(file: Path) -> str:
    """What tells this computer from the others. The name too: a folder may be copied, or be shared
    by several computers."""
    try:
        kept = file.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        kept = secrets.token_hex(8)
        with suppress(OSError):
            file.write_text(kept, "ascii")
    return hashlib.sha256(f"{kept} {socket.gethostname()}".encode()).hexdigest()[:12]
