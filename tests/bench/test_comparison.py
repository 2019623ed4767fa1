"""The comparison's table and its verdicts."""

import pytest

from bench.comparison import ACCEPTS, CPU, LAST, MEMORY, Figure, report


def _lines(ours: float, nchan: float, floor: float) -> list[Figure]:
    samples = {"trayapp": [ours, ours, 1e9], "nchan": [nchan], "floor": [floor]}
    return [Figure(name, samples) for name in (LAST, CPU, MEMORY, ACCEPTS)]


def _verdict(report: str, beginning: str, rival: str) -> str:
    line = next(
        line
        for line in report.splitlines()
        if line.startswith(f"{beginning}:") and f"x {rival}," in line
    )
    return line.rpartition(" ")[2]


@pytest.mark.parametrize(
    ("ours", "last", "cpu", "floor", "accepts"),
    [
        (0.84, "met", "met", "met", "met"),
        (0.86, "met", "MISSED", "met", "met"),
        (1.01, "MISSED", "MISSED", "MISSED", "met"),
        (0.14, "met", "met", "met", "MISSED"),
    ],
)
def test_medians_are_judged_by_the_goals(
    ours: float, last: str, cpu: str, floor: str, accepts: str
) -> None:
    said = report("Title", _lines(ours, 1.0, 0.6))
    assert said.startswith("Title\n")
    assert _verdict(said, "publish to last page", "nchan") == last
    assert _verdict(said, "server CPU per delivery", "nchan") == cpu
    assert _verdict(said, "server CPU per delivery", "floor") == floor
    assert _verdict(said, "streams opened per second", "nchan") == accepts


@pytest.mark.parametrize(("kilobytes", "word"), [(1.0, "met"), (1.01, "MISSED")])
def test_memory_is_judged_without_a_rival(kilobytes: float, word: str) -> None:
    said = report("Title", _lines(kilobytes, 1.0, 1.0))
    line = next(line for line in said.splitlines() if "goal at most 1 KB" in line)
    assert line.endswith(word)


def test_a_rival_that_was_not_measured_is_not_judged() -> None:
    lines = [Figure(name, {"trayapp": [1.0], "floor": [1.0]}) for name in (LAST, CPU, MEMORY)]
    said = report("Title", [*lines, Figure(ACCEPTS, {"trayapp": [1.0], "floor": [1.0]})])
    assert "nchan" not in said
    assert _verdict(said, "server CPU per delivery", "floor") == "met"


def test_each_line_has_the_medians_and_the_ratios() -> None:
    row = report("Title", _lines(2.0, 4.0, 0.5)).splitlines()[2]
    assert row.split(", ms")[1].split() == ["2.000", "4.000", "0.500", "0.50", "4.00"]


def test_nothing_is_divided_by_nothing() -> None:
    lines = [Figure("wake-ups", {"trayapp": [0], "floor": [0], "nchan": [4]})]
    row = report("Title", lines, []).splitlines()[2]
    assert row.split() == ["wake-ups", "0", "0", "4", "-", "0.00"]
