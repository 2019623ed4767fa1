"""What several tests need by import: waiting on an effect, what a test left open, the program."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

T = TypeVar("T")

READY = re.compile(r"^READY (http://\S+)$", re.MULTILINE)


def wait_for(probe: Callable[[], T | None], seconds: float = 5.0, what: str = "") -> T:
    """The first truthy answer of `probe`, asked every 10 ms; an AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or probe}; last answer {answer!r}")
        time.sleep(0.01)
    return answer


def open_threads() -> set[threading.Thread]:
    """The living threads of this process."""
    return set(threading.enumerate())


def open_files() -> set[str]:
    """This process's file descriptors, each as `number -> target`; empty where /proc is missing."""
    found = set()
    folder = Path("/proc/self/fd")
    for entry in folder.iterdir() if folder.is_dir() else ():
        try:
            found.add(f"{entry.name} -> {entry.readlink()}")
        except OSError:  # the descriptor of the listing itself
            continue
    return found


def launched(noted: str) -> str:
    """The address that the launch page leads to which a browser was given; its file is there until
    the code in the address is traded."""
    assert noted.startswith("file:///"), noted
    page = Path(url2pathname(urlsplit(noted).path)).read_text("utf-8")
    return str(json.loads(page.partition("location.replace(")[2].partition(")")[0]))


class Running:
    """`python -m trayapp …` as a process of its own. `output` is all it has printed so far.

    `within` names the network namespace that it runs in, as `ip netns` does; `files` is how many it
    may have open, 0 for as many as this process.
    """

    def __init__(
        self,
        arguments: list[str],
        environ: Mapping[str, str],
        folder: Path,
        within: str = "",
        files: int = 0,
    ) -> None:
        enter = ["nsenter", f"--net=/run/netns/{within}"] if within else []  # execs: same process
        enter += ["prlimit", f"--nofile={files}"] if files else []
        self._printed = folder / "output.txt"
        with self._printed.open("wb") as printed:
            self.process = subprocess.Popen(
                [*enter, sys.executable, "-m", "trayapp", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                env=dict(environ),
                cwd=folder,
            )

    @property
    def output(self) -> str:
        return self._printed.read_text("utf-8", "replace")

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        """The base URL of the READY line, without a slash at its end; waits for it."""
        return wait_for(self._ready, 15, "the READY line").group(1)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def dashboard(self) -> str:
        """The pattern of the address that its dashboard is opened at, up to the code."""
        return rf"http://[a-z2-7]{{26}}\.localhost:{self.port}/#c="

    def wait(self, seconds: float = 10.0) -> int:
        """The exit code, once it has ended by itself."""
        return self.process.wait(seconds)

    def stop(self, seconds: float = 10.0) -> int:
        """Ask it to end by SIGTERM and return its exit code; safe to call again."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not end within {seconds} s\n{self.output}") from None

    def _ready(self) -> re.Match[str] | None:
        if self.process.poll() is not None and not READY.search(self.output):
            raise AssertionError(f"ended with {self.process.returncode}\n{self.output}")
        return READY.search(self.output)


def program_environ(home: Path) -> dict[str, str]:
    """The environment of a started program: its own home, no desktop it could reach, no browser."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("TRAYAPP_")}
    for key in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
        environ.pop(key, None)
    root = str(Path(__file__).resolve().parent.parent)
    return environ | {
        "TRAYAPP_HOME": str(home),
        "TRAYAPP_OPEN": "false",
        "BROWSER": "true",
        "PYTHONPATH": root,
        "PYTHONUNBUFFERED": "1",
    }
