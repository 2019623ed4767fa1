"""The seam every bus implements: publish at one end, read in order at the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from trayapp.bus.cursor import Moment
from trayapp.bus.draft import Draft
from trayapp.event import Event


@dataclass(frozen=True, slots=True)
class Replay:
    """What follows a cursor, in order and without a gap.

    `start` is the seq of the cursor, `head` that of the newest event on the bus. `complete` is
    False when the cursor cannot be honoured (unknown, other epoch, evicted, from the future,
    garbage): `start` is the head then, there are no events, and the reader must be told `reset`.
    After a Moment, `begins` is the Unix time from which on nothing is missing: the moment, or later
    where events since are forgotten. Such a replay is complete from there.
    """

    start: int
    events: Sequence[Event]
    head: int
    complete: bool = True
    begins: float | None = None


class Bus(Protocol):
    """An ordered log of events with a bounded history. Safe from any thread."""

    @property
    def epoch(self) -> str:
        """Names this run of ids: `[0-9A-Za-z]`, at most 32 characters."""
        ...

    def publish(
        self,
        topic: str,
        data: str,
        *,
        type: str = "",
        root: str = "",
        within: tuple[str, ...] = (),
        local: bool = False,
    ) -> Event:
        """Give the event its id and keep it. Returns once it is as durable as this bus makes it.
        What is `local` stays on this computer, in memory: at once, whatever the state of a disk or
        a network.

        Raises: Unavailable when it cannot be kept now; nothing was published then.
        """
        ...

    def publish_all(self, drafts: Sequence[Draft]) -> list[Event]:
        """As `publish`, several at once: in this order, all of them or none. They are at least one,
        and either all local or none is."""
        ...

    def after(self, cursor: str | int | Moment | None, limit: int | None = None) -> Replay:
        """The events after `cursor`, at most `limit`, and at least one where there is one: an id as
        a reader sent it, a seq of this epoch, a moment of this run, or None for "from now" (no
        events, only the head)."""
        ...

    def delivered(self, seq: int | None) -> None:
        """The hub has delivered all events up to `seq`; None: it delivers no more. A bus may let
        publishers wait while the hub is far behind."""
        ...

    def id_at(self, seq: int) -> str:
        """The id of the event at `seq` of this run: the cursor of who has seen all up to it."""
        ...

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` after each publish, from the publishing thread and outside every lock.

        It must return at once; readers then pull with `after`. Returns a function that ends it.
        """
        ...
