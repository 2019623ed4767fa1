"""Rates: bursts, the long run, and who is forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.web.limits import MOST_SENDERS, Limits, Rate

RATE = Rate(20, 50)


def passed(limits: Limits, times: list[float], sender: str = "a") -> int:
    return sum(limits.wait(RATE, sender, now) == 0 for now in times)


def test_a_burst_passes_and_then_the_rate() -> None:
    limits = Limits()
    assert passed(limits, [0.0] * 500) == 50
    assert passed(limits, [1.0] * 500) == 20
    assert passed(limits, [100.0] * 500) == 50


def test_the_wait_is_long_enough_and_costs_nothing() -> None:
    limits = Limits()
    passed(limits, [0.0] * 50)
    waits = [limits.wait(RATE, "a", 0.0) for _ in range(5)]
    assert waits == [pytest.approx(0.05)] * 5
    assert limits.wait(RATE, "a", 0.051) == 0


def test_senders_and_rates_do_not_share() -> None:
    limits = Limits()
    assert passed(limits, [0.0] * 60, "a") == 50
    assert passed(limits, [0.0] * 60, "b") == 50
    assert limits.wait(Rate(200, 1000), "a", 0.0) == 0


def test_the_number_of_senders_is_bounded_and_the_busy_are_remembered() -> None:
    limits, busy = Limits(), 0
    for number in range(3 * MOST_SENDERS):
        limits.wait(RATE, str(number), 0.0)
        busy += passed(limits, [0.0], "busy")
    assert len(limits._buckets) == MOST_SENDERS
    assert busy == RATE.burst


@given(st.lists(st.floats(0, 0.2), max_size=300))
def test_no_second_ever_has_more_than_burst_and_rate(gaps: list[float]) -> None:
    limits, now, moments = Limits(), 0.0, []
    for gap in gaps:
        now += gap
        if limits.wait(RATE, "a", now) == 0:
            moments.append(now)
    for start in moments:
        within = sum(start <= moment <= start + 1 for moment in moments)
        assert within <= RATE.burst + RATE.per_second + 1
