"""Starts the desktop without a screen, and reads what was said to it."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support import wait_for


class FakeDesk:
    """`tests/rig/desk.py` as a process. `roles`: tray, no-host (with tray), notifications."""

    def __init__(self, address: str, *roles: str) -> None:
        self.events: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("desk.py")), *roles],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"DBUS_SESSION_BUS_ADDRESS": address, "PATH": "/usr/bin:/bin"},
        )
        self._reader = threading.Thread(target=self._read, name="fakedesk")

    def __enter__(self) -> "FakeDesk":
        self._reader.start()
        self.wait("ready")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()

    def wait(self, event: str, count: int = 1, seconds: float = 5.0) -> dict[str, Any]:
        """The newest event of this kind, once there were so many."""
        found = wait_for(
            lambda: seen if len(seen := self.all(event)) >= count else None,
            seconds,
            f"{count} x {event}",
        )
        return found[-1]

    def all(self, event: str) -> list[dict[str, Any]]:
        """What was reported of this kind so far."""
        return [each for each in self.events if each["event"] == event]

    def act(self, id: int) -> None:
        """Click the notification with this id."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"act {id}\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.events.append(json.loads(line))
