"""An outcome: one thing that was tried, and how it went."""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["ok", "FAILED", "skipped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`figure` is how long, how many, or why; empty when there is nothing to say."""

    mark: Mark
    what: str
    figure: str = ""

    def line(self) -> str:
        """As it is printed."""
        return f"{self.mark:7}  {self.what}" + (f"  ({self.figure})" if self.figure else "")


class Skipped(Exception):
    """A check cannot be made here, and nobody is to blame. The text says why."""
