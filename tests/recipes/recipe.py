"""The recipes as their reader has them: the code blocks of docs/recipes.md, by heading."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "recipes.md"
BLOCK = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TERMINALS = "&"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines to paste. `name` is the file they go to; without one they are typed, and where it is
    `&` each line in a terminal of its own."""

    language: str
    name: str
    text: str


def recipes() -> dict[str, list[Block]]:
    """The blocks below each heading that has any."""
    _, *sections = re.split(r"^## ", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)
    found = {
        section.partition("\n")[0]: [Block(*match) for match in BLOCK.findall(section)]
        for section in sections
    }
    return {title: blocks for title, blocks in found.items() if blocks}
