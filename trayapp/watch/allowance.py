"""How much of a processor surveys of one root may take: a leaky bucket. Pure."""

SHARE = 0.05
"""Of one processor, in the long run. Telling what a survey has found takes about as much again."""

FREE, BURST = 0.5, 2
"""What may be spent before the next survey has to wait: so many seconds, or so many times what the
last one took, whichever is more. So what a user does by hand never waits."""


class Allowance:
    """Seconds of processor time that surveys of one root have spent, less what time forgives."""

    def __init__(self) -> None:
        self._spent = self._last = self._at = 0.0

    def spend(self, seconds: float, now: float) -> None:
        """A survey has taken `seconds` of a processor."""
        self._spent, self._at, self._last = self._left(now) + seconds, now, seconds

    def wait(self, now: float) -> float:
        """Seconds until the next survey may begin."""
        return max(0.0, (self._left(now) - max(FREE, BURST * self._last)) / SHARE)

    def _left(self, now: float) -> float:
        return max(0.0, self._spent - (now - self._at) * SHARE)
