"""A frozen picture of the service: what the tray, the dashboard and `trayapp status` show."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["starting", "on", "paused", "degraded", "error", "stopped"]
"""`degraded`: pages follow the files, but what is published does not get through; `problem` says
why."""

RootStatus = Literal["scanning", "watching", "polling", "gone", "error"]
"""`watching`: a self-test has proved that file events come. `polling`: they do not, or not all of
them, and we look ourselves; `detail` says why. `gone`: waiting for the folder."""


@dataclass(frozen=True, slots=True)
class RootState:
    """One watch root. `path` is absolute and never leaves this computer; pages see only `label`.

    `files` grows while the root is scanned. `within` are the labels of the roots it lies in; what
    happens in it is told as its own, not as theirs.
    """

    label: str
    path: str
    status: RootStatus
    detail: str = ""
    files: int = 0
    fingerprint: str = ""
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """A file that changes with each page load, so that its reloads are paused. `path` is relative
    to the root labelled `root`; `since` is Unix time in seconds."""

    root: str
    path: str
    since: float


PageStatus = Literal["current", "waiting", "behind"]
"""`waiting`: it has an update that it will show when somebody looks, or when a person says so.
`behind`: it did not answer the last change within seconds, or could not show it."""


@dataclass(frozen=True, slots=True)
class PageState:
    """A page that has our script. `page` is its own name for itself.

    What it showed last: `cause` in words, `action` as it did it, `ms` from the save until it was
    visible, `at` in Unix time; all empty before the first. `url` and `title` are what the page
    says: text of strangers.
    """

    page: str
    url: str = ""
    title: str = ""
    status: PageStatus = "current"
    cause: str = ""
    action: str = ""
    ms: float = 0.0
    at: float = 0.0


CommandStatus = Literal["running", "ok", "failed", "waiting"]
"""`waiting`: it does not run in its folder until the user has said yes."""


@dataclass(frozen=True, slots=True)
class CommandState:
    """A command that runs when files change, and has. `exit` is that of its last end, as shells
    count, `seconds` how long that took; `at` is when it began or, once it has ended, when it did:
    Unix time. `root` is the label of the folder in which it waits for a yes, else empty."""

    name: str
    status: CommandStatus
    exit: int = 0
    seconds: float = 0.0
    at: float = 0.0
    root: str = ""


def delay(ms: float) -> str:
    """`ms` milliseconds for people: `41 ms`, `1.2 s`, `3 min`."""
    if ms < 999.5:
        return f"{ms:.0f} ms"
    return f"{ms / 1000:.1f} s" if ms < 60_000 else f"{ms / 60_000:.0f} min"


@dataclass(frozen=True, slots=True)
class LanState:
    """Sharing with other devices of the local network.

    `asked`: the dashboard asked for it, and nobody at this computer has said yes yet. `keep`: it is
    switched on again at the next start. `urls` are base addresses for other devices, the likeliest
    first. `problem` is a sentence, empty when there is none. `seen` is when another device sent a
    request last, Unix time, 0.0 for never in this run.
    """

    on: bool = False
    asked: bool = False
    keep: bool = False
    urls: tuple[str, ...] = ()
    problem: str = ""
    seen: float = 0.0


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A paired device. `device` identifies it, `name` is what people call it: text of strangers.

    `paired` and `seen` are Unix times, `address` is where it was seen. `streams` are open now.
    """

    device: str
    name: str
    paired: float
    seen: float = 0.0
    address: str = ""
    streams: int = 0


@dataclass(frozen=True, slots=True)
class SessionState:
    """A control session: a dashboard that may control trayapp until trayapp stops.

    `session` is its number in this run, `browser` a name for the browser as that calls itself,
    `opened` how it was let in. `begun` and `used`, its last request, are Unix times.
    """

    session: int
    browser: str
    opened: str
    begun: float
    used: float


@dataclass(frozen=True, slots=True)
class Advice:
    """What to look at when a device does not get through: a sentence, and a command that helps,
    empty when there is none."""

    text: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Everything a front end may show. `problem` is a sentence, empty when there is none.

    `pages` counts open streams, but those of dashboards, or the `views` where they are more: the
    tabs of a browser share a stream. `url` is the base URL without a slash at
    its end; `demo` is the address of the demo page, empty when folders of the user's own are
    watched. `from_disk` admits pages opened from disk; `disk_refused` is when one was refused last,
    Unix time, 0.0 for never in this run. `commands` are those of `[[on_change]]` that have run.
    `autostart`: a trayapp starts when this user logs in. `sessions` may control it, the newest
    first.
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
    loops: tuple[Loop, ...] = ()
    views: tuple[PageState, ...] = ()
    lan: LanState = LanState()
    devices: tuple[DeviceState, ...] = ()
    from_disk: bool = False
    disk_refused: float = 0.0
    commands: tuple[CommandState, ...] = ()
    autostart: bool = False
    sessions: tuple[SessionState, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The shape of `GET /api/state`, as in docs/http-api.md."""
        return asdict(self)


LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""Upper bounds in seconds of the buckets that count latencies; one more is for the rest."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted of streams and events since the program began.

    `streams` are open, `behind` of them are slow, `backlog` events wait for those, `limit` are
    allowed. `published` events made `delivered` copies. `cut` streams were too slow for the
    history, `refused` ones beyond the limit. `latencies` counts events by the time from being
    published to being written to the last stream, one number for each bucket of LATENCIES and one
    for the rest; `seconds` is their sum.
    """

    streams: int
    limit: int
    behind: int
    backlog: int
    published: int
    delivered: int
    cut: int
    refused: int
    latencies: tuple[int, ...]
    seconds: float
