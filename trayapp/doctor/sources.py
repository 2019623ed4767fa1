"""Source lists of a Content-Security-Policy: whether one of them matches a URL. Pure.

Each function is one algorithm of CSP Level 3, named with its section. Where browsers differ from
the text, it is said, and they are followed.
"""

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, unquote, urlsplit

from trayapp.doctor.address import DEFAULT_PORTS, port

_SCHEME_SOURCE = re.compile(r"([a-z][a-z0-9+.-]*):\Z", re.IGNORECASE)
_HOST_SOURCE = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?"
    r"(?P<host>\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)"
    r"(?::(?P<port>[0-9]+|\*))?"
    r"(?P<path>/[^?#]*)?(?:[?#].*)?\Z",  # what follows a path, browsers report and leave out
    re.IGNORECASE,
)


def matches(sources: Sequence[str], url: str, page: str) -> bool:
    """§6.7.2.7: whether `url` matches a list of a policy that came with `page`. No path counts
    after a redirect; we follow none for what a page takes from us."""
    if [source.lower() for source in sources] == ["'none'"]:
        return False
    return any(matches_one(source, urlsplit(url), urlsplit(page)) for source in sources)


def matches_one(source: str, url: SplitResult, page: SplitResult) -> bool:
    """§6.7.2.8: one source expression. Nonces, hashes and other keywords match no URL."""
    if source == "*":
        return url.scheme in {"http", "https", page.scheme}
    if source.lower() == "'self'":
        return _is_self(url, page)
    if scheme := _SCHEME_SOURCE.match(source):
        return _scheme(scheme[1], url.scheme)
    host = _HOST_SOURCE.match(source)
    return host is not None and _host_source(host, url, page)


def _host_source(source: re.Match[str], url: SplitResult, page: SplitResult) -> bool:
    return (
        _scheme(source["scheme"] or page.scheme, url.scheme)
        and _host(source["host"].lower(), (url.hostname or "").lower())
        and _port(source["port"], url)
        and _path(source["path"] or "", url.path or "/")
    )


def _is_self(url: SplitResult, page: SplitResult) -> bool:
    """§6.7.2.8 step 4: the same origin, or its secure form on the default ports."""
    if url.hostname != page.hostname:
        return False
    if (url.scheme, port(url)) == (page.scheme, port(page)):
        return True
    standard = all(port(one) == DEFAULT_PORTS.get(one.scheme) for one in (url, page))
    return url.scheme == "https" and (standard or port(url) == port(page))


def _scheme(said: str, wanted: str) -> bool:
    """§6.7.2.9: http also stands for its secure form."""
    said = said.lower()
    return said == wanted or (said, wanted) == ("http", "https")


def _host(said: str, wanted: str) -> bool:
    """§6.7.2.10. The text allows no address at all; browsers compare IPv4 like names. None can
    write IPv6: the grammar has no brackets."""
    if said == "*":
        return bool(wanted)
    if said.startswith("*."):
        return wanted.endswith(said[1:])
    return said == wanted


def _port(said: str | None, url: SplitResult) -> bool:
    """§6.7.2.11: without a port, only the scheme's own."""
    if said == "*":
        return True
    return port(url) == (int(said) if said else DEFAULT_PORTS.get(url.scheme))


def _path(said: str, wanted: str) -> bool:
    """§6.7.2.12: exact, or with a slash at its end all below it."""
    if not said or said == "/":
        return True
    ours = [unquote(piece) for piece in said.split("/")]
    theirs = [unquote(piece) for piece in wanted.split("/")]
    if said.endswith("/"):
        return len(theirs) >= len(ours) and theirs[: len(ours) - 1] == ours[:-1]
    return theirs == ours
