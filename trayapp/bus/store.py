"""The file behind the log: published events in SQLite, and the runs that numbered them.

One connection, used by one thread at a time. Everything that SQLite can refuse ends here as
`Unavailable`, with a remedy; a file that is damaged or was taken away is replaced by a new one,
and the damaged one is kept beside it.
"""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeVar

from trayapp.bus.past import Contents, Kept, Key
from trayapp.errors import Unavailable

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

BUSY_WITHIN = 0.25
"""Seconds to wait for another program that holds the file. Changes wait behind this, so little."""

RUNS_KEPT = 100
"""Earlier runs whose cursors are known."""

FREE_PAGES = 4096
"""Of 4 KiB, so 16 MiB: less is left to the events to come."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (run INTEGER PRIMARY KEY AUTOINCREMENT, epoch TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS events (
    run INTEGER NOT NULL, number INTEGER NOT NULL, time REAL NOT NULL,
    topic TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lost (
    one INTEGER PRIMARY KEY CHECK (one = 1), run INTEGER NOT NULL, number INTEGER NOT NULL
);
INSERT OR IGNORE INTO lost VALUES (1, 0, 0);
"""

MAGIC = b"SQLite format 3\0"
"""The first bytes of every database (sqlite.org/fileformat, §1.3)."""

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_SCHEMA}


class Damaged(Exception):
    """The file is no usable database, or not ours any more."""


