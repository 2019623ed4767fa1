"""A reader of text/event-stream written from WHATWG HTML §9.2.6 alone, to judge ours by.

Shares nothing with trayapp.sse, and is built the other way round: it keeps bytes, cuts lines out of
them and decodes each line on its own, which is the same thing because no byte of a line end is part
of a longer UTF-8 sequence.
"""

from typing import NamedTuple


class Message(NamedTuple):
    """One event as a reader sees it."""

    type: str
    data: str
    id: str


class WhatwgReader:
    """Feed it the body of one response, cut anywhere; `messages` grows."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.retry: int | None = None
        self._waiting = b""
        self._first = True
        self._last_event_id = ""
        self._data = ""
        self._type = ""

    def feed(self, piece: bytes) -> None:
        self._waiting += piece
        while (line := self._take_line()) is not None:
            if self._first:
                line = line.removeprefix(b"\xef\xbb\xbf")
                self._first = False
            self._process(line.decode("utf-8", "replace"))

    def _take_line(self) -> bytes | None:
        """The next line, once it is sure where it ends: a CR may be followed by its LF."""
        ends = [at for at in (self._waiting.find(b"\r"), self._waiting.find(b"\n")) if at >= 0]
        if not ends:
            return None
        end = min(ends)
        after = end + 1
        if self._waiting[end:after] == b"\r":
            if after == len(self._waiting):
                return None
            after += self._waiting[after : after + 1] == b"\n"
        line, self._waiting = self._waiting[:end], self._waiting[after:]
        return line

    def _process(self, line: str) -> None:
        if line == "":
            self._dispatch()
        elif line[0] != ":":
            field, colon, value = line.partition(":")
            self._set(field, value[1:] if colon and value[:1] == " " else value)

    def _set(self, field: str, value: str) -> None:
        match field:
            case "event":
                self._type = value
            case "data":
                self._data += value + "\n"
            case "id":
                if "\0" not in value:
                    self._last_event_id = value
            case "retry":
                if value and set(value) <= set("0123456789"):
                    self.retry = int(value)

    def _dispatch(self) -> None:
        data, type_ = self._data, self._type
        self._data = self._type = ""
        if data:
            self.messages.append(Message(type_ or "message", data[:-1], self._last_event_id))
