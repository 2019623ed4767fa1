"""The program as a user starts it, in a process of its own, and what it has used so far."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

READY = re.compile(rb"^READY http://127\.0\.0\.1:(\d+)\s*$", re.MULTILINE)


class Program:
    """`trayapp run FOLDER --no-tray --port 0` for the length of a `with` block; with `bus`, the
    address of a session bus, it shows its tray icon there instead of `--no-tray`. `environ` is
    added to what it inherits."""

    def __init__(
        self, folder: Path, bus: str = "", environ: Mapping[str, str] | None = None
    ) -> None:
        self._folder = folder
        self._bus = bus
        self._environ = environ or {}
        self._home = tempfile.TemporaryDirectory(prefix="trayapp-bench-")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Program":
        environ = os.environ | {"TRAYAPP_HOME": self._home.name, "TRAYAPP_OPEN": "false"}
        environ |= {"DBUS_SESSION_BUS_ADDRESS": self._bus, **self._environ}
        printed = Path(self._home.name) / "printed.txt"
        with printed.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "trayapp", "run", *self._arguments()],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environ,
            )
        try:
            self.port = self._wait_for_port(printed)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("The program was not started.")
        return self._process.pid

    def _end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(15)
        self._home.cleanup()

    def _arguments(self) -> list[str]:
        tray = "--tray" if self._bus else "--no-tray"
        return [str(self._folder), tray, "--port", "0"]

    def _wait_for_port(self, printed: Path) -> int:
        deadline = time.monotonic() + 20
        while not (match := READY.search(printed.read_bytes())):
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"No READY line:\n{printed.read_text('utf-8', 'replace')}")
            time.sleep(0.02)
        return int(match.group(1))
