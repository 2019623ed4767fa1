"""A job: one command of `[[on_change]]` in one watch root, what it is run for, and how it went."""

import contextlib
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from trayapp.config import OnChange
from trayapp.errors import TrayAppError
from trayapp.service.trigger import Trigger
from trayapp.state import CommandState, CommandStatus
from trayapp.watch import Fault, Patterns, RootChange


@dataclass(slots=True, eq=False)
class Job:
    """`label` is the root it is for, empty where it may write to any. It runs in `folder`.
    `unsettled` is whether it runs, or what it wrote may not all be told."""

    entry: OnChange
    name: str
    label: str
    folder: Path
    patterns: Patterns
    trigger: Trigger = field(init=False)
    state: CommandState | None = None
    running: bool = False
    unsettled: bool = False

    def __post_init__(self) -> None:
        self.trigger = Trigger(restart=self.entry.restart)

    @property
    def failed(self) -> bool:
        """Whether its last run went wrong, so that pages must not see what it left."""
        return self.state is not None and self.state.status == "failed"

    def concerns(self, change: RootChange) -> bool:
        """Whether what is in `change` may be read or written by it."""
        return not self.label or self.label == change.label or self.label in change.within

    def is_due(self, now: float) -> bool:
        """Whether it is to be run now."""
        return self.trigger.due is not None and self.trigger.due <= now

    def holds(self, change: RootChange, now: float) -> bool:
        """Whether `change` has to wait for it."""
        return self.concerns(change) and (self.unsettled or self.is_due(now))

    def begins(self, now: float) -> None:
        """It is started."""
        self.running = self.unsettled = True
        self.trigger.began(now)
        before = self.state or CommandState(self.name, "running")
        self.state = CommandState(self.name, "running", before.exit, before.seconds, now)

    @property
    def waiting(self) -> bool:
        """Whether the user has not said yes to its folder."""
        return self.state is not None and self.state.status == "waiting"

    def waits(self, now: float) -> None:
        """The user has not said yes to its folder."""
        self.state = CommandState(self.name, "waiting", at=now, root=self.label)

    def allowed(self) -> None:
        """The user says yes."""
        if self.waiting:
            self.state = None

    def ends(self, exit: int | None, seconds: float, now: float) -> None:
        """It has ended; `exit` is None when we ended it."""
        self.running = False
        self.trigger.ended()
        if exit is None:
            return
        status: CommandStatus = "failed" if exit else "ok"
        self.state = CommandState(self.name, status, exit, round(seconds, 3), now)


def question(job: Job) -> str:
    """What the user is asked of a command that waits for a yes. Pages see it: no path."""
    remedy = f"trayapp allow {shlex.quote(job.label)}"
    return (
        f"{job.entry.name} does not run in {job.label}: a dashboard added that folder, or it "
        f"belongs to another user. To let commands run there: {remedy}"
    )


def patterns_of(entry: OnChange) -> Patterns:
    """What it is run for, with the meaning that the watcher gives it. Raises: TrayAppError."""
    faults: list[Fault] = []
    patterns = Patterns(entry.paths, faults.append)
    if faults:
        raise TrayAppError(
            f"The pattern {faults[0].pattern[:80]!r} of the command {entry.name} in on_change is "
            f"none: {faults[0].reason}.",
            "Write it as in gitignore(5), in the file config.toml.",
        )
    return patterns


def times_of(folder: str, paths: Iterable[str]) -> dict[str, float]:
    """When files were written, Unix time; those that are not there miss. A time that a program has
    copied along is not believed: the system's own of the last change is later."""
    times = {}
    for path in paths:
        with contextlib.suppress(OSError, ValueError):
            status = Path(folder, path).stat()
            times[path] = max(status.st_mtime, status.st_ctime)
    return times


def sentence(name: str, paths: Iterable[str]) -> str:
    """What a user is told of a command that writes to what it is run for."""
    first, *more = sorted(paths)
    files = f" and {len(more)} more" if more else ""
    return (
        f"{name} writes {first}{files}, for which it is run: that starts it no longer. Name its "
        "output in .trayappignore, or narrow the paths of on_change."
    )
