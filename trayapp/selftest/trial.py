"""A trial: the trayapp under test, its folder, and the time that is left for all."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from trayapp.errors import TrayAppError
from trayapp.instance import Running
from trayapp.selftest.pages import Pages
from trayapp.selftest.program import POLL, Program
from trayapp.selftest.reader import Reader

T = TypeVar("T")

ROOT = "site"
CHANGE_SECONDS = 5.0
"""How long a change may take: folders that are polled are slow."""

PAGE = """<!doctype html>
<title>trayapp selftest</title>
<link rel="stylesheet" href="style.css">
<script src="http://localhost:{port}/client.js"></script>
<p>0
"""


@dataclass(slots=True)
class Trial:
    """What the checks share; the first ones fill it in. `deadline` is monotonic."""

    program: Program
    folder: Path
    deadline: float
    notify: bool
    closing: ExitStack
    running: Running = field(default_factory=lambda: Running(0, 0, ""))
    stream: Reader | None = None
    pages: Pages | None = None
    saves: int = 0

    @property
    def site(self) -> Path:
        """The folder that is watched."""
        return self.folder / ROOT

    @property
    def left(self) -> float:
        """Seconds."""
        return max(self.deadline - time.monotonic(), 0.0)

    def state(self) -> dict[str, Any]:
        """The state that it tells. Raises: TrayAppError."""
        return self.running.ask("GET", "/api/state")

    def root(self) -> Mapping[str, Any]:
        """The state of the watched folder. Raises: TrayAppError."""
        for root in self.state()["roots"]:
            if root["label"] == ROOT:
                return dict(root)
        raise TrayAppError("the folder is not among those it watches")

    def text(self) -> str:
        """Something that was not in a file before."""
        self.saves += 1
        return f"/* save {self.saves} */\n"

    def change(self) -> Mapping[str, Any]:
        """The next change that is told. Raises: TrayAppError."""
        event = self._reader().next(min(CHANGE_SECONDS, max(self.left, 0.1)))
        return dict(json.loads(event.data))

    def silence(self, seconds: float) -> None:
        """Raises: TrayAppError when a change is told within `seconds`."""
        if events := self._reader().rest(seconds):
            cause = json.loads(events[0].data)["cause"]
            raise TrayAppError(f"told without reason: {cause}")

    def wait_for(self, probe: Callable[[], T | None], seconds: float) -> T | None:
        """The first answer of `probe` that is one, or None."""
        deadline = time.monotonic() + min(seconds, self.left)
        while not (answer := probe()):
            if time.monotonic() > deadline:
                return None
            time.sleep(3 * POLL)
        return answer

    def _reader(self) -> Reader:
        if self.stream is None:
            raise TrayAppError("there is no stream to hear of it")
        return self.stream


def names(change: Mapping[str, Any]) -> set[str]:
    """The paths that `change` names."""
    return {one["path"] for one in change["paths"]}


def ms(began: float) -> str:
    """The time since `began` (monotonic), for people."""
    return f"{(time.monotonic() - began) * 1000:.0f} ms"


def demand(condition: object, otherwise: str) -> None:
    """Raises: TrayAppError with `otherwise` unless it is so."""
    if not condition:
        raise TrayAppError(otherwise)
