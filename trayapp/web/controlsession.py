"""Control sessions: the dashboards that were let in to control trayapp in this run."""

import hmac
import secrets
from collections import deque
from dataclasses import dataclass, field

from trayapp.state import SessionState

MOST = 64
"""Of more the oldest end."""


@dataclass(slots=True, eq=False)
class _Session:
    number: int
    token: bytes = field(repr=False)
    browser: str
    opened: str
    begun: float
    used: float


class ControlSessions:
    """Numbered from 1. Not safe from several threads: its owner holds a lock. Times are seconds of
    one monotonic clock, given by the caller."""

    def __init__(self) -> None:
        self._live: deque[_Session] = deque(maxlen=MOST)
        self._count = 0

    def begin(self, now: float, browser: str, opened: str) -> str:
        """The token (256 bits) of a new session. `browser` is a name for it, `opened` how it was
        let in."""
        token = secrets.token_urlsafe(32)
        self._count += 1
        session = _Session(self._count, token.encode(), browser, opened, now, now)
        self._live.append(session)
        return token

    def use(self, token: bytes, now: float) -> int:
        """The number of the session with `token`, which is used now; 0 when there is none."""
        session = self._find(token)
        if session is None:
            return 0
        session.used = now
        return session.number

    def number(self, token: bytes) -> int:
        """That of the session with `token`; 0 when there is none."""
        session = self._find(token)
        return session.number if session else 0

    def name(self, token: bytes) -> str:
        """What the log calls it; empty when there is none."""
        session = self._find(token)
        if session is None:
            return ""
        details = ", ".join(filter(None, (session.browser, f"opened by {session.opened}")))
        return f"dashboard {session.number} ({details})"

    def end(self, number: int) -> bool:
        """Whether there was a session with this number; it is over then."""
        kept = [session for session in self._live if session.number != number]
        found = len(kept) < len(self._live)
        self._live = deque(kept, maxlen=MOST)
        return found

    def end_all(self) -> int:
        """End all; how many there were."""
        count = len(self._live)
        self._live.clear()
        return count

    def states(self, now: float, wall: float) -> tuple[SessionState, ...]:
        """The list, the newest first. `wall` is the Unix time of `now`."""
        return tuple(
            SessionState(
                one.number,
                one.browser,
                one.opened,
                round(wall - now + one.begun, 3),
                round(wall - now + one.used, 3),
            )
            for one in reversed(self._live)
        )

    def _find(self, token: bytes) -> _Session | None:
        """All are compared, so that the time says nothing of which fits."""
        found = [one for one in self._live if hmac.compare_digest(token, one.token)]
        return found[0] if found else None
