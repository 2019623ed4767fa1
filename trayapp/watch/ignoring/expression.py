"""The regular expression for one segment of a pattern, what stands between two slashes. Pure.

pathspec says what the characters of a pattern mean.
"""

import re

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_BRACKETS = re.compile(r"\\.|\[[!^]?\]?([^]]*)\]", re.DOTALL)
_ODD_IN_BRACKETS = re.compile(r"^\[|\[:|\\|--|&&|~~|\|\|")
_CLASSES = {
    "[:alnum:]": "0-9A-Za-z",
    "[:alpha:]": "A-Za-z",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:xdigit:]": "0-9A-Fa-f",
}


def expression(segment: str) -> str:
    """The regular expression for a name. Raises: ValueError."""
    if segment == "*":
        return "[^/]*"
    for name, characters in _CLASSES.items():
        segment = segment.replace(name, characters)
    for match in _BRACKETS.finditer(segment):
        if _ODD_IN_BRACKETS.search(match[1] or ""):
            raise ValueError("a doubled sign, a bracket or a backslash stands between its brackets")
    # As a folder at the top: so nothing in it is taken for a comment, a sign or spaces to trim.
    text: str | None = GitIgnoreSpecPattern.pattern_to_regex(f"/{segment}/")[0]
    if text is None:
        raise ValueError("a bracket is not closed")
    first, *rest = text.removeprefix("^").removesuffix("(?P<ps_d>/)").split("[^/]*")
    if not rest:
        return first
    # Each star but the last may stop at the first place that fits: a pattern with many stars would
    # else be tried in as many ways as a name has letters, over and over.
    *inner, last = rest
    return first + "".join(f"(?>[^/]*?{part})" for part in inner) + f"[^/]*{last}"
