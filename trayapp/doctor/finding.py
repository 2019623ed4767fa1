"""A finding: one thing that was looked at, and what there is to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trayapp.errors import TrayAppError

Mark = Literal["ok", "note", "fix"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`fix`: pages are not updated as long as it is so. `note`: worth knowing. `text` is a
    sentence, `remedy` what to do or to paste, empty when there is nothing."""

    mark: Mark
    text: str
    remedy: str = ""

    def lines(self) -> Iterator[str]:
        """As they are printed; the remedy on a line of its own, to be copied."""
        yield f"{self.mark:4}  {self.text}"
        if self.remedy:
            yield f"      {self.remedy}"


def ok(text: str) -> Finding:
    """Nothing to do."""
    return Finding("ok", text)


def note(text: str, remedy: str = "") -> Finding:
    """Worth knowing."""
    return Finding("note", text, remedy)


def fix(text: str, remedy: str) -> Finding:
    """Nothing is updated until the remedy is taken."""
    return Finding("fix", text, remedy)


def failed(error: TrayAppError) -> Finding:
    """What could not be asked for."""
    return fix(error.message, error.hint)
