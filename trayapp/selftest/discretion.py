"""What nobody shall read in a report that is pasted in public: who, which computer, where. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ADDRESS = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)"
    r"|(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:%\w+)?(?!\w)",
    re.IGNORECASE,
)
_OURS = ("127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104 - names nobody
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Discretion:
    """`folders` are paths to be called by another name, the longest first; `names` are words to be
    left out: of the user, of the computer."""

    folders: Sequence[tuple[str, str]]
    names: Sequence[str]

    def apply(self, text: str) -> str:
        """`text` on one line, at most 200 characters, without any of it."""
        line = " ".join(text.split())
        for folder, shown in sorted(self.folders, key=lambda one: -len(one[0])):
            line = line.replace(folder, shown) if len(folder) > 1 else line
        for name in self.names:
            line = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", line, flags=re.IGNORECASE)
        return _ADDRESS.sub(_address, line)[:_LONGEST]


def _address(found: re.Match[str]) -> str:
    return found.group() if found.group() in _OURS else "(address)"
