"""Addresses: what a person types, as the URL that is asked for, and the origin pages have. Pure."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from trayapp.errors import TrayAppError

DEFAULT_PORTS = {"http": 80, "https": 443}

_SAFE = "/%:@!$&'()*+,;=~?"
_EXAMPLE = "Such as: trayapp doctor http://localhost:3000/"


def page_url(text: str) -> str:
    """The address that a browser would open for `text`: with a scheme, an ASCII host, without a
    fragment. Raises: TrayAppError."""
    text = text.strip()
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(//|(?!\d))", text):
        text = f"http://{text}"  # localhost:3000 is a host and its port
    url = _split(text)
    if url.scheme not in DEFAULT_PORTS:
        raise TrayAppError(f"{text} is no address of a web server.", _no_server(url.scheme))
    return urlunsplit(
        (url.scheme, _authority(url), _quoted(url.path) or "/", _quoted(url.query), "")
    )


def joined(base: str, reference: str) -> str:
    """The address that `reference` means on a page of `base`. Raises: TrayAppError."""
    try:
        url = urljoin(base, reference.strip())
    except ValueError as error:
        raise TrayAppError(f"{reference!r} is no address: {error}.", _EXAMPLE) from error
    return page_url(url)


def origin(url: str) -> str:
    """The origin of what comes from `url`, as browsers write it (WHATWG URL 4.7)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{_authority(parts)}"


def port(parts: SplitResult) -> int | None:
    """The port that is connected to; None for a scheme without one."""
    return parts.port or DEFAULT_PORTS.get(parts.scheme)


def is_loopback(url: str) -> bool:
    """Whether `url` can only mean this computer: browsers let pages of https take those by http
    (W3C Secure Contexts 3.1)."""
    host = (urlsplit(url).hostname or "").lower()
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return _is_localhost(host)


def reached_by(host: str) -> tuple[str, ...]:
    """The names and addresses under which `host` is connected to, in this order. What localhost is
    browsers ask nobody, and some systems do not know (RFC 6761 §6.3)."""
    return ("::1", "127.0.0.1") if _is_localhost(host.lower()) else (host,)


def _is_localhost(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise TrayAppError(f"{text!r} is no address: {error}.", _EXAMPLE) from error
    if url.scheme in DEFAULT_PORTS and not url.hostname:
        raise TrayAppError(f"{text!r} names no computer.", _EXAMPLE)
    return url


def _no_server(scheme: str) -> str:
    if scheme == "file":
        return (
            "A page opened from disk needs the read key in its tag, client.js?key=…; or serve it, "
            "and check that: python3 -m http.server --bind 127.0.0.1 8000"
        )
    return _EXAMPLE


def _authority(url: SplitResult) -> str:
    host = _ascii(url.hostname or "")
    shown = f"[{host}]" if ":" in host else host
    return shown if url.port in (None, DEFAULT_PORTS.get(url.scheme)) else f"{shown}:{url.port}"


def _ascii(host: str) -> str:
    try:
        name = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError as error:
        raise TrayAppError(f"{host!r} is no name of a computer.", _EXAMPLE) from error
    if not re.fullmatch(r"[A-Za-z0-9._:%-]{1,253}", name):
        raise TrayAppError(f"{host!r} is no name of a computer.", _EXAMPLE)
    return name.lower()


def _quoted(text: str) -> str:
    return quote(text, safe=_SAFE)
