"""What docs/scale.md computes with: seconds of CPU that an event costs, and what follows. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """Costs that grow with a number of pages or processes: `fixed`, and `each` of them."""

    fixed: float
    each: float

    def at(self, count: float) -> float:
        return self.fixed + self.each * count


def through(one: tuple[float, float], other: tuple[float, float]) -> Line:
    """The line through two measurements, each a count and its cost."""
    each = (other[1] - one[1]) / (other[0] - one[0])
    return Line(one[1] - each * one[0], each)


@dataclass(frozen=True, slots=True)
class Computer:
    """A trayapp: `publish` of one event that it takes, `follow` of one that came to another one,
    both with their deliveries to its pages."""

    publish: Line
    follow: Line


@dataclass(frozen=True, slots=True)
class Store:
    """A Redis: an `event`, handed to so many processes, and `rest`, each second, while they are
    connected and nothing happens."""

    event: Line
    rest: Line

    def load(self, processes: float, rate: float) -> float:
        """Seconds of CPU a second."""
        return self.rest.at(processes) + rate * self.event.at(processes)
