"""Patterns of nested folders, asked while others are put."""

from trayapp.watch.ignoring.nested import Nested
from trayapp.watch.ignoring.patterns import Patterns


def patterns(*lines: str) -> Patterns:
    return Patterns(lines, lambda fault: None)


class Meddled(dict[str, Patterns]):
    """Somebody puts patterns just when the folder they belong to has been looked up."""

    def __init__(self, nested: Nested, put: Patterns) -> None:
        super().__init__()
        self.nested = nested
        self.late: Patterns | None = put

    def get(self, key: str, default: object = None) -> Patterns | None:  # type: ignore[override]
        found = super().get(key)
        late, self.late = self.late, None
        if late is not None:
            self.nested.put(key, late)
        return found


def test_what_is_put_while_somebody_asks_counts_from_the_next_question_on() -> None:
    nested = Nested()
    nested._at = Meddled(nested, patterns("*.html"))
    nested._at["elsewhere"] = patterns("*.css")
    assert nested.verdict("a/x.html", False) is None
    assert nested.verdict("a/x.html", False) is True


def test_the_deepest_that_says_something_decides() -> None:
    nested = Nested()
    nested.put("", patterns("a/b/x", "!y", "z"))
    nested.put("a/b", patterns("!x", "y"))
    verdicts = {name: nested.verdict(f"a/b/{name}", False) for name in ("x", "y", "z", "other")}
    assert verdicts == {"x": False, "y": True, "z": True, "other": None}
    nested.put("a/b", patterns())
    assert nested.verdict("a/b/x", False) is True
