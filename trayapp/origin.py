"""Origins of pages in the one form that is compared (RFC 6454 §6.2). Pure.

Browsers send them in this form already; people write upper case, default ports and names that are
not ASCII into a configuration.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

_ORIGIN = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"  # RFC 3986 §3.1
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[^\x00-\x20/?#@\\:\[\]\x7f]{1,255})"
    r"(?::(?P<port>[0-9]{1,5}))?\Z"
)
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\Z")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_OPAQUE = frozenset({"about", "blob", "data", "file", "javascript"})
"""Schemes whose pages have no origin of their own: browsers send `null` (WHATWG URL §4.7)."""

# IDNA2003, which Python's codec speaks, makes other names of these than browsers do (UTS 46 §2.3).
_DEVIATIONS = frozenset("ßς\u200c\u200d")


def serialised(text: str) -> str | None:
    """The origin `scheme://host[:port]` in lower case, in ASCII and without its default port; None
    for a text that is no origin, or that of no page.

    Apps have schemes of their own: capacitor://localhost, chrome-extension://….
    """
    match = _ORIGIN.match(text)
    if match is None:
        return None
    scheme, host = match["scheme"].lower(), _host(match["host"])
    port = int(match["port"] or 0)
    if scheme in _OPAQUE or host is None or (match["port"] and not 0 < port < 65536):
        return None
    is_default = port in (0, _DEFAULT_PORTS.get(scheme))
    return f"{scheme}://{host}" if is_default else f"{scheme}://{host}:{port}"


def hostname(text: str) -> str | None:
    """A host name in lower case and in ASCII; None when it is none."""
    if text.isascii():
        name = text.lower()
    elif _DEVIATIONS.isdisjoint(text):
        try:
            name = text.lower().encode("idna").decode("ascii")
        except UnicodeError:
            return None
    else:
        return None
    return name if _NAME.match(name) and ".." not in name else None


def _host(text: str) -> str | None:
    """An address in its shortest spelling (RFC 5952), or a name."""
    try:
        found: IPv4Address | IPv6Address = ip_address(text.strip("[]"))
    except ValueError:
        return None if text.startswith("[") else hostname(text)
    if isinstance(found, IPv6Address):
        return f"[{found}]" if text.startswith("[") else None
    return None if text.startswith("[") else str(found)
