"""A trial of a program that was built: start it as a person would, save a file, see the event, stop
it. It needs no standard output: a program for a desktop has none."""

import http.client
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that a start, an event or a stop may take before the trial has failed."""
SELFTEST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What was seen: seconds from the start to READY, from a save to its event and from the stop
    to the end; bytes in memory once it serves."""

    ready: float
    event: float
    stop: float
    resident: int

    def __str__(self) -> str:
        return (
            f"READY {self.ready:.2f} s, event {self.event * 1000:.0f} ms after a save, "
            f"{self.resident / 1e6:.1f} MB resident, stopped in {self.stop:.2f} s"
        )


def run(command: Sequence[str], extra: Mapping[str, str] | None = None) -> Trial:
    """Try what `command` starts, with `extra` variables in its environment.

    Raises: SystemExit saying what did not come.
    """
    with tempfile.TemporaryDirectory() as folder:
        home, site = Path(folder, "home"), Path(folder, "site")
        site.mkdir()
        environ = surroundings(home) | dict(extra or {})
        words = [*command, "run", str(site), "--port", "0", "--no-tray", "--no-open"]
        with started(words, environ) as process:
            began = time.perf_counter()
            said = until(lambda: announced(home, process), "READY", pause=0.002)
            ready = time.perf_counter() - began
            page = site / "page.html"
            event = seconds_to_event(said["port"], lambda: page.write_text("<p>new</p>", "utf-8"))
            resident = memory(process.pid)
            stop = seconds_to_end(command, process, environ)
    return Trial(ready, event, stop, resident)


def selftest(command: Sequence[str]) -> None:
    """Have the program test itself. Raises: SystemExit with what it said when that failed."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*command, "selftest"],
            env=surroundings(Path(folder)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=SELFTEST_SECONDS,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"{command[0]} selftest failed.\n{done.stdout}{done.stderr}")


def without_terminal(command: Sequence[str]) -> None:
    """Start it with no standard stream at all, as a desktop may, and have it open a browser, which
    must get the user's libraries and not those of the bundle. Linux only. Raises: SystemExit."""
    with tempfile.TemporaryDirectory() as folder:
        home, browser, seen = (Path(folder, name) for name in ("home", "browser", "seen"))
        # Renamed when it is whole, or half of it might be read.
        browser.write_text(f'#!/bin/sh\nenv >"{seen}.new"\nmv "{seen}.new" "{seen}"\n')
        browser.chmod(0o755)
        theirs = {"BROWSER": str(browser), "LD_LIBRARY_PATH": "/theirs"}
        environ = surroundings(home) | theirs
        words = [*command, "run", folder, "--port", "0", "--no-tray", "--open"]
        closing = ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words]
        with started(closing, environ) as process:
            until(lambda: seen.exists() or None, "the browser")
            seconds_to_end(command, process, environ)
        lines = [line for line in seen.read_text().splitlines() if "LD_LIBRARY_PATH" in line]
    if lines != ["LD_LIBRARY_PATH=/theirs"]:
        raise SystemExit(f"A program that it starts gets libraries that are not its own: {lines}")


def surroundings(home: Path) -> dict[str, str]:
    """Our environment without what would change trayapp, and with a home of its own."""
    ours = ("TRAYAPP_", "PYTHON", "LD_LIBRARY_PATH")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return clean | {"TRAYAPP_HOME": str(home)}


@contextmanager
def started(
    words: Sequence[str], environ: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """The running program; whatever happens, it does not outlive the trial."""
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(words, env=environ, stdin=nothing, stdout=nothing, stderr=nothing)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def announced(home: Path, process: "subprocess.Popen[bytes]") -> dict[str, Any] | None:
    """What instance.json says; it is written when the program serves."""
    if process.poll() is not None:
        raise SystemExit(f"{process.args!r} ended with {process.returncode} instead of serving.")
    try:
        said = json.loads((home / "instance.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def seconds_to_event(port: int, save: Callable[[], object]) -> float:
    """From the begin of `save` until its event is here."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/stream")
        stream = connection.getresponse()
        _skip(stream, b"event: hello")
        saved = time.perf_counter()
        save()
        _skip(stream, b"event: change")
        return time.perf_counter() - saved
    finally:
        connection.close()


def seconds_to_end(
    command: Sequence[str], process: "subprocess.Popen[bytes]", environ: Mapping[str, str]
) -> float:
    """From `trayapp stop` until the process has ended; it must end well."""
    began = time.perf_counter()
    subprocess.run(
        [*command, "stop"],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=PATIENCE,
        check=True,
    )
    if code := process.wait(PATIENCE):
        raise SystemExit(f"{process.args!r} ended with {code} when it was stopped.")
    return time.perf_counter() - began


def memory(pid: int) -> int:
    """Bytes in memory of a process and those it started."""
    first = psutil.Process(pid)
    family = [first, *first.children(recursive=True)]
    return sum(int(one.memory_info().rss) for one in family)


def until(probe: Callable[[], T | None], what: str, pause: float = 0.01) -> T:
    """The first answer of `probe`. Raises: SystemExit after `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    while (answer := probe()) is None:
        if time.monotonic() > deadline:
            raise SystemExit(f"Not within {PATIENCE:.0f} s: {what}.")
        time.sleep(pause)
    return answer


def _skip(stream: http.client.HTTPResponse, wanted: bytes) -> None:
    """Read until the line `wanted`."""
    while line := stream.readline():
        if line.rstrip() == wanted:
            return
    raise SystemExit(f"The stream ended before {wanted.decode()!r}.")
