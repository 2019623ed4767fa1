"""One-time codes: 128 random bits each, good once and for a short time."""

import hmac
import secrets
from collections import deque
from collections.abc import Iterable

_MOST = 16


class Codes:
    """Codes that live for `lifetime` seconds; of too many the oldest die. Not safe from several
    threads: its owner holds a lock. Times are seconds of one monotonic clock."""

    def __init__(self, lifetime: float) -> None:
        self._lifetime = lifetime
        self._live: deque[tuple[float, bytes]] = deque(maxlen=_MOST)
        self._spent: deque[tuple[float, bytes]] = deque(maxlen=_MOST)

    def issue(self, now: float) -> str:
        """A new one, of characters that any part of a URL may hold."""
        code = secrets.token_urlsafe(16)
        self._live.append((now + self._lifetime, code.encode()))
        return code

    def is_live(self, code: str, now: float) -> bool:
        """Whether `code` is good."""
        return _holds(self._live, code, now)

    def was_spent(self, code: str, now: float) -> bool:
        """Whether `code` would still be good, had it not been used."""
        return _holds(self._spent, code, now)

    def spend(self, code: str, now: float) -> bool:
        """Whether `code` is good; it is not any longer then."""
        given = _octets(code)
        live = [entry for entry in self._live if entry[0] > now]
        kept = [entry for entry in live if not hmac.compare_digest(given, entry[1])]
        self._spent.extend(entry for entry in live if entry not in kept)
        self._live = deque(kept, maxlen=_MOST)
        return len(kept) < len(live)

    def clear(self) -> None:
        """None of those issued so far is good any longer."""
        self._live.clear()


def _holds(entries: Iterable[tuple[float, bytes]], code: str, now: float) -> bool:
    given = _octets(code)
    return any(until > now and hmac.compare_digest(given, known) for until, known in entries)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
