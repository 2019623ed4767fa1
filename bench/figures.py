"""Samples and the table they end in."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a name, its samples and their unit."""

    name: str
    samples: Sequence[float]
    unit: str

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    def quantile(self, share: float) -> float:
        """The smallest sample that is not exceeded by `share` of all (nearest rank)."""
        ordered = sorted(self.samples)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(title: str, rows: Sequence[Row]) -> str:
    """The rows below each other: median, 95th percentile, worst."""
    width = max(len(row.name) for row in rows)
    head = f"{'':{width}}  {'median':>9} {'95 %':>9} {'worst':>9}"
    lines = [
        f"{row.name:{width}}  {row.median:9.3f} {row.quantile(0.95):9.3f}"
        f" {max(row.samples):9.3f}  {row.unit}"
        for row in rows
    ]
    return "\n".join([title, head, *lines])


def verdict(what: str, value: float, goal: float, unit: str, *, least: bool = False) -> str:
    """One line that says whether a goal is met: at most `goal`, or at least with `least`."""
    met = value >= goal if least else value <= goal
    most = "least" if least else "most"
    return (
        f"{what}: {value:.2f} {unit}, goal at {most} {goal:g} {unit}: {'met' if met else 'MISSED'}"
    )
