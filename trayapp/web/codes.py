"""One-time codes: 128 random bits each, good once and for a short time."""

import hmac
import secrets
from collections import deque

_MOST = 16


class Codes:
    """Codes that live for `lifetime` seconds; of too many the oldest die. Not safe from several
    threads: its owner holds a lock. Times are seconds of one monotonic clock."""

    def __init__(self, lifetime: float) -> None:
        self._lifetime = lifetime
        self._live: deque[tuple[float, bytes]] = deque(maxlen=_MOST)

    def issue(self, now: float) -> str:
        """A new one, of characters that any part of a URL may hold."""
        code = secrets.token_urlsafe(16)
        self._live.append((now + self._lifetime, code.encode()))
        return code

    def spend(self, code: str, now: float) -> bool:
        """Whether `code` is good; it is not any longer then."""
        given = code.encode("utf-8", "surrogatepass")
        live = [entry for entry in self._live if entry[0] > now]
        kept = [entry for entry in live if not hmac.compare_digest(given, entry[1])]
        self._live = deque(kept, maxlen=_MOST)
        return len(kept) < len(live)

    def clear(self) -> None:
        """None of those issued so far is good any longer."""
        self._live.clear()