class Store:
    """The events of the log in `file`. Opens nothing before `open`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._opened: int | None = None
        self._run = 0

    def open(self, epoch: str, bounds: tuple[int, int], since: float) -> Contents:
        """Open the file for the run named `epoch`; what the earlier runs left in it, as
        `Contents.tail` bounds it. Older events are deleted.

        A damaged file is set aside, and there is nothing in the new one. Raises: Unavailable.
        """
        try:
            return self._guarded(lambda: self._begin(epoch, bounds, since))
        except Damaged:
            self.set_aside()
            return self._guarded(lambda: self._begin(epoch, bounds, since))
        except Unavailable:
            self.close()
            raise

    @property
    def is_open(self) -> bool:
        """Whether `open` has succeeded."""
        return self._connection is not None

    @property
    def run(self) -> int:
        """The number of this run."""
        return self._run

    def write(self, events: Iterable[Kept], lost: Key | None = None) -> None:
        """Keep `events`, for good when this returns; forget all up to `lost`.

        Raises: Unavailable (nothing was kept); Damaged.
        """
        self._guarded(lambda: self._write(events, lost))

    def replace(self, contents: Contents) -> None:
        """Set the file aside and put `contents`, all that is known, into a new one.

        Raises: Unavailable; there is no file then, and this can be tried again.
        """
        self.set_aside()
        try:
            self._guarded(lambda: self._fill(contents))
        except Unavailable:
            self.close()
            self._remove()
            raise

    def close(self) -> None:
        """Close the file. Idempotent."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
        opened, self._opened = self._opened, None
        if opened is not None:
            os.close(opened)

    def set_aside(self) -> None:
        """Close the file and keep it under another name, free for a new one."""
        self.close()
        kept = next(
            path
            for number in range(1_000_000)
            if not (path := self._file.with_name(f"{self._file.name}.bad-{number}")).exists()
        )
        with suppress(OSError):
            self._file.rename(kept)
            logger.warning("The event log is damaged; it is kept as %s.", kept.name)
        self._remove()

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._file.with_name(self._file.name + suffix).unlink()

    # Below, sqlite3.Error and OSError pass.

    def _begin(self, epoch: str, bounds: tuple[int, int], since: float) -> Contents:
        self._connect()
        contents = self._read(bounds, since)
        self._start_run(epoch, contents.lost)
        self._shrink()
        return contents

    def _connect(self) -> None:
        self.close()
        self._opened = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        connection = sqlite3.connect(
            self._file, timeout=BUSY_WITHIN, isolation_level=None, check_same_thread=False
        )
        self._connection = connection
        connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -512;"
            "PRAGMA journal_size_limit = 1048576;" + SCHEMA
        )

    def _read(self, bounds: tuple[int, int], since: float) -> Contents:
        """From the newest on: the file may hold far more than a start brings back."""
        kept: list[Kept] = []
        size = 0
        with closing(self._cursor()) as cursor:
            rows = cursor.execute(
                "SELECT run, number, time, topic, type, data FROM events ORDER BY 1 DESC, 2 DESC"
            )
            for row in rows:
                kept.append(Kept(*row))
                size += len(kept[-1].data)
                if len(kept) > bounds[0] or size > bounds[1]:
                    break
        runs = self._sql("SELECT epoch, run FROM runs ORDER BY run")
        lost = self._sql("SELECT run, number FROM lost")
        return Contents(kept[::-1], dict(runs), lost[0]).tail(bounds, since)

    def _shrink(self) -> None:
        """Give the system back what a flood of an earlier run took."""
        pages, free = (
            self._sql(f"PRAGMA {name}")[0][0] for name in ("page_count", "freelist_count")
        )
        if free > FREE_PAGES and free > pages // 2:
            self._sql("VACUUM")

    def _start_run(self, epoch: str, lost: Key) -> None:
        self._sql("BEGIN IMMEDIATE")
        self._sql("DELETE FROM events WHERE (run, number) <= (?, ?)", *lost)
        self._sql("UPDATE lost SET run = ?, number = ?", *lost)
        self._sql("INSERT OR IGNORE INTO runs (epoch) VALUES (?)", epoch)
        self._run = self._sql("SELECT run FROM runs WHERE epoch = ?", epoch)[0][0]
        old = "DELETE FROM runs WHERE run <= ? AND run NOT IN (SELECT DISTINCT run FROM events)"
        self._sql(old, self._run - RUNS_KEPT)
        self._sql("COMMIT")

    def _write(self, events: Iterable[Kept], lost: Key | None) -> None:
        if self._connection is None or not self._is_ours():
            raise Damaged
        self._sql("BEGIN IMMEDIATE")
        self._insert(events)
        if lost is not None:
            self._sql("DELETE FROM events WHERE (run, number) <= (?, ?)", *lost)
            self._sql("UPDATE lost SET run = ?, number = ?", *lost)
        self._sql("COMMIT")

    def _fill(self, contents: Contents) -> None:
        self._connect()
        self._sql("BEGIN IMMEDIATE")
        for epoch, run in contents.runs.items():
            self._sql("INSERT INTO runs (epoch, run) VALUES (?, ?)", epoch, run)
        self._insert(contents.kept)
        self._sql("UPDATE lost SET run = ?, number = ?", *contents.lost)
        self._sql("COMMIT")

    def _insert(self, events: Iterable[Kept]) -> None:
        rows = ((it.run, it.number, it.time, it.topic, it.type, it.data) for it in events)
        with closing(self._cursor()) as cursor:
            cursor.executemany("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _sql(self, statement: str, *values: object) -> list[Any]:
        with closing(self._cursor()) as cursor:
            return cursor.execute(statement, values).fetchall()

    def _cursor(self) -> sqlite3.Cursor:
        if self._connection is None:
            raise Damaged
        return self._connection.cursor()

    def _is_ours(self) -> bool:
        """Whether the name still stands for the file that was opened, and that still begins as a
        database does: SQLite goes on writing to a file that was deleted or overwritten.

        Looked at through a descriptor that stays open as long as the connection: to close one of
        this file would give up the locks SQLite holds on it (sqlite.org/howtocorrupt, §2.2), and
        the next program that looked into the log would take its WAL away.
        """
        if self._opened is None:
            return False
        try:
            same = os.path.samestat(self._file.stat(), os.fstat(self._opened))
        except FileNotFoundError:
            return False
        os.lseek(self._opened, 0, os.SEEK_SET)
        return same and os.read(self._opened, len(MAGIC)) == MAGIC

    def _guarded(self, work: Callable[[], _T]) -> _T:
        """Do `work`. Raises: Unavailable, Damaged; nothing of it is left then."""
        try:
            return work()
        except sqlite3.Error as error:
            self._roll_back()
            if _code(error) in _DAMAGED:
                raise Damaged from error
            raise _refusal(error) from error
        except OSError as error:
            raise Unavailable(
                f"The event log cannot be written: {error.strerror}.",
                "Free some space or make its folder writable, then send again.",
            ) from error

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.rollback()


def _code(error: sqlite3.Error) -> int:
    """The primary result code: extended ones carry it in their low byte (sqlite.org/rescode)."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _refusal(error: sqlite3.Error) -> Unavailable:
    match _code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Unavailable(
                "The event log is locked by another program.",
                "End the program that has events.db open, then send again.",
            )
        case sqlite3.SQLITE_FULL:
            return Unavailable("The disk is full.", "Free some space, then send again.")
    return Unavailable(
        f"The event log cannot be written: {error}.",
        "Free some space or make its folder writable, then send again.",
    )
