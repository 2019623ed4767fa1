"""The host under which a site is asked for: a page that names trayapp on `localhost` means another
computer as soon as a phone shows it."""

import re

_TAG = re.compile(rb"(?<=src=[\"'])http://localhost(?=:[0-9]+/client\.js)")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]+)?\Z")
_HERE = re.compile(r"(?:.*\.)?localhost\Z|127\.|\[::1\]\Z", re.IGNORECASE)


def page_for(authority: str, text: bytes) -> bytes:
    """The HTML page `text` as it is to be under the Host header `authority`: the address of its
    script tag, where that is on `localhost`, is on the host that was asked. Under a loopback
    address, and an odd one, nothing is changed."""
    match = _HOST.match(authority)
    if match is None or _HERE.match(match[1]):
        return text
    return _TAG.sub(b"http://" + match[1].encode("ascii"), text)
