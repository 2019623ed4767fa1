"""Where output may be cut: between lines; if it must be within one, between characters. Pure."""

import re

_LINE_END = re.compile(rb"\r\n?|\n")
_LONGEST_CHARACTER = 4


def cut(data: bytearray, most: int, *, whole: bool) -> int:
    """How many bytes from the begin of `data` make one event: the lines that end within `most`, or
    `most` of a line that is longer; 0 while a line is under way. With `whole` nothing more comes.

    One blank line alone waits for the next, for no event is empty.
    """
    if whole and len(data) <= most:
        return len(data)
    end = data.rfind(b"\n", 0, most) + 1
    if lone := data.rfind(b"\r", end, min(most, len(data) - 1)) + 1:  # as progress bars have them
        end = lone + (data[lone] == ord("\n"))
    if end and bytes(data[:end]).strip(b"\r\n"):
        return end
    if len(data) < most:
        return 0 if _LINE_END.fullmatch(data, 0, end) else end
    return _between_characters(data, most)


def _between_characters(data: bytearray, end: int) -> int:
    """The last place up to `end` where a character of UTF-8 begins; `end` where there is none."""
    for place in range(end, end - _LONGEST_CHARACTER, -1):
        if place >= len(data) or data[place] & 0b1100_0000 != 0b1000_0000:
            return place
    return end


def text_of(data: bytes) -> str:
    """The lines as text, with LF between them and none at the end. What is no UTF-8 becomes
    U+FFFD."""
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return lines.removesuffix(b"\n").decode("utf-8", "replace")


def last(data: bytes, most: int) -> str:
    """The last lines of `data`, at most `most` bytes of UTF-8; the begin of a line is cut off only
    when it alone is longer."""
    octets = text_of(data).encode()
    if len(octets) > most:
        octets = octets[-most:]
        octets = octets[octets.find(b"\n") + 1 :]
    return octets.decode("utf-8", "ignore")
