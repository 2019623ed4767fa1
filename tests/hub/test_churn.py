"""When pages that come and go count as a loop."""

from trayapp.hub.churn import HOLD, MANY, WITHIN, Churn


def loop(churn: Churn, count: int, period: float, stay: float = 0.01) -> float:
    for turn in range(count):
        churn.ended(turn * period, turn * period + stay)
    return count * period


def test_a_page_that_loops_has_to_wait_until_it_has_stopped() -> None:
    churn = Churn()
    now = loop(churn, MANY - 1, 0.015)
    assert churn.hold(now) == 0
    churn.ended(now, now + 0.01)
    assert churn.hold(now + 0.02) == HOLD
    assert churn.hold(now + WITHIN) == 0


def test_a_loop_that_is_held_goes_on_being_one() -> None:
    churn = Churn()
    now = loop(churn, 100, HOLD + 0.015)
    assert churn.hold(now) == HOLD


def test_pages_that_stay_or_come_now_and_then_are_no_loop() -> None:
    staying, seldom = Churn(), Churn()
    assert staying.hold(loop(staying, 500, 0.001, stay=3.0)) == 0
    assert seldom.hold(loop(seldom, 500, 1.1 * WITHIN / MANY)) == 0
