"""Secrets of the control API: the token, one-time codes, sessions, and how many wrong guesses pass.

The control token lives in a file that only this user can read. A browser cannot read files, so
the tray opens the dashboard with a one-time code in the fragment of its address, which the page
trades for a session token. Times are seconds of one monotonic clock, given by the caller.
"""

import hmac
import secrets
from collections import deque
from enum import Enum
from threading import Lock

from trayapp.web.codes import Codes

CODE_LIFETIME = 60.0
"""How long a one-time code can be traded, in seconds."""

WRONG_WINDOW = 60.0
"""For how long a wrong guess counts, in seconds."""

WRONG_LIMIT = 10
"""Wrong guesses within the window that are answered with a plain refusal."""

_SESSIONS = 64


class Verdict(Enum):
    """What a token or code is worth."""

    RIGHT = "right"
    SESSION = "session"
    """Right, and bought with a one-time code: whoever has it did not read the token's file."""
    WRONG = "wrong"
    LIMITED = "limited"
    """Wrong, and too many wrong ones came before it."""


class Tokens:
    """The control token `control` and everything derived from it. Safe from any thread."""

    def __init__(self, control: str) -> None:
        self._control = control.encode()
        self._lock = Lock()
        self._codes = Codes(CODE_LIFETIME)
        self._sessions: deque[bytes] = deque(maxlen=_SESSIONS)
        self._wrong: deque[float] = deque(maxlen=WRONG_LIMIT)

    def issue_code(self, now: float) -> str:
        """A new one-time code (128 bits), for the fragment of the dashboard's address."""
        with self._lock:
            return self._codes.issue(now)

    def trade(self, code: str, now: float) -> tuple[Verdict, str]:
        """The session token (256 bits) that `code` buys, once; empty unless the code is right."""
        with self._lock:
            if not self._codes.spend(code, now):
                return self._count_wrong(now), ""
            session = secrets.token_urlsafe(32)
            self._sessions.append(session.encode())
            return Verdict.RIGHT, session

    def check(self, token: str, now: float) -> Verdict:
        """What `token` is worth; the right one is right however many wrong ones came before."""
        given = _octets(token)
        with self._lock:
            if _same(given, self._control):
                return Verdict.RIGHT
            if any(_same(given, session) for session in self._sessions):
                return Verdict.SESSION
            return self._count_wrong(now)

    def proof(self, nonce: str) -> str:
        """Proves to whoever holds the token that we hold it too, without saying it (hex)."""
        message = b"trayapp-proof:" + nonce.encode("ascii")
        return hmac.digest(self._control, message, "sha256").hex()

    def _count_wrong(self, now: float) -> Verdict:
        limited = len(self._wrong) == WRONG_LIMIT and now - self._wrong[0] < WRONG_WINDOW
        self._wrong.append(now)
        return Verdict.LIMITED if limited else Verdict.WRONG


def _same(given: bytes, known: bytes) -> bool:
    return bool(known) and hmac.compare_digest(given, known)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
