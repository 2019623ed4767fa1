"""The measurements run, with small numbers: what they print in earnest, `scripts/bench` tells."""

import re

from bench import fanout, health, looping, slow
from tests.conftest import need


def test_fan_out_measures_both_servers() -> None:
    need("cc")
    said = fanout.measure(["floor"], streams=30, rounds=1, publishes=3)
    columns = said.splitlines()[1].split()
    rows = dict(line.rsplit(maxsplit=3)[:2] for line in said.splitlines()[2:5])
    assert columns == ["trayapp", "floor", "÷", "floor"]
    assert all(float(median) > 0 for median in rows.values()), said
    assert len(re.findall(r": (?:met|MISSED)$", said, re.MULTILINE)) == 2


def test_stalled_readers_are_measured() -> None:
    need("cc")
    said = slow.measure(stalled=3, megabytes=2)
    assert "none stalled" in said
    assert "3 stalled" in said
    assert len(re.findall(r": (?:met|MISSED)$", said, re.MULTILINE)) == 2


def test_a_looping_page_is_measured() -> None:
    said = looping.measure(0.3)
    assert re.search(r"^[0-9.]+ streams a second, [1-9][0-9]* us of CPU each$", said, re.MULTILINE)
    assert re.search(r": (?:met|MISSED)$", said)


def test_answers_are_measured_at_rest_and_while_an_event_goes_out() -> None:
    need("cc")
    said = health.measure(streams=20, rounds=1, paths=["/client.js", "/"])
    assert len(re.findall(r": (?:met|MISSED)$", said, re.MULTILINE)) == 4, said


def test_a_route_that_is_not_there_is_named() -> None:
    need("cc")
    said = health.measure(streams=1, rounds=1, paths=["/nothing"])
    assert said == "Health: not measured, this program does not answer /nothing."
