"""The files that our pages load, in memory, and the addresses that pages load them by.

A browser may hold something else under `/static/dashboard.js`, good for a year, from a server that
had our port before. So pages name `/static/<version>/dashboard.js`. The version is a hash of all
files, keyed for this run: everybody who has our release could compute a plain hash, and leave
something under it in advance. Modules import each other by relative addresses, so all that a page
loads has the version in its address.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b64encode
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"

# Not `mimetypes`: on Windows it asks the registry, and many a program has made .js text/plain
# there; under `nosniff` no browser would run it.
KINDS = {
    ".css": "text/css",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}

_REFERENCE = re.compile(r'\b(src|href)="/static/([\w.-]+)"')


class Files:
    """The files of one run. `version` is `v` and 32 digits of lower-case hex."""

    def __init__(self) -> None:
        paths = [path for path in sorted(_FOLDER.iterdir()) if path.suffix in KINDS]
        self._contents = {path.name: path.read_bytes() for path in paths}
        digests = "\n".join(f"{name} {_integrity(body)}" for name, body in self._contents.items())
        key = secrets.token_bytes(32)
        self.version = f"v{hmac.digest(key, digests.encode(), 'sha256').hex()[:32]}"

    def content(self, name: str) -> tuple[bytes, str] | None:
        """The file called `name` and its media type; None unless it is one of ours."""
        body = self._contents.get(name)
        return None if body is None else (body, KINDS[Path(name).suffix])

    def page(self, html: str) -> str:
        """`html` with the addresses of this run in place of `/static/<name>`, each with the hash
        that the browser holds the file to (Subresource Integrity)."""
        return _REFERENCE.sub(self._versioned, html)

    def _versioned(self, reference: re.Match[str]) -> str:
        attribute, name = reference.groups()
        integrity = _integrity(self._contents[name])
        return f'{attribute}="/static/{self.version}/{name}" integrity="{integrity}"'


def _integrity(body: bytes) -> str:
    return f"sha256-{b64encode(hashlib.sha256(body).digest()).decode('ascii')}"
