"""The seam between the system's file events and the watcher: what is reported, and who hears it."""

from collections.abc import Collection
from typing import Literal, Protocol

from trayapp.watch.ignoring.ignore import Ignore

Kind = Literal["created", "written", "differs", "finished", "found", "gone"]
"""What happened to a path. `created` and `written`: somebody is at it, and the close will be told.
`differs`: somebody is or was at it, and nobody will tell when it is closed, as where closes are not
reported, or where a folder is polled. `finished`: its writer has closed it, or it was moved there
whole. `found`: it lay in a new folder, and nobody saw who wrote it. `gone`: deleted or moved away;
a whole folder only when it was moved away."""


class Sink(Protocol):
    """Hears about one root, from any thread. Must return at once."""

    def heard(self, kind: Kind, *paths: str) -> None:
        """Each path is relative to the root, POSIX, not ignored, and a file unless `gone`. Paths
        told at once, as those of a folder moved in, come into one batch."""
        ...

    def unsure(self) -> None:
        """Look again: events were lost, the root itself was deleted, moved, unmounted or replaced,
        or an ignore file has changed."""
        ...


class Feed(Protocol):
    """The events of one root."""

    @property
    def problem(self) -> str:
        """Why the system will not tell everything, with the remedy; empty when it will."""
        ...

    @property
    def unheard(self) -> Collection[str]:
        """The folders the system refused to report on (relative, "" is the root), with all below
        them that was not armed: somebody has to poll them."""
        ...

    def hears(self, timeout: float) -> bool:
        """Self-test, once the root is armed: whether an event of ours comes through within
        `timeout` seconds. Never called on the thread that hears."""
        ...

    def arm(self, folder: str, *, followed: bool = False) -> None:
        """Report what happens in `folder` (relative, "" is the root) from now on. Called for each
        folder that counts before it is listed, so that nothing falls between. A link is armed as
        the folder it leads to only when it is `followed`."""
        ...

    def close(self) -> None:
        """Report nothing any more. Idempotent."""
        ...


class Observer(Protocol):
    """One way to get file events out of this system."""

    def start(self) -> None:
        """Raises: TrayAppError when the system refuses."""
        ...

    def feed(self, root: str, ignore: Ignore, sink: Sink) -> Feed:
        """A feed for the folder `root` (absolute); nothing is armed yet."""
        ...

    def catches_up(self, timeout: float) -> bool:
        """Wait until sinks have heard of all that has happened by now; False when that takes longer
        than `timeout` seconds. True at once where nobody can know."""
        ...

    def stop(self, timeout: float) -> None:
        """End the observer's threads, waiting `timeout` seconds at most. Idempotent."""
        ...
