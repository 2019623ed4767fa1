"""Rates: how many requests of one kind a single sender may make, and all senders of the network
together, as token buckets."""

from dataclasses import dataclass, replace
from threading import Lock

MOST_SENDERS = 1024
"""How many senders are told apart; beyond that the one that was quiet longest is forgotten."""

NETWORK = "network"
"""All senders of the network together, as one."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, and `per_second` in the long run. `network` is how many times that all
    senders of the network have together, however many they are."""

    per_second: float
    burst: int
    network: int = 10

    @property
    def together(self) -> "Rate":
        """That of the whole network."""
        return replace(
            self, per_second=self.per_second * self.network, burst=self.burst * self.network
        )


class Limits:
    """One bucket for each rate and sender. Safe from any thread; times are of one monotonic clock,
    given by the caller."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._buckets: dict[tuple[Rate, str], tuple[float, float]] = {}

    def wait_of_network(self, rate: Rate, sender: str, now: float) -> float:
        """As `wait`, for a sender of the network: the whole network has to wait too."""
        return self.wait(rate, sender, now) or self.wait(rate.together, NETWORK, now)

    def wait(self, rate: Rate, sender: str, now: float) -> float:
        """Seconds that `sender` has to wait for its next request of this `rate`. 0.0 when it may
        be made now: it is counted then, and not otherwise."""
        with self._lock:
            tokens, then = self._buckets.pop((rate, sender), (float(rate.burst), now))
            tokens = min(rate.burst, tokens + (now - then) * rate.per_second)
            missing = max(0.0, 1.0 - tokens)
            self._buckets[rate, sender] = (tokens if missing else tokens - 1.0, now)
            if len(self._buckets) > MOST_SENDERS:
                del self._buckets[next(iter(self._buckets))]
        return missing / rate.per_second
