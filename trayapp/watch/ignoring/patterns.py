"""Patterns as git has them in a `.gitignore` file: the last one that matches a path decides. Pure.

Which path a pattern is compared with, and that a match in the middle of a path is none, is decided
here: a folder is asked before what lies in it, so a path is only ever compared as a whole.

What a file of a stranger may cost is bounded: plain names, endings and paths are looked up, however
many there are; the characters of all other patterns are limited (`MAX_COST`), for each name that is
judged may have to be compared with every one of them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from trayapp.watch.ignoring.expression import expression
from trayapp.watch.ignoring.pathglobs import PathGlobs, is_glob

MAX_GLOBS = 2000
"""So many patterns of one file may have wildcards."""

MAX_COST = 32 * 1024
"""So many characters they may have in all, plain endings as `*.log` not counted: comparing a name
with these takes 10 ms at worst."""

_MAX_LENGTH = 4096


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
    def text(self) -> str:
        return "/".join(self.segments)

    @property
    def literal(self) -> bool:
        return not any(map(is_glob, self.segments))

    @property
    def ending(self) -> bool:
        return self.named and self.text[0] == "*" and not is_glob(self.text, 1)

    @property
    def cost(self) -> int:
        return 0 if self.literal or self.ending else len(self.text)


class Patterns:
    """The patterns of one file. Neighbours of one sign are a *run*: within it, order is of no
    account, and the last run that has a match decides."""

    __slots__ = (
        "_endings",
        "_folder_endings",
        "_folders",
        "_globs",
        "_ignores",
        "_names",
        "_path_globs",
        "_paths",
        "cost",
    )

    def __init__(self, lines: Iterable[str], on_fault: Callable[[Fault], None]) -> None:
        """`on_fault` hears of each line that is no pattern. The others count nevertheless."""
        self._names: dict[str, int] = {}
        self._folders: dict[str, int] = {}
        self._paths: dict[tuple[str, bool], int] = {}
        self.cost = 0
        endings: dict[str, int] = {}
        folder_endings: dict[str, int] = {}
        named: dict[tuple[int, bool], list[str]] = {}
        globs: list[tuple[int, bool, tuple[str, ...]]] = []
        ignores: list[bool] = []
        for negated, some in groupby(_usable(lines, on_fault), key=lambda it: it.negated):
            run = len(ignores)
            ignores.append(not negated)
            for one in some:
                self.cost += one.cost
                if one.named and one.literal:
                    (self._folders if one.folders_only else self._names)[one.text] = run
                elif one.ending:
                    (folder_endings if one.folders_only else endings)[one.text[1:]] = run
                elif one.named:
                    named.setdefault((run, one.folders_only), []).append(expression(one.text))
                elif one.literal:
                    self._paths[one.text, True] = run
                    if not one.folders_only:
                        self._paths[one.text, False] = run
                else:
                    globs.append((run, one.folders_only, one.segments))
        self._ignores = tuple(ignores)
        self._endings, self._folder_endings = _Endings(endings), _Endings(folder_endings)
        self._globs = [
            (run, folders_only, re.compile("|".join(some)).fullmatch)
            for (run, folders_only), some in reversed(named.items())
        ]
        self._path_globs = PathGlobs(globs)

    def __bool__(self) -> bool:
        return bool(self._ignores)

    @property
    def start(self) -> int:
        """The state in the folder that the patterns stand in, for `enter` and `verdict`."""
        return self._path_globs.start

    def enter(self, state: int, name: str) -> int:
        """The state in the folder `name`, of that in the folder it lies in."""
        return self._path_globs.enter(state, name)

    def verdict(
        self, name: str, path: str, cut: int, is_dir: bool, state: int | None = None
    ) -> bool | None:
        """Whether the file or folder is ignored; None when no pattern matches it.

        `name` is the last segment of `path`, whose first `cut` characters lead to the folder that
        the patterns stand in. `state` is that in the folder it lies in; None is worked out.
        """
        last = max(self._names.get(name, -1), self._endings.last(name))
        if is_dir:
            last = max(last, self._folders.get(name, -1), self._folder_endings.last(name))
        if self._paths:
            last = max(last, self._paths.get((path[cut:], is_dir), -1))
        for run, folders_only, fullmatch in self._globs:
            if run <= last:
                break
            if (is_dir or not folders_only) and fullmatch(name):
                last = run
        if self._path_globs:
            state = self._state_at(path[cut:]) if state is None else state
            last = max(last, self._path_globs.last(state, name, is_dir))
        return None if last < 0 else self._ignores[last]

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

    def _state_at(self, path: str) -> int:
        state = self.start
        for name in path.split("/")[:-1]:
            state = self.enter(state, name)
        return state


class _Endings:
    """Endings of names, and the last run that has each."""

    __slots__ = ("_any", "_lengths", "_runs")

    def __init__(self, runs: Mapping[str, int]) -> None:
        self._runs = runs
        self._any = tuple(runs)
        self._lengths = tuple({len(ending) for ending in runs})

    def last(self, name: str) -> int:
        """-1 when the name has none of them."""
        if not self._any or not name.endswith(self._any):
            return -1
        size = len(name)
        return max(self._runs.get(name[size - it :], -1) for it in self._lengths if it <= size)


def _usable(lines: Iterable[str], on_fault: Callable[[Fault], None]) -> Iterator[_Pattern]:
    globs = cost = 0
    for number, line in enumerate(lines, 1):
        try:
            pattern = _parsed(line)
            if pattern is None:
                continue
            if not pattern.literal:
                globs += 1
                _check(pattern, globs, cost + pattern.cost)
                cost += pattern.cost
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


def _check(pattern: _Pattern, globs: int, cost: int) -> None:
    """Raises: ValueError."""
    if globs > MAX_GLOBS:
        raise ValueError(f"the file has more than {MAX_GLOBS} patterns with * ? [ or \\")
    if cost > MAX_COST:
        raise ValueError(f"the patterns with * ? [ or \\ have more than {MAX_COST} characters")
    if pattern.ending:
        return
    for segment in pattern.segments:
        if segment != "**":
            try:
                re.compile(expression(segment))
            except re.error as error:
                raise ValueError(str(error)) from error
