"""What the guard reads of a request: text as the peer sent it, trusted in nothing."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from trayapp.sender import address, sender_of
from trayapp.web import policy as rules
from trayapp.web.devices import COOKIE
from trayapp.web.policy import Peer
from trayapp.web.routes import POLL
from trayapp.web.text import from_octets

# Never in quotes, never twice, for so we issue it; whatever else a Cookie field holds is skipped.
_COOKIE = re.compile(rf"(?:^|;)[ \t]*{COOKIE}=([0-9a-f]{{16}}\.[0-9A-Za-z_-]{{43}})[ \t]*(?=;|$)")
_LENGTH = re.compile(r"[0-9]{1,18}\Z")
_MAX_FIELDS = 100
_POLL_HEADERS = tuple(f"HTTP_{name.upper().replace('-', '_')}" for name in POLL)


@dataclass(frozen=True, slots=True)
class Request:
    """The facts of one request.

    `remote` and `own` are the addresses of the two ends of the connection, `peer` is what follows
    from them. `origin` is None
    without the header, which is not the same as empty. `fetch` is Sec-Fetch-Site, -Mode, -Dest.
    `fetches_worker` says that a browser asks for the script of a service worker.
    `asks_for` is the method that a preflight is about. `cookie` is that of a device, if it has the
    shape of one. `polls`: the parameter `poll` is given, on or off. `upgrade` is the protocol that
    is asked for in place of HTTP, in lower case.
    `fault` says what is malformed, in a sentence; empty when nothing is.
    """

    method: str
    path: str
    remote: str
    own: str
    peer: Peer
    host: str
    origin: str | None
    fetch: tuple[str, str, str]
    fetches_worker: bool
    asks_for: str
    cookie: str
    key: str
    polls: bool
    upgrade: str
    token: str
    media_type: str
    length: int
    fault: str

    @classmethod
    def of(cls, environ: WSGIEnvironment) -> "Request":
        """The facts of the request in `environ`. X-Forwarded-* is never looked at."""
        length = environ.get("CONTENT_LENGTH") or "0"
        remote, own = environ.get("REMOTE_ADDR", ""), _own_address(environ)
        query = _query(environ.get("QUERY_STRING", ""))
        return cls(
            method=environ["REQUEST_METHOD"],
            path=from_octets(environ.get("PATH_INFO", "")),
            remote=remote,
            own=own,
            peer=rules.peer(remote, own),
            host=environ.get("HTTP_HOST", ""),
            origin=environ.get("HTTP_ORIGIN"),
            fetch=(
                environ.get("HTTP_SEC_FETCH_SITE", ""),
                environ.get("HTTP_SEC_FETCH_MODE", ""),
                environ.get("HTTP_SEC_FETCH_DEST", ""),
            ),
            fetches_worker=_fetches_worker(environ),
            asks_for=environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", ""),
            cookie=_cookie(environ.get("HTTP_COOKIE", "")),
            key=query.get("key", [""])[0],
            polls=any(map(query.__contains__, POLL))
            or any(map(environ.__contains__, _POLL_HEADERS)),
            upgrade=environ.get("HTTP_UPGRADE", "").strip().lower(),
            token=from_octets(environ.get("HTTP_X_TRAYAPP_TOKEN", "")),
            media_type=environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower(),
            length=int(length) if _LENGTH.match(length) else 0,
            fault=_fault(environ, length),
        )

    @property
    def address(self) -> str:
        """Where it comes from, in one spelling for each address; empty for none."""
        return str(address(self.remote) or "")

    def sender(self, device: str) -> str:
        """What limits count it as, where `device` is the paired device that sent it: another
        device, or else a page by its origin; empty for a program of this computer."""
        if self.peer is Peer.LAN:
            return sender_of(self.remote, self.own, device)
        return self.origin or ""

    @property
    def is_of_a_page(self) -> bool:
        """Whether a browser sent it: programs send neither header. A browser sends an Origin with
        each POST, and Sec-Fetch-Site with each request to this computer."""
        return self.origin is not None or bool(self.fetch[0])

    @property
    def over_lan(self) -> bool:
        """Whether it came over a network, be it from this computer to itself."""
        return not rules.is_loopback(address(self.own or self.remote))

    @property
    def is_preflight(self) -> bool:
        """Whether a browser asks what a page may send. It never sends a cookie with that."""
        return self.method == "OPTIONS" and self.origin is not None and bool(self.asks_for)


def _fetches_worker(environ: WSGIEnvironment) -> bool:
    """Service Workers, "Update"; Fetch Metadata Request Headers §2.1."""
    return environ["REQUEST_METHOD"] == "GET" and (
        environ.get("HTTP_SERVICE_WORKER") == "script"
        or environ.get("HTTP_SEC_FETCH_DEST") == "serviceworker"
    )


def _fault(environ: WSGIEnvironment, length: str) -> str:
    if not environ.get("HTTP_HOST"):
        return "The Host header is missing."
    target = environ.get("RAW_URI", "/")
    if not target.startswith("/"):  # absolute form would name another authority than Host
        return "The request target must be a path."
    path = environ.get("PATH_INFO", "")
    if not path.startswith("/") or path.startswith("//"):  # werkzeug would route //api as /api
        return "The path must begin with one slash."
    if not _is_utf8(environ.get("QUERY_STRING", "")):  # werkzeug would raise on reading it
        return "The query is not UTF-8."
    if not _LENGTH.match(length):
        return "Content-Length must be a number."
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return _transfer_fault(environ)
    return ""


def _is_utf8(octets: str) -> bool:
    try:
        octets.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True


def _transfer_fault(environ: WSGIEnvironment) -> str:
    if environ.get("CONTENT_LENGTH"):  # RFC 9112 §6.3: an attempt at request smuggling
        return "Content-Length and Transfer-Encoding exclude each other."
    if environ["HTTP_TRANSFER_ENCODING"].strip().lower() != "chunked":
        return "The only Transfer-Encoding known here is chunked."
    return ""


def _own_address(environ: WSGIEnvironment) -> str:
    """Our end of the connection; empty where the server does not show its socket."""
    connection = environ.get("werkzeug.socket")
    if connection is None:
        return ""
    try:
        return str(connection.getsockname()[0])
    except OSError:  # closed meanwhile
        return ""


def _cookie(field: str) -> str:
    found = _COOKIE.search(field)
    return found[1] if found else ""


def _query(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, max_num_fields=_MAX_FIELDS)
    except ValueError:  # more fields than anybody needs
        return {name: [""] for name in POLL}
