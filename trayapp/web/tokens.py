"""Secrets of the control API: the token, one-time codes, sessions, and how many wrong guesses pass.

The control token lives in a file that only this user can read. A page cannot read files, so the
dashboard is opened by a one-time code in the fragment of its address, which it trades for a session
token. Where the browser cannot be handed a code in secret, a launch is *expected* instead: the next
page of our origin gets a session whose connection is proven to be this user's. Times are seconds of
one monotonic clock, given by the caller.
"""

import hmac
from collections import deque
from enum import Enum
from threading import Lock

from trayapp.state import SessionState
from trayapp.web.codes import Codes
from trayapp.web.controlsession import ControlSessions
from trayapp.web.peeruser import Kind

CODE_LIFETIME = 60.0
"""How long a one-time code can be traded, in seconds."""

WRONG_WINDOW = 60.0
"""For how long a wrong guess counts, in seconds."""

WRONG_LIMIT = 10
"""Wrong guesses within the window that are answered with a plain refusal."""


class Verdict(Enum):
    """What a token or code is worth."""

    RIGHT = "right"
    SESSION = "session"
    """Right, and bought with a one-time code: whoever has it did not read the token's file."""
    WRONG = "wrong"
    LIMITED = "limited"
    """Wrong, and too many wrong ones came before it."""
    REUSED = "reused"
    """A code that was right, and was traded before: two programs know it."""
    STRANGER = "stranger"
    """A right code, in the hands of another user of this computer."""


class Tokens:
    """The control token `control` and everything derived from it. Safe from any thread."""

    def __init__(self, control: str) -> None:
        self._control = control.encode()
        self._lock = Lock()
        self._codes = Codes(CODE_LIFETIME)
        self._sessions = ControlSessions()
        self._expected_until = -CODE_LIFETIME
        self._wrong: deque[float] = deque(maxlen=WRONG_LIMIT)

    def issue_code(self, now: float) -> str:
        """A new one-time code (128 bits), for the fragment of the dashboard's address."""
        with self._lock:
            return self._codes.issue(now)

    def expect(self, now: float) -> None:
        """The user opens a dashboard now that brings no code."""
        with self._lock:
            self._expected_until = now + CODE_LIFETIME

    def trade(
        self, code: str, now: float, *, peer: Kind = Kind.UNKNOWN, browser: str = ""
    ) -> tuple[Verdict, str]:
        """The session token (256 bits) that `code` buys, once; empty unless the code is right. A
        code that another user brings stays good for this one."""
        with self._lock:
            spent = self._codes.was_spent(code, now)
            if not spent and not self._codes.is_live(code, now):
                return self._count_wrong(now), ""
            if peer is Kind.OTHER:
                return Verdict.STRANGER, ""
            if spent:
                return Verdict.REUSED, ""
            self._codes.spend(code, now)
            return Verdict.RIGHT, self._sessions.begin(now, browser, "a one-time code")

    def enter(self, now: float, *, peer: Kind, browser: str = "") -> tuple[Verdict, str]:
        """A session token without a code, once for each launch that is expected."""
        with self._lock:
            if peer is not Kind.OURS or self._expected_until <= now:
                return Verdict.WRONG, ""
            self._expected_until = now
            return Verdict.RIGHT, self._sessions.begin(now, browser, "this user's browser")

    def check(self, token: str, now: float) -> Verdict:
        """What `token` is worth; the right one is right however many wrong ones came before."""
        given = _octets(token)
        with self._lock:
            if _same(given, self._control):
                return Verdict.RIGHT
            if self._sessions.use(given, now):
                return Verdict.SESSION
            return self._count_wrong(now)

    def session_number(self, token: str) -> int:
        """The number of the session with `token`; 0 when it is none."""
        with self._lock:
            return self._sessions.number(_octets(token))

    def session_name(self, token: str) -> str:
        """What the log calls the session with `token`; empty when it is none."""
        with self._lock:
            return self._sessions.name(_octets(token))

    def sessions(self, now: float, wall: float) -> tuple[SessionState, ...]:
        """The control sessions, the newest first. `wall` is the Unix time of `now`."""
        with self._lock:
            return self._sessions.states(now, wall)

    def end_session(self, number: int) -> bool:
        """Whether there was a session with this number; its token opens nothing any longer."""
        with self._lock:
            return self._sessions.end(number)

    def end_sessions(self) -> int:
        """End all sessions, and let none in by what was issued so far; how many there were."""
        with self._lock:
            self._codes.clear()
            self._expected_until = -CODE_LIFETIME
            return self._sessions.end_all()

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
