"""Reads events back from the file of the log, for readers whose place has left the history.

A read-only connection of its own: in WAL mode (sqlite.org/wal) it waits for no writer, and no
writer waits for it. So a stream that is far behind costs one short query for each portion it takes.
"""

import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

from trayapp.bus.past import Kept, Key


class LogReader:
    """Events of `file` by their keys. Safe from any thread; opens the file when first asked."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def read(self, after: Key, until: Key, limit: int) -> list[Kept]:
        """The first `limit` events behind the key `after` and up to `until`; none when the file
        cannot be read."""
        with self._lock:
            try:
                with closing(self._connected().cursor()) as cursor:
                    rows = cursor.execute(
                        "SELECT run, number, time, topic, type, data FROM events "
                        "WHERE (run, number) > (?, ?) AND (run, number) <= (?, ?) "
                        "ORDER BY run, number LIMIT ?",
                        (*after, *until, limit),
                    ).fetchall()
            except sqlite3.Error:
                self._disconnect()
                return []
        return [Kept(*row) for row in rows]

    def close(self) -> None:
        """Close the file; the next `read` opens the one that then has its name. Idempotent."""
        with self._lock:
            self._disconnect()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(
                f"{self._file.absolute().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection.execute("PRAGMA cache_size = -512")
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
