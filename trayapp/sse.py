"""text/event-stream, pure: events to bytes and bytes to events.

Theory of operation: `encode` and `comment` give whole frames, so one frame is one write. `Decoder`
is fed bytes as they come, cut anywhere, and yields what a browser would dispatch; it follows
WHATWG HTML §9.2.6 rule by rule and is what our own command line and tests read streams with.
"""

import codecs
import re
from dataclasses import dataclass

MEDIA_TYPE = "text/event-stream"

_LINE_END = re.compile("\r\n|\r|\n")  # §9.2.5 end-of-line; str.splitlines() also cuts at U+2028
_FIELD = re.compile(r"[^\r\n\0]*\Z")


def encode(data: str, *, type: str = "", id: str = "", retry: float | None = None) -> bytes:
    """One frame. A line end inside `data` (CR, LF, CRLF) starts a further `data:` line.

    `retry` is in seconds. The id comes last: a reader cut in the middle of a frame then never
    takes the cursor of an event it has not dispatched.

    Raises: ValueError when `type` or `id` holds a line end or NUL.
    """
    for name, value in (("type", type), ("id", id)):
        if not _FIELD.match(value):
            raise ValueError(f"A {name} on the stream may not hold a line end or NUL: {value!r}.")
    lines = [f"retry: {round(retry * 1000)}"] if retry is not None else []
    if type:
        lines.append(f"event: {type}")
    lines += [f"data: {line}" for line in _LINE_END.split(data)]
    if id:
        lines.append(f"id: {id}")
    return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")


def comment(text: str = "") -> bytes:
    """A line that readers ignore: heartbeat and padding. `text` holds no line end.

    No blank line after it: at one, httpx-sse and fetch-event-source hand out an empty event.
    """
    return f":{text}\n".encode()


PADDING = comment(" " * 2046)
"""2 KiB that say nothing, to begin a stream with: some antivirus programs hold the first message
back until a second comes (Kaspersky: featurehub issue 296), and the XMLHttpRequest of the oldest
browsers the first 2 KiB (event-source-polyfill asks for them with `padding=true`)."""


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What a reader of the stream is given. `id` is the last event id after this event."""

    type: str
    data: str
    id: str


class Decoder:
    """Bytes in, dispatched events out. Not safe from several threads.

    `last_event_id` and `retry` (seconds, None until the stream names one) outlive a connection:
    call `reconnect` and go on feeding.
    """

    def __init__(self, last_event_id: str = "") -> None:
        self.last_event_id = last_event_id
        self.retry: float | None = None
        self.reconnect()

    def reconnect(self) -> None:
        """Forget what the broken connection left unfinished (§9.2.6: discard the event)."""
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._line: list[str] = []  # its pieces: a long line would be copied with each of them
        self._started = False
        self._after_cr = False
        self._type = ""
        self._data: list[str] = []
        self._id = self.last_event_id

    def feed(self, chunk: bytes) -> list[Dispatched]:
        """The events that `chunk` completes, in order."""
        events = []
        *ends, rest = _LINE_END.split(self._decode(chunk))
        for end in ends:
            line = "".join([*self._line, end])
            self._line = []
            if line:
                self._field(line)
            else:
                events += self._dispatch()
        self._line.append(rest)
        return events

    def _decode(self, chunk: bytes) -> str:
        """The text of `chunk`, without what belongs to the text before: the LF of a CRLF that was
        cut in two. Nor with the one leading BOM that is ignored."""
        text = self._text.decode(chunk)
        if not text:
            return text
        told = text.removeprefix("\n") if self._after_cr else text
        self._after_cr = text.endswith("\r")
        if not self._started:
            told = told.removeprefix("\ufeff")
            self._started = True
        return told

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._type = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value) / 1000

    def _dispatch(self) -> list[Dispatched]:
        self.last_event_id = self._id
        data, type_ = self._data, self._type
        self._data, self._type = [], ""
        return [Dispatched(type_ or "message", "\n".join(data), self._id)] if data else []
