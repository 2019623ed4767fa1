"""The reading end of what a command prints."""

import os
import selectors
import sys
import threading
from collections.abc import Callable
from typing import IO

_PIECE = 65536
_MOST_AFTER_THE_END = 1 << 20
"""The most a pipe can hold (pipe(7)): what comes after that, the command has not written."""

_WINDOWS_PATIENCE = 2.0


class Pipe:
    """Hands what comes out of `source` to `sink` until its end, or until `finish`: then only what
    lies in it. When `sink` meets a broken pipe, this one is closed: so does the command then."""

    def __init__(self, source: IO[bytes], sink: Callable[[bytes], None]) -> None:
        self._source = source
        self._sink = sink
        self._thread = threading.Thread(target=self._pump, name="trayapp-command-pipe", daemon=True)
        self._finishing: int | None = None
        self._finished: int | None = None

    def start(self) -> None:
        """Begin to read, on the thread trayapp-command-pipe."""
        self._finished, self._finishing = os.pipe()
        self._thread.start()

    def finish(self) -> None:
        """Read what lies in it and end. Call it once, after `start`."""
        if self._finishing is None or self._finished is None:
            return
        os.close(self._finishing)  # the other end is readable from now on
        # No pipe can be polled on Windows: one that somebody holds open is left behind there.
        self._thread.join(_WINDOWS_PATIENCE if sys.platform == "win32" else None)
        os.close(self._finished)

    def _pump(self) -> None:
        with self._source, selectors.DefaultSelector() as selector:
            if sys.platform != "win32":
                selector.register(self._source, selectors.EVENT_READ, "source")
                selector.register(self._finished or 0, selectors.EVENT_READ, "finished")
            left = _MOST_AFTER_THE_END
            while left > 0:
                ready = _ready(selector)
                data = os.read(self._source.fileno(), _PIECE) if "source" in ready else b""
                if not data:
                    return
                if "finished" in ready:
                    left -= len(data)
                try:
                    self._sink(data)
                except BrokenPipeError:
                    return


def _ready(selector: selectors.BaseSelector) -> set[str]:
    if sys.platform == "win32":
        return {"source"}
    return {key.data for key, _ in selector.select()}
