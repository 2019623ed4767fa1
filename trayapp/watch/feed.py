"""The seam between the system's file events and the watcher: what is reported, and who hears it."""

from typing import Literal, Protocol

from trayapp.watch.ignore import Ignore

Kind = Literal["created", "written", "finished", "found", "gone"]
"""What happened to a path. `created` and `written`: somebody is at it. `finished`: its writer has
closed it, or it was moved there whole. `found`: it lay in a new folder, and nobody saw who wrote
it. `gone`: deleted or moved away; a whole folder only when it was moved away."""


class Sink(Protocol):
    """Hears about one root, from any thread. Must return at once."""

    def heard(self, kind: Kind, *paths: str) -> None:
        """Each path is relative to the root, POSIX, not ignored, and a file unless `gone`. Paths
        told at once, as those of a folder moved in, come into one batch."""
        ...

    def unsure(self) -> None:
        """Events were lost, or the root itself was deleted, moved or unmounted: look again."""
        ...


class Feed(Protocol):
    """The events of one root."""

    @property
    def problem(self) -> str:
        """Why the system will not tell everything, with the remedy; empty when it will."""
        ...

    def arm(self, folder: str) -> None:
        """Report what happens in `folder` (relative, "" is the root) from now on. Called for each
        folder that counts before it is listed, so that nothing falls between."""
        ...

    def close(self) -> None:
        """Report nothing any more. Idempotent."""
        ...


class Observer(Protocol):
    """One way to get file events out of this system."""

    @property
    def reports_closes(self) -> bool:
        """Whether a file that was written is told as `finished` when its writer closes it."""
        ...

    def start(self) -> None:
        """Raises: TrayAppError when the system refuses."""
        ...

    def feed(self, root: str, ignore: Ignore, sink: Sink) -> Feed:
        """A feed for the folder `root` (absolute); nothing is armed yet."""
        ...

    def stop(self, timeout: float) -> None:
        """End the observer's threads, waiting `timeout` seconds at most. Idempotent."""
        ...
