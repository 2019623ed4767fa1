"""What one reader of the bus wants: which events, in which form, from which cursor."""

from dataclasses import dataclass
from typing import Literal

from trayapp.bus.cursor import Moment
from trayapp.event import CHANGE, NOTIFY, STATE, Event
from trayapp.ntfy import Filter
from trayapp.sender import sender_of

Form = Literal["events", "json", "sse", "raw"]
"""How a stream tells its events: in our own way, or in one of ntfy's."""

ENVIRON_KEY = "trayapp.subscription"
"""WSGI environ key under which a view leaves the Subscription of the stream it has authorised."""

READER_KEY = "trayapp.reader"
"""WSGI environ key under which the guard leaves the Reader of a request that came over the LAN."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a stream: the address it came from, empty when that was by loopback, the paired
    device it is, empty when it is none, and the address of our end of its connection."""

    address: str = ""
    device: str = ""
    own: str = ""

    @property
    def sender(self) -> str:
        """What limits count it as; empty by loopback."""
        return sender_of(self.address, self.own, self.device) if self.address else ""


@dataclass(frozen=True, slots=True)
class Selection:
    """The part of a subscription that streams share: those with equal selections get equal bytes.

    `topics` None means every topic but `state`, which only those who name it get. Who names
    `notify` gets the notifications of all topics.
    `roots` narrows changes to the named watch roots and those that lie in them; other events pass.
    Without `typed`, the types that publishers choose stay in the envelope: an `EventSource` tells
    only of types that it was asked to listen to.
    Another `form` than `events` names its topics, and may have a `filter`.
    """

    topics: frozenset[str] | None = None
    roots: frozenset[str] | None = None
    envelope: bool = False
    typed: bool = True
    form: Form = "events"
    filter: Filter | None = None

    def wants(self, event: Event) -> bool:
        """Whether `event` belongs on a stream with this selection."""
        if not self.wants_topic(event.topic) and not self._wants_notice(event):
            return False
        if self.filter is not None and not self.filter.passes(event):
            return False
        return (
            self.roots is None
            or event.topic != CHANGE
            or event.root in self.roots
            or not self.roots.isdisjoint(event.within)
        )

    def wants_topic(self, topic: str) -> bool:
        """Whether events of `topic` pass, whatever their root."""
        return topic != STATE if self.topics is None else topic in self.topics

    def type_of(self, event: Event) -> str:
        """The type of `event` on the wire; empty means `message`."""
        kept = self.typed or event.type == NOTIFY or event.topic in {CHANGE, NOTIFY}
        return event.type if kept else ""

    def _wants_notice(self, event: Event) -> bool:
        return event.type == NOTIFY and self.topics is not None and NOTIFY in self.topics


@dataclass(frozen=True, slots=True)
class Subscription:
    """A selection and where to begin. `cursor` None or "" means now; a moment, what was published
    since; else the last event id seen, as the reader gave it (any text: the bus decides whether it
    can be honoured). `padded` wants the stream to begin with padding."""

    selection: Selection
    cursor: str | Moment | None = None
    padded: bool = False

    @property
    def resumes(self) -> bool:
        """Whether the reader has been here before."""
        return isinstance(self.cursor, str) and bool(self.cursor)
