"""The head of a request, parsed once and strictly: bytes in, a value or a refusal out. Pure.

Not http.server with email: it takes five times as long, repairs what it should refuse and drops
all headers that follow a broken one, so that a request without its Origin could pass for one of
a program. Here a head is a request line and header lines without exception, or a 400.
"""

import re
from dataclasses import dataclass

MAX_HEAD = 64 * 1024
"""Bytes of request line and headers together."""

MAX_FIELDS = 100
"""Header lines."""

_HEAD_END = re.compile(rb"\n\r?\n")
# RFC 9112 §3: method SP request-target SP HTTP-version; octets above 7F stand for themselves
_REQUEST_LINE = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\x00-\x20\x7f]+) (HTTP/[0-9]\.[0-9])\r?\n"
)
# RFC 9112 §5: no space before the colon, no line folding, no CR or NUL (RFC 9110 §5.5)
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]++):([^\x00-\x08\x0a-\x1f\x7f]*+)\r?\n")
_FIELDS = re.compile(rf"(?:{_FIELD.pattern})*+\r?\n")
_LENGTH = re.compile(r"[0-9]{1,18}")
_METHOD_BEGIN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]")
_TLS_HANDSHAKE = 0x16  # RFC 8446 §5.1: the first record of a ClientHello
_SOCKS = (0x04, 0x05)  # the version: of SOCKS4, and RFC 1928 §3
_SINGLE = ("content-length", "host")
"""Fields that decide where a request ends and whom it is for: two of them are an attack."""


class BadRequest(Exception):
    """The bytes are no request that can be answered further: `status` says how, `error` why. A
    `notice` is for the log as well; its one `%s` stands for the port."""

    def __init__(self, status: str, error: str, hint: str = "", notice: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.hint = hint
        self.notice = notice


@dataclass(frozen=True, slots=True)
class Head:
    """Request line and headers. `fields` have their names in lower case, in the order they came.

    `length` is that of the body; `expects` means that the sender waits for `100 Continue`.
    """

    method: str
    target: str
    protocol: str
    fields: list[tuple[str, str]]
    length: int = 0
    expects: bool = False

    @property
    def asks_to_keep(self) -> bool:
        """True when a program asks for a persistent connection (RFC 9112 §9.3). Browsers do not
        get one: they have an Origin or say what they fetch for."""
        values = dict(self.fields)
        return (
            self.protocol == "HTTP/1.1"
            and values.get("connection", "").lower() == "keep-alive"
            and "origin" not in values
            and "sec-fetch-site" not in values
        )


def check_begin(received: bytes | bytearray) -> None:
    """That a head can begin with `received`, which is not empty: who speaks another protocol waits
    for an answer in it, and would never complete a head.

    Raises: BadRequest (400).
    """
    status = "400 Bad Request"
    if received[0] == _TLS_HANDSHAKE:
        raise BadRequest(
            status,
            "This port speaks http, not https.",
            "Use http:// in place of https://.",
            "https was spoken to port %s, which speaks http only: use http:// in place of https://.",
        )
    if received[0] in _SOCKS:
        raise BadRequest(status, "This is no proxy.", "Connect to it without SOCKS.")
    if not _METHOD_BEGIN.match(received):
        raise BadRequest(status, "This is not a valid HTTP request.")


def head_end(received: bytes | bytearray, start: int = 0) -> int | None:
    """Where the body begins; None while the head is not complete. Looks from `start` on.

    Raises: BadRequest (431) when the head is too large, complete or not.
    """
    match = _HEAD_END.search(received, start)
    if (match.start() if match else len(received)) > MAX_HEAD:
        raise BadRequest("431 Request Header Fields Too Large", "The headers are too large.")
    return match.end() if match else None


def parse_head(octets: bytes | bytearray) -> Head:
    """The head in `octets`, its blank line included.

    Raises: BadRequest (400 malformed, 411 chunked body, 431 too many lines, 505).
    """
    if octets.count(b"\n") > MAX_FIELDS + 2:  # before the work of reading them
        raise BadRequest("431 Request Header Fields Too Large", "There are too many headers.")
    text = octets.decode("latin-1")
    line = _REQUEST_LINE.match(text)
    if line is None or not _FIELDS.fullmatch(text, line.end()):
        raise BadRequest("400 Bad Request", "This is not a valid HTTP request.")
    method, target, protocol = line.groups()
    if not protocol.startswith("HTTP/1."):
        raise BadRequest(
            "505 HTTP Version Not Supported",
            "This server speaks HTTP/1.1.",
            "Have the client use it; with curl: --http1.1",
        )
    if not target.startswith("/"):  # else it names another authority than Host (§3.2.2)
        raise BadRequest("400 Bad Request", "The request target must be a path.")
    found = _FIELD.findall(text, line.end())
    fields = [(name.lower(), value.strip(" \t")) for name, value in found]
    return Head(method, target, protocol, fields, *_body(fields))


def _body(fields: list[tuple[str, str]]) -> tuple[int, bool]:
    """How long the body is (RFC 9112 §6), and whether its sender waits (RFC 9110 §10.1.1)."""
    names = [name for name, _ in fields]
    if "transfer-encoding" in names:
        raise BadRequest(
            "411 Length Required",
            "A body needs a Content-Length here; Transfer-Encoding is not taken.",
            "With curl, send it with -d or --data-binary.",
        )
    for name in _SINGLE:
        if names.count(name) > 1:
            raise BadRequest("400 Bad Request", f"There are two {name} headers.")
    if "content-length" not in names:
        return 0, False
    values = dict(fields)
    if not _LENGTH.fullmatch(values["content-length"]):
        raise BadRequest("400 Bad Request", "The Content-Length header is no whole number.")
    return int(values["content-length"]), values.get("expect", "").lower() == "100-continue"
