"""Programs beside each other: a column each, ratios of ours to the others, goals. Pure."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench import figures
from bench.servers import FLOOR, NCHAN, OURS

LAST = "publish to last page, ms"
CPU = "server CPU per delivery, µs"
MEMORY = "user memory per stream, KB"
ACCEPTS = "streams opened per second"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: its name and the samples of each program."""

    name: str
    samples: Mapping[str, Sequence[float]]

    def median(self, program: str) -> float:
        return statistics.median(self.samples[program])


@dataclass(frozen=True, slots=True)
class Goal:
    """Ours at most `limit` times `rival`, or at most `limit` itself without a rival; `least` turns
    at most into at least. `ours` is which of ours, where several are measured."""

    figure: str
    limit: float
    rival: str = ""
    least: bool = False
    ours: str = OURS


GOALS = (
    Goal(LAST, 1.0, NCHAN),
    Goal(CPU, 0.85, NCHAN),
    Goal(CPU, 1.6, FLOOR),
    Goal(MEMORY, 1.0),
    Goal(ACCEPTS, 0.15, NCHAN, least=True),
)


def report(title: str, lines: Sequence[Figure], goals: Sequence[Goal] = GOALS) -> str:
    """The table, then a line for each goal whose rival was measured."""
    judged = [line for goal in goals for line in _judge(goal, lines)]
    return "\n".join([title, *_table(lines), *judged])


def _table(lines: Sequence[Figure]) -> list[str]:
    programs = list(lines[0].samples)
    width = max(len(line.name) for line in lines)
    heads = [*programs, *(f"÷ {name}" for name in programs if name != OURS)]
    cells = [[line.name, *_cells(line, programs)] for line in lines]
    return [
        f"{name:{width}}" + "".join(f" {cell:>12}" for cell in rest)
        for name, *rest in [["", *heads], *cells]
    ]


def _cells(line: Figure, programs: Sequence[str]) -> list[str]:
    medians = [_number(line.median(name)) for name in programs]
    ratios = [
        f"{_ratio(line, name):.2f}" if line.median(name) else "-"
        for name in programs
        if name != OURS
    ]
    return medians + ratios


def _number(value: float) -> str:
    """Counts are whole."""
    return f"{value:,.0f}" if value >= 1000 or isinstance(value, int) else f"{value:.3f}"


def _ratio(line: Figure, rival: str, ours: str = OURS) -> float:
    divisor = line.median(rival)
    return line.median(ours) / divisor if divisor else float("inf")


def _judge(goal: Goal, lines: Sequence[Figure]) -> list[str]:
    line = next(line for line in lines if line.name == goal.figure)
    what = goal.figure.partition(",")[0]
    if not goal.rival:
        unit = goal.figure.rpartition(" ")[2]
        return [figures.verdict(what, line.median(OURS), goal.limit, unit, least=goal.least)]
    if goal.rival not in line.samples or goal.ours not in line.samples:
        return []
    what = what if goal.ours == OURS else f"{what}, {goal.ours}"
    ratio, unit = _ratio(line, goal.rival, goal.ours), f"x {goal.rival}"
    return [figures.verdict(what, ratio, goal.limit, unit, least=goal.least)]
