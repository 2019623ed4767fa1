"""What the web room asks of the service, as protocols: it never sees the service itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from trayapp.event import Event
from trayapp.state import Advice, Figures, RootState, State


class Switch(Protocol):
    """The service seen as a switch. Safe from any thread."""

    def state(self) -> State:
        """The picture of now."""
        ...

    def pause(self) -> None:
        """Pages get nothing until `resume`."""
        ...

    def resume(self) -> None:
        """Pages are told what they missed."""
        ...

    def request_stop(self) -> None:
        """Ask the service to stop; returns at once."""
        ...


class Roots(Protocol):
    """The watch roots. All raise TrayAppError with a message that can be shown."""

    def add_root(self, path: str, *, wide: bool = False, dashboard: bool = False) -> RootState:
        """Watch the folder `path`, absolute, as a `dashboard` wishes, or the user. Raises:
        Unconfirmed for one that is much too large or private to be meant, unless `wide`."""
        ...

    def allow_commands(self, label: str) -> None:
        """Let commands run in a root that a dashboard added, or that is another user's."""
        ...

    def remove_root(self, label: str) -> None:
        """Stop watching the root called `label`."""
        ...

    def ignore(self, label: str, path: str) -> tuple[str, str]:
        """Never tell of `path` in a root again: the file that says so now, and the line in it."""
        ...

    def allow_loop(self, label: str, path: str) -> None:
        """Tell of `path` again although it changes with each page load."""
        ...


class Desk(Protocol):
    """This computer's desktop, and the pages on it and elsewhere."""

    def open_dashboard(self) -> str:
        """Open the dashboard in this user's browser; the address that was opened."""
        ...

    def set_notifications(self, on: bool) -> None:
        """Whether notify events become desktop notifications."""
        ...

    def set_autostart(self, on: bool) -> None:
        """Whether trayapp starts when the user logs in. Raises TrayAppError."""
        ...

    def reload_pages(self) -> None:
        """Have every page load itself."""
        ...


@dataclass(frozen=True, slots=True)
class Invitation:
    """What lets one device pair: `urls` with a one-time code, the likeliest address first, good for
    `seconds`; and what to look at when none of them answers."""

    urls: tuple[str, ...]
    seconds: float
    advice: tuple[Advice, ...] = ()


class Sharing(Protocol):
    """Who else than this computer may come in. All raise TrayAppError."""

    def set_lan(self, on: bool, *, confirmed: bool) -> None:
        """Share with the local network, or no longer. Switching on what is not `confirmed` waits
        for a yes at this computer (`State.lan.asked`)."""
        ...

    def keep_lan(self, on: bool) -> None:
        """Whether sharing is switched on again at the next start."""
        ...

    def invite(self) -> Invitation:
        """A new one-time code. Only while sharing is on."""
        ...

    def allow_from_disk(self, on: bool) -> None:
        """Whether pages opened from disk (`Origin: null`) may read and publish without the key."""
        ...


class Dashboards(Protocol):
    """The dashboards that may control. Safe from any thread."""

    def entered(self, code: str) -> None:
        """A dashboard was let in, by `code` unless that is empty."""
        ...

    def misused(self, what: str) -> None:
        """A program used a code without the right to it; `what` says so in a sentence."""
        ...

    def end_session(self, number: int) -> None:
        """End a control session. Raises TrayAppError when there is none with this number."""
        ...

    def end_sessions(self) -> int:
        """End all control sessions; how many there were."""
        ...


class Guests(Protocol):
    """The paired devices, as the dashboard changes them. All raise TrayAppError."""

    def rename_device(self, device: str, name: str) -> None:
        """Call it `name` from now on."""
        ...

    def forget_device(self, device: str) -> None:
        """It is paired no longer, and its streams end."""
        ...

    def forget_devices(self) -> None:
        """Nobody is paired any longer, and the read key is another one."""
        ...


class Witness(Protocol):
    """Who is told what the guard saw. Quick, from any thread."""

    def lan_request(self) -> None:
        """Another device sent a request, right or wrong."""
        ...

    def disk_refused(self) -> None:
        """A page opened from disk was turned away for want of the read key."""
        ...


class Meter(Protocol):
    """What is counted of streams and events."""

    def figures(self) -> Figures:
        """The counts of now. Quick, from any thread."""
        ...


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that has been loaded. `page` is its own name for itself, `size` that of its document
    in bytes, 0 when it does not know; `roots` are the labels it follows, None all."""

    page: str
    url: str
    title: str
    size: int
    hidden: bool
    roots: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What `page` did about the change with this id, `ms` milliseconds after it was saved."""

    page: str
    id: str
    action: str
    ms: float


class Visitors(Protocol):
    """Who keeps the book of pages. Quick, from any thread."""

    def came(self, visit: Visit) -> tuple[str, str] | None:
        """A page is there. Answers with the file that it is byte for byte, as the label of a root
        and a path in it, if that can be told."""
        ...

    def applied(self, answer: Answer) -> None:
        """A page has answered a change."""
        ...

    def left(self, page: str) -> None:
        """A page is gone."""
        ...


class History(Protocol):
    """What the bus still holds."""

    def recent(self, count: int) -> Sequence[Event]:
        """The last `count` events at most, oldest first."""
        ...
