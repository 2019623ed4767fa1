"""The name by which the dashboard of one run is opened: an origin that no server had before.

A browser keeps what a server left under an origin (scheme, host and port): pages and scripts in its
cache, service workers, storage. `http://127.0.0.1:8765` belonged to each server that ever had the
port. A name that is random and new belongs to this run alone.
"""

import secrets
import socket
import sys
from base64 import b32encode

from trayapp.sender import address

_OCTETS = 16


def new_dashboard_host() -> str:
    """A host name below `localhost` with 128 random bits, in lower case."""
    label = b32encode(secrets.token_bytes(_OCTETS)).decode("ascii").rstrip("=").lower()
    return f"{label}.localhost"


def browsers_find(name: str, platform: str = sys.platform) -> bool:
    """Whether the browsers of this computer find `name`, which is below `localhost`.

    Chromium and Firefox resolve such names to loopback themselves (RFC 6761 §6.3), and so does
    GLib, which WebKitGTK asks. Safari asks macOS, and older versions of macOS do not know them.
    """
    if platform != "darwin":
        return True
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(name, None)}
    except OSError:
        return False
    return all(_is_loopback(str(one)) for one in found)


def _is_loopback(text: str) -> bool:
    known = address(text)
    return known is not None and known.is_loopback
