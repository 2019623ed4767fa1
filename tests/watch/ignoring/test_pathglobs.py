"""All patterns at once say the same as each of them tried in every way."""

import re
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from trayapp.watch.ignoring.expression import expression
from trayapp.watch.ignoring.pathglobs import PathGlobs

segments = st.lists(st.sampled_from(["**", "*", "a", "b", "a*", "?b"]), min_size=1, max_size=6)
pattern = st.tuples(st.booleans(), segments)
names = st.lists(st.sampled_from(["a", "b", "ab", "c"]), min_size=1, max_size=7)


def leads_to(glob: Sequence[str], names: Sequence[str]) -> bool:
    """`**` is any number of names."""
    if not glob:
        return not names
    if glob[0] == "**":
        return any(leads_to(glob[1:], names[i:]) for i in range(len(names) + 1))
    matches = bool(names) and re.fullmatch(expression(glob[0]), names[0])
    return bool(matches) and leads_to(glob[1:], names[1:])


def written_out(glob: Sequence[str]) -> Sequence[str]:
    """At the end, `**` is at least one name."""
    return [*glob, "*"] if glob[-1] == "**" else glob


@settings(max_examples=500, deadline=None, derandomize=True)
@given(patterns=st.lists(pattern, min_size=1, max_size=4), names=names, is_dir=st.booleans())
def test_the_last_that_matches_is_found(
    patterns: list[tuple[bool, list[str]]], names: list[str], is_dir: bool
) -> None:
    globs = PathGlobs((i, only, tuple(glob)) for i, (only, glob) in enumerate(patterns))
    state = globs.start
    for name in names[:-1]:
        state = globs.enter(state, name)
    matching = [i for i, (only, glob) in enumerate(patterns) if (is_dir or not only)]
    matching = [i for i in matching if leads_to(written_out(patterns[i][1]), names)]
    assert globs.last(state, names[-1], is_dir) == max(matching, default=-1)
