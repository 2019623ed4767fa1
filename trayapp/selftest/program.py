"""The trayapp under test: a process of its own, which is this executable, in folders of its own."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import trayapp
from trayapp import instance
from trayapp.errors import TrayAppError
from trayapp.paths import Paths, locate

POLL = 0.01
"""Seconds between two looks for what cannot be waited for."""


def command() -> list[str]:
    """What starts this very trayapp; frozen, it is the executable itself."""
    return [sys.executable] if hasattr(sys, "frozen") else [sys.executable, "-m", "trayapp"]


def surroundings(environ: Mapping[str, str], home: Path, *, notify: bool) -> dict[str, str]:
    """The environment of the trayapp under test: the user's, but for all settings of trayapp."""
    kept = {name: value for name, value in environ.items() if not name.startswith("TRAYAPP_")}
    package = str(Path(trayapp.__file__).parent.parent)
    if not hasattr(sys, "frozen"):
        kept["PYTHONPATH"] = package
    return kept | {
        "TRAYAPP_HOME": str(home),
        "TRAYAPP_PORT": "0",
        "TRAYAPP_OPEN": "false",
        "TRAYAPP_HEARTBEAT": "1",
        "TRAYAPP_NOTIFICATIONS": "true" if notify else "false",
        # A PyInstaller program must not take itself for a part of the one that starts it.
        "PYINSTALLER_RESET_ENVIRONMENT": "1",
    }


class Program:
    """`trayapp run` in a `home` of its own. What it prints goes to a file there: a windowed
    program has no output, and says only by its instance.json that it serves."""

    def __init__(self, words: Sequence[str], environ: Mapping[str, str], home: Path) -> None:
        self._words = list(words)
        self._environ = dict(environ)
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self.paths: Paths = locate(environ)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return _text(self.paths.log_file)

    @property
    def printed(self) -> str:
        """What it has printed so far."""
        return _text(self._home / "printed.txt")

    def start(self) -> None:
        """Raises: OSError."""
        self._home.mkdir(mode=0o700, exist_ok=True)
        with (self._home / "printed.txt").open("wb") as printed:
            self._process = subprocess.Popen(
                [*self._words, "run", "--tray"],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                env=self._environ,
                cwd=self._home,
            )

    def ready(self, deadline: float) -> instance.Running:
        """It, once it serves. Raises: TrayAppError when it has ended, or by the `deadline`
        (monotonic)."""
        while (running := instance.find(self.paths)) is None:
            if self._process is None or self._process.poll() is not None:
                code = self._process.returncode if self._process else None
                last = self.printed.strip().splitlines() or self.log.strip().splitlines() or [""]
                raise TrayAppError(f"it ended with exit code {code}: {last[0]}")
            if time.monotonic() > deadline:
                raise TrayAppError("it is not ready in time")
            time.sleep(POLL)
        return running

    def ask(self, word: str, seconds: float) -> subprocess.CompletedProcess[bytes]:
        """Another command of the same executable. Raises: OSError, subprocess.TimeoutExpired."""
        return subprocess.run(
            [*self._words, word],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=self._environ,
            cwd=self._home,
            timeout=seconds,
        )

    def wait(self, seconds: float) -> int:
        """Its exit code. Raises: TrayAppError when it is not over in time."""
        if self._process is None:
            raise TrayAppError("it was not started")
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise TrayAppError(f"it is still there after {seconds:g} s") from error

    def end(self) -> None:
        """Whatever happened: it is gone afterwards. Idempotent."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
