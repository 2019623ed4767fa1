"""The sequence: which checks there are, in which order, and how each becomes an outcome."""

import getpass
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from trayapp.errors import TrayAppError
from trayapp.selftest import around, saving, serving
from trayapp.selftest.discretion import Discretion
from trayapp.selftest.outcome import Outcome, Skipped
from trayapp.selftest.program import Program, surroundings
from trayapp.selftest.trial import Trial

SECONDS = 20.0
"""At most, for all of it."""

Check = tuple[str, Callable[[Trial], str]]

START: Check = ("starts", serving.start)
CHECKS: Sequence[Check] = (
    ("answers on 127.0.0.1", serving.loopback4),
    ("answers on ::1", serving.loopback6),
    ("another command finds it", serving.command),
    ("serves the demo", serving.demo),
    ("a stream greets and lives", serving.stream),
    ("watches a folder", saving.watch),
    ("a save in place is told once", saving.in_place),
    ("a save by rename is told once", saving.atomic),
    ("a half-written file is told when it is finished", saving.slow),
    ("the same bytes again are no change", saving.same),
    ("many files at once are one change", saving.crowd),
    ("what is published comes", serving.publish),
    ("a cursor gets what was missed", serving.replay),
    (f"{serving.STREAMS} streams at once", serving.many),
    ("script, modules and dashboard are served", serving.script),
    ("the snippet can work on a page", around.snippet),
    ("a browser follows a save", around.shown),
    ("the tray", around.tray),
    ("notifications", around.notification),
    ("memory", around.memory),
    ("the log holds no error", around.log),
)
STOP: Check = ("ends when asked", around.stop)


@dataclass(frozen=True, slots=True)
class _Terms:
    folder: Path
    deadline: float
    notify: bool
    checks: Sequence[Check]


# What an answer leads to that is not as ours would be.
_FAILURES = (
    TrayAppError,
    OSError,
    HTTPException,
    ValueError,
    LookupError,
    TypeError,
    subprocess.SubprocessError,
)


def run(
    words: Sequence[str],
    environ: Mapping[str, str],
    *,
    notify: bool = False,
    checks: Sequence[Check] = CHECKS,
    seconds: float = SECONDS,
) -> Generator[Outcome]:
    """Try the trayapp that `words` start, and tell each outcome as it is known. Whatever happens,
    nothing is left when the iterator is exhausted or closed."""
    deadline = time.monotonic() + seconds
    try:
        with tempfile.TemporaryDirectory(
            prefix="trayapp-selftest-", ignore_cleanup_errors=True
        ) as name:
            yield from _run(words, environ, _Terms(Path(name).resolve(), deadline, notify, checks))
    except OSError as error:
        text = error.strerror or type(error).__name__
        yield Outcome("FAILED", "a temporary folder", _discretion(Path("/")).apply(text))


def _run(words: Sequence[str], environ: Mapping[str, str], terms: "_Terms") -> Generator[Outcome]:
    home = terms.folder / "home"
    program = Program(words, surroundings(environ, home, notify=terms.notify), home)
    discretion = _discretion(terms.folder)
    with ExitStack() as closing:
        closing.callback(program.end)
        trial = Trial(program, terms.folder, terms.deadline, terms.notify, closing)
        started = _outcome(START, trial, discretion)
        yield started
        if started.mark != "ok":
            return
        for check in terms.checks:
            if trial.left < around.STOP_SECONDS:
                yield Outcome("FAILED", check[0], "no time is left")
            else:
                yield _outcome(check, trial, discretion)
        yield _outcome(STOP, trial, discretion)


def _outcome(check: Check, trial: Trial, discretion: Discretion) -> Outcome:
    what, probe = check
    try:
        return Outcome("ok", what, discretion.apply(probe(trial)))
    except Skipped as reason:
        return Outcome("skipped", what, discretion.apply(str(reason)))
    except _FAILURES as error:
        return Outcome("FAILED", what, discretion.apply(_reason(error)))


def _reason(error: Exception) -> str:
    if isinstance(error, TrayAppError):
        return error.message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__}: {error}"


def _discretion(folder: Path) -> Discretion:
    home = str(Path.home())
    names = {_user(), platform.node(), platform.node().partition(".")[0]} - {"", "localhost"}
    return Discretion(((str(folder), "(folder)"), (home, "~")), sorted(names, key=len)[::-1])


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this number, as in a container
        return ""
