"""An event: the value that travels from a source to every stream. Knows nothing of the way."""

import json
import re
from dataclasses import dataclass

TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
"""What a topic may look like; it is a path segment of the publish API."""

CHANGE = "change"
CHAT = "chat"
NOTIFY = "notify"
COMMAND = "command"
HELLO = "hello"
RESET = "reset"
BYE = "bye"
BUSY = "busy"
STATE = "state"

RESERVED_TOPICS = frozenset(
    {"api", "applied", "bye", "busy", "change", "chat", "client", "health", "hello", "message"}
    | {"metrics", "pair", "post", "reset", "sites", "state", "static", "stream"}
)
"""Words of the HTTP contract and of the wire; nobody may publish under them. `notify` is not
among them: it is the topic that anybody may publish notifications to."""

READABLE_TOPICS = frozenset({CHANGE, CHAT})
"""Those of the reserved ones that have events all the same."""


@dataclass(frozen=True, slots=True)
class Event:
    """One published event.

    `id` is `<epoch>-<number>`: characters `[0-9A-Za-z-]`, at most 64 bytes; numbers of an epoch are
    contiguous. `seq` is its place in the order of this process, contiguous too: it is not the
    number of the id where events of earlier runs came first. `time` is Unix time in seconds. An
    empty `type` means `message` on the wire. `root` is the label of the watch root that a change
    belongs to, empty for everything else; `within` are those of the roots that one lies in.
    What is `local` concerns this computer and this run only: no log keeps it. On a log that several
    computers share, `seq` is 0 for a publisher, who is answered before the event comes back.
    """

    id: str
    seq: int
    time: float
    topic: str
    type: str
    data: str
    root: str = ""
    within: tuple[str, ...] = ()
    local: bool = False

    def envelope(self) -> str:
        """The event as JSON {id, time, topic, type, data}; its data is a string in it."""
        fields = {"id": self.id, "time": self.time, "topic": self.topic}
        fields |= {"type": self.type or "message", "data": self.data}
        return json.dumps(fields, ensure_ascii=False)
