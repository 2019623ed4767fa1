"""What docs/scale.md computes with."""

import pytest

from bench.model import Line, Store, through


def test_a_line_goes_through_both_measurements() -> None:
    line = through((10, 0.003), (110, 0.013))
    assert line.at(10) == pytest.approx(0.003)
    assert line.at(110) == pytest.approx(0.013)
    assert line.at(0) == pytest.approx(0.002)


def test_the_load_of_a_redis_is_rest_and_events() -> None:
    store = Store(event=Line(200e-6, 25e-6), rest=Line(0.002, 70e-6))
    assert store.load(100, 0) == pytest.approx(0.009)
    assert store.load(100, 10) == pytest.approx(0.009 + 10 * 0.0027)
