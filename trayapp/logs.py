"""The log: one rotating file, private to the user. Nothing goes to the terminal from here.

What strangers sent may stand in a message, so control characters are escaped (a newline could
forge a line, an escape sequence could drive the terminal that shows the file) and the query
strings of URLs, where keys and codes may stand, are cut.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from trayapp.errors import TrayAppError

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
MAX_BYTES = 1_000_000
KEPT = 2
"""Older files kept besides the current one: trayapp.log.1, trayapp.log.2."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_QUERY = re.compile(r"(?<=[^\s?])\?[^\s\"'?]+")
_FRAGMENT = re.compile(r"#c=[^\s\"']*")  # the one-time code in the dashboard's address
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"


def setup(path: Path, level: str = "INFO") -> Callable[[], None]:
    """Log to `path` from now on, uncaught errors of any thread included. Returns what undoes it
    all and closes the file; calling that twice is fine.

    Raises: TrayAppError for an unknown level, or when the file cannot be opened.
    """
    handler = _open(path, _level(level))
    root = logging.getLogger()
    before = (root.level, sys.excepthook, threading.excepthook, logging.raiseExceptions)
    root.addHandler(handler)
    root.setLevel(handler.level)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_thread
    logging.raiseExceptions = False  # a full disk must not print tracebacks to the terminal

    def close() -> None:
        if handler not in root.handlers:
            return
        root.removeHandler(handler)
        root.setLevel(before[0])
        sys.excepthook, threading.excepthook, logging.raiseExceptions = before[1:]
        handler.close()

    return close


def clean(text: str) -> str:
    """`text` on one line, without control characters and without query strings."""
    return _FRAGMENT.sub("#…", _QUERY.sub("?…", escaped(text)))


def escaped(text: str) -> str:
    """`text` with its control characters spelled out, so that it may be shown on a terminal."""
    return _CONTROL.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def _level(name: str) -> int:
    level = name.strip().upper()
    if level not in LEVELS:
        raise TrayAppError(
            f"TRAYAPP_LOG must be one of {', '.join(LEVELS)}, not {name!r}.",
            "Correct the environment variable, or remove it: unset TRAYAPP_LOG",
        )
    return int(getattr(logging, level))


def _open(path: Path, level: int) -> "_PrivateFile":
    try:
        handler = _PrivateFile(
            path, "a", MAX_BYTES, KEPT, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        raise TrayAppError(
            f"Cannot write the log {path}: {error.strerror}.",
            "Make it writable, or keep all files elsewhere: TRAYAPP_HOME=/some/folder trayapp run",
        ) from error
    handler.setLevel(level)
    handler.setFormatter(_OneLine(_FORMAT))
    return handler


class _PrivateFile(RotatingFileHandler):
    """A rotating file that is created 0600; a file that is there already is made so."""

    def _open(self) -> TextIOWrapper:
        file = Path(self.baseFilename)
        file.touch(mode=0o600)
        file.chmod(0o600)
        return super()._open()


class _OneLine(logging.Formatter):
    """One record, one line. Lines of a traceback follow indented, so none looks like a record."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler's traceback, in its own form, may be kept there
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = clean(record.message)
        return super().formatMessage(record)

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        lines = "".join(traceback.format_exception(*ei)).splitlines()
        return "\n".join(f"    {clean(line)}" for line in lines)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    logging.getLogger("trayapp").critical("uncaught", exc_info=(kind, error, trace))


def _log_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and args.exc_type is not SystemExit:
        _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)
