"""Patterns as git has them in a `.gitignore` file: the last one that matches a path decides. Pure.

pathspec says what the characters of a pattern mean. Which path a pattern is compared with, and that
a match in the middle of a path is none, is decided here: a folder is asked before what lies in it,
so a path is only ever compared as a whole.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

MAX_GLOBS = 2000
"""So many patterns of one file may need a regular expression; compiling one takes 0.1 ms."""

_MAX_LENGTH = 4096
_GLOB = re.compile(r"[*?\[\\]")
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

_Matcher = Callable[[str], object]
"""Takes a name; what it returns is true when the name matches."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A pattern that was left out: its line, from 1, and why."""

    line: int
    pattern: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One line. `segments` is what stood between the slashes; `named` patterns have one segment and
    match a name in any folder."""

    negated: bool
    folders_only: bool
    named: bool
    segments: tuple[str, ...]

    @property
    def literal(self) -> bool:
        return not any(map(_GLOB.search, self.segments))


class Patterns:
    """The patterns of one file, in its order."""

    __slots__ = ("_runs",)

    def __init__(self, lines: Iterable[str], on_fault: Callable[[Fault], None]) -> None:
        """`on_fault` hears of each line that is no pattern. The others count nevertheless."""
        usable = _usable(lines, on_fault)
        by_sign = groupby(usable, key=lambda pattern: pattern.negated)
        self._runs = tuple(_Run(negated, list(some)) for negated, some in by_sign)[::-1]

    def __bool__(self) -> bool:
        return bool(self._runs)

    def verdict(self, name: str, path: str, cut: int, is_dir: bool) -> bool | None:
        """Whether the file or folder is ignored; None when no pattern matches it.

        `name` is the last segment of `path`, whose first `cut` characters lead to the folder that
        the patterns stand in.
        """
        for run in self._runs:
            if run.matches(name, path, cut, is_dir):
                return run.ignores
        return None

    def cover(self, path: str) -> bool:
        """Whether the file `path` is matched, or a folder it lies in: nothing in that comes back.
        The patterns stand where `path` begins."""
        slash = path.find("/")
        while slash != -1:
            folder = path[:slash]
            if self.verdict(folder.rpartition("/")[2], folder, 0, True):
                return True
            slash = path.find("/", slash + 1)
        return bool(self.verdict(path.rpartition("/")[2], path, 0, False))


class _Run:
    """Neighbouring patterns of one sign: their order is of no account. Most patterns are plain
    names or endings, which sets and `endswith` find without a regular expression."""

    __slots__ = ("_endings", "_folders", "_globs", "_name", "_names", "_paths", "ignores")

    def __init__(self, negated: bool, patterns: Sequence[_Pattern]) -> None:
        self.ignores = not negated
        names: set[str] = set()
        folders: set[str] = set()
        endings: list[str] = []
        named: list[str] = []
        globs: list[tuple[bool, tuple[_Matcher | None, ...]]] = []
        paths: set[tuple[str, bool]] = set()
        for one in patterns:
            text = "/".join(one.segments)
            if one.named and one.literal:
                (folders if one.folders_only else names).add(text)
            elif one.named and not one.folders_only and _is_ending(text):
                endings.append(text[1:])
            elif one.named and not one.folders_only:
                named.append(_expression(text))
            elif one.literal:
                paths.update({(text, True), (text, one.folders_only)})
            else:
                segments = ("**", *one.segments) if one.named else one.segments
                globs.append((one.folders_only, _matchers(segments)))
        self._names = frozenset(names)
        self._folders = frozenset(folders)
        self._endings = tuple(endings)
        self._name = re.compile("|".join(named)) if named else None
        self._paths = frozenset(paths)
        self._globs = tuple(globs)

    def matches(self, name: str, path: str, cut: int, is_dir: bool) -> bool:
        if name in self._names or (is_dir and name in self._folders):
            return True
        if self._endings and name.endswith(self._endings):
            return True
        if self._name and self._name.fullmatch(name):
            return True
        if not self._paths and not self._globs:
            return False
        below = path[cut:]
        if (below, is_dir) in self._paths:
            return True
        segments = below.split("/")
        return any(
            (is_dir or not folders_only) and _leads_to(glob, segments)
            for folders_only, glob in self._globs
        )


def _usable(lines: Iterable[str], on_fault: Callable[[Fault], None]) -> Iterator[_Pattern]:
    globs = 0
    for number, line in enumerate(lines, 1):
        try:
            pattern = _parsed(line)
            if pattern is None:
                continue
            if not pattern.literal:
                globs += 1
                _try(pattern, globs)
        except ValueError as error:
            on_fault(Fault(number, line, str(error)))
        else:
            yield pattern


def _parsed(line: str) -> _Pattern | None:
    """gitignore(5), "Pattern format". None for blank lines and comments."""
    text = _trimmed(line.removesuffix("\r"))
    if not text or text.startswith("#"):
        return None
    if len(text) > _MAX_LENGTH:
        raise ValueError(f"it is longer than {_MAX_LENGTH} characters")
    negated = text.startswith("!")
    text = text[negated:]
    folders_only = text.endswith("/")
    text = text[: len(text) - folders_only]
    named = "/" not in text
    segments = text.removeprefix("/").split("/")
    if "" in segments:
        raise ValueError("there is nothing before, after or between its slashes")
    if named and set(text) == {"*"}:
        segments = ["*"]
    return _Pattern(negated, folders_only, named, tuple(segments))


def _trimmed(line: str) -> str:
    """Without the spaces at its end, but for one behind a backslash."""
    text = line.rstrip(" ")
    backslashes = len(text) - len(text.rstrip("\\"))
    return f"{text} " if backslashes % 2 and text != line else text


def _try(pattern: _Pattern, globs: int) -> None:
    if globs > MAX_GLOBS:
        raise ValueError(f"the file has more than {MAX_GLOBS} patterns with * ? [ or \\")
    for segment in pattern.segments:
        if segment != "**":
            try:
                re.compile(_expression(segment))
            except re.error as error:
                raise ValueError(str(error)) from error


def _is_ending(segment: str) -> bool:
    return segment[0] == "*" and not _GLOB.search(segment, 1)


def _expression(segment: str) -> str:
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


def _matchers(segments: Sequence[str]) -> tuple[_Matcher | None, ...]:
    """One for each segment, None for `**`. At the end, `**` is at least one name."""
    ended = [*segments, "*"] if segments[-1] == "**" else segments
    return tuple(None if s == "**" else re.compile(_expression(s)).fullmatch for s in ended)


def _leads_to(glob: Sequence[_Matcher | None], names: Sequence[str]) -> bool:
    """Whether `glob` matches all of `names`. A `**` only has to be tried again until the next one
    is reached."""
    at = found = 0
    star, resumed = -1, 0
    while found < len(names):
        matcher = glob[at] if at < len(glob) else _nothing
        if matcher is None:
            star, resumed = at, found
            at += 1
        elif matcher(names[found]):
            at += 1
            found += 1
        elif star < 0:
            return False
        else:
            resumed += 1
            at, found = star + 1, resumed
    return all(rest is None for rest in glob[at:])


def _nothing(_name: str) -> bool:
    return False
