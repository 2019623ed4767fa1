"""A frozen picture of the service: what the tray, the dashboard and `trayapp status` show."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["starting", "on", "paused", "error", "stopped"]
RootStatus = Literal["scanning", "watching", "gone", "error"]


@dataclass(frozen=True, slots=True)
class RootState:
    """One watch root. `path` is absolute and never leaves this computer; pages see only `label`."""

    label: str
    path: str
    status: RootStatus
    detail: str = ""
    files: int = 0
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Everything a front end may show. `problem` is a sentence, empty when there is none.

    `pages` counts open streams, but those of dashboards. `url` is the base URL without a slash at
    its end; `demo` is the address of the demo page, empty when folders of the user's own are
    watched.
    """

    status: Status
    version: str
    url: str
    pid: int
    pages: int = 0
    roots: tuple[RootState, ...] = ()
    notifications: bool = True
    problem: str = ""
    demo: str = ""
    started: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The shape of `GET /api/state`, as in docs/http-api.md."""
        return asdict(self)
