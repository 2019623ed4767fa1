"""Which paths below a watch root never count: pure, and quick enough to ask for every file."""

import logging
import re
from collections.abc import Iterable, Sequence

from trayapp.watch.ignoring.nested import Nested
from trayapp.watch.ignoring.patterns import Fault, Patterns

logger = logging.getLogger(__name__)

GITIGNORE = ".gitignore"
TRAYIGNORE = ".trayappignore"
RULE_FILES = (GITIGNORE, TRAYIGNORE)
"""Files whose patterns count in the folder they are in and below; the last has the last word."""

TOOL_MARKS = ("pyvenv.cfg", "CACHEDIR.TAG")
"""Files by which a tool marks a folder as its own: a virtual environment of any name, a cache."""

FOLDERS = (
    ("__MACOSX", "__pycache__", "__pypackages__", "bower_components", "jspm_packages")
    + ("node_modules", "venv", "CVS", "_darcs", "lost+found", "@eaDir", "$RECYCLE.BIN")
    + ("System Volume Information", "*.egg-info", "(A Document Being Saved By *)")
)
"""Folders of tools and systems, beside all those whose names begin with a dot."""

DROPPINGS = (
    ("4913", "*~", "*.swp", "*.swo", "*.swn", "*.swx", "*.tmp", "*.TMP")
    + ("*.part", "*.crdownload", "*.vsctmp", "*___jb_tmp___", "*___jb_old___", "*___jb_bak___")
    + ("Thumbs.db", "desktop.ini")
)
"""Files that editors and tools leave for a moment: vim's write probe, backup and swap, the safe
writes of JetBrains and VS Code, downloads under way."""

_MADE_UP = re.compile(
    # Emacs's autosave, Office's lock
    r"#.*#|~\$.*"
    # sed -i: "sed" and six characters
    r"|sed[0-9A-Za-z]{6}"
    # programs for Node.js: the process and the time
    r"|.*\.tmp\.[0-9].*"
    # Kate and programs that use GLib: the whole name and six more characters. Letters of one case
    # might be an ending that means something.
    r"|.+\.[0-9a-z]{1,6}\.(?=[0-9A-Za-z]*[A-Z])(?=[A-Z]*[0-9a-z])[0-9A-Za-z]{6}"
    # TextEdit and other programs on macOS
    r"|.+\.sb-[0-9a-f]{8}-[0-9A-Za-z]{6}",
    re.DOTALL,
)
"""Temporary names with a part made up."""

MAX_TEXT = 4 * 1024 * 1024
"""So many characters the ignore files of a root may have in all."""

MAX_ROOT_COST = 256 * 1024
"""So many characters the patterns with wildcards of a root may have in all."""

_MAX_NOTED = 1000


class Ignore:
    """What is ignored in one watch root, as it is known so far.

    A name that begins with a dot always is: no event may tell of it. Else a `.trayappignore` that
    has a pattern for the path decides. Else it is ignored when the `.gitignore` files ignore it, or
    the built-in patterns and those of the configuration do, or a tool has marked its folder.
    A path is only asked about when its folder is kept: nothing in an ignored folder comes back.

    Safe from any thread: what two of them learn of a folder at once, they have read in one file.
    """

    def __init__(self, patterns: Iterable[str] = (), *, gitignore: bool = True) -> None:
        """`patterns` are those of the configuration, as in a `.gitignore` at the root."""
        self._gitignore = gitignore
        self._parsed = _Parsed()
        self._noted: set[str] = set()
        own = list(patterns)
        self._files = Patterns([*DROPPINGS, *own], _pass)
        self._folders = Patterns([*(f"{name}/" for name in FOLDERS), *own], _note_setting)
        self._forget()

    def _forget(self) -> None:
        self._own = Nested()
        self._git = Nested()
        self._above = Nested()
        self._prefix = ""
        self._marked: dict[str, frozenset[str]] = {}
        self._excluded: set[str] = set()
        self._taken_in: dict[str, tuple[str, Patterns]] = {}
        self._text = self._cost = 0

    def fresh(self) -> "Ignore":
        """The same settings, for a survey that starts anew: nothing is learned or excluded."""
        other = object.__new__(Ignore)
        other._gitignore = self._gitignore
        other._parsed, other._noted = self._parsed, self._noted
        other._files, other._folders = self._files, self._folders
        other._forget()
        return other

    def obeys(self, name: str) -> bool:
        """Whether a file of this name says what is ignored: if it changes, a survey is due."""
        return name == TRAYIGNORE or name in TOOL_MARKS or (name == GITIGNORE and self._gitignore)

    def learn(self, folder: str, name: str, text: str | None) -> None:
        """Take in what the file `name` in `folder` (relative, "" is the root) holds. `text` is None
        when there is no such file, which is news only if there was one."""
        if name in TOOL_MARKS:
            before = self._marked.get(folder, frozenset())
            self._mark(folder, before - {name} if text is None else before | {name})
        elif self.obeys(name):
            rules = self._own if name == TRAYIGNORE else self._git
            self._put(rules, folder, f"{folder}/{name}".lstrip("/"), text or "")

    def learn_above(self, files: Sequence[tuple[str, str]]) -> None:
        """Take in the `.gitignore` files of the folders above the root, the farthest first: for
        each what leads from its folder to the root, and its text. All of them are left aside when
        they ignore the root itself: whoever watches it wants to see it."""
        if not files or not self._gitignore:
            return
        top, above = files[0][0], Nested()
        for way, text in files:
            place = top[: len(top) - len(way)].rstrip("/")
            file = "/".join([*[".."] * (way.count("/") + 1), GITIGNORE])
            self._put(above, place, file, text)
        ends = [i for i, letter in enumerate(f"{top}/") if letter == "/"]
        if any(above.verdict(top[:end], True) for end in ends):
            logger.info("The .gitignore files above a watched folder ignore it: they do not count")
            return
        self._prefix, self._above = f"{top}/", above

    def exclude(self, path: str) -> None:
        """The folder `path`, relative to the root, never counts, whatever the rules say."""
        self._excluded.add(path)

    def ignored(self, path: str, is_dir: bool) -> bool:
        """Whether `path` (relative, POSIX) or a folder above it is ignored."""
        slash = path.find("/")
        while slash != -1:
            if self.leaf_ignored(path[:slash], True):
                return True
            slash = path.find("/", slash + 1)
        return self.leaf_ignored(path, is_dir)

    def leaf_ignored(self, path: str, is_dir: bool) -> bool:
        """As `ignored`, for a path whose parents are known to be kept."""
        folder, _, name = path.rpartition("/")
        if not name:
            return False  # the root
        if name[0] == "." or path in self._excluded:
            return True
        own = self._own.verdict(path, is_dir)
        if own is not None:
            return own
        return (
            folder in self._marked
            or self._built_in(name, path, is_dir)
            or (self._gitignore and self._git_ignores(path, is_dir))
        )

    def _built_in(self, name: str, path: str, is_dir: bool) -> bool:
        patterns = self._folders if is_dir else self._files
        verdict = patterns.verdict(name, path, 0, is_dir)
        if verdict is None:
            return not is_dir and _is_made_up(name)
        return verdict

    def _git_ignores(self, path: str, is_dir: bool) -> bool:
        verdict = self._git.verdict(path, is_dir)
        if verdict is None and self._prefix:
            verdict = self._above.verdict(self._prefix + path, is_dir)
        return bool(verdict)

    def _mark(self, folder: str, marks: frozenset[str]) -> None:
        """The root itself is watched by a user's wish, whatever tool has been there."""
        if marks and folder:
            self._marked[folder] = marks
        else:
            self._marked.pop(folder, None)

    def _put(self, rules: Nested, folder: str, file: str, text: str) -> None:
        """Let what `file` holds stand in `folder`, unless it is too much."""
        if not rules.put(folder, self._taken(file, text)):
            self._refuse(file, "it and the ignore files above it hold too many patterns")

    def _taken(self, file: str, text: str) -> Patterns:
        """The patterns of `file`; none when those of the whole root are too many with them."""
        before, patterns = self._taken_in.get(file, ("", _NONE))
        if text == before:
            return patterns
        self._taken_in.pop(file, None)
        self._text -= len(before)
        self._cost -= patterns.cost
        if not text:
            return _NONE
        if self._text + len(text) > MAX_TEXT or self._cost >= MAX_ROOT_COST:
            self._refuse(file, "the ignore files of this watched folder hold too many patterns")
            return _NONE
        patterns = self._parse(file, text)
        self._taken_in[file] = (text, patterns)
        self._text += len(text)
        self._cost += patterns.cost
        return patterns

    def _refuse(self, file: str, why: str) -> None:
        """Once for each file, though every survey comes by it."""
        if file not in self._noted and len(self._noted) < _MAX_NOTED:
            self._noted.add(file)
            logger.warning(
                "%r does not count: %s. Remove patterns with * ? [ or \\, or name the folders to "
                "ignore in one .trayappignore at the top.",
                file,
                why,
            )

    def _parse(self, file: str, text: str) -> Patterns:
        """Surveys meet the same texts again; a fault is told the first time."""
        patterns = self._parsed.get(text)
        if patterns is None:
            faults: list[Fault] = []
            patterns = Patterns(text.split("\n"), faults.append)
            if faults:
                _note(file, faults)
            self._parsed.put(text, patterns)
        return patterns


class _Parsed:
    """Texts that were parsed before, by any root: `MAX_TEXT` characters twice, so that those of one
    root fit, each counted as 1,024 at least."""

    def __init__(self) -> None:
        self._patterns: dict[str, Patterns] = {}
        self._size = 0

    def get(self, text: str) -> Patterns | None:
        return self._patterns.get(text)

    def put(self, text: str, patterns: Patterns) -> None:
        size = max(len(text), 1024)
        if self._size + size > 2 * MAX_TEXT:
            self._patterns.clear()
            self._size = 0
        self._patterns[text] = patterns
        self._size += size


def _is_made_up(name: str) -> bool:
    """Most names are told by a look at them, without the expression."""
    suspect = name[0] in "#~s" or name.count(".") > 1 or ".sb-" in name
    return suspect and _MADE_UP.fullmatch(name) is not None


def _note(file: str, faults: Sequence[Fault]) -> None:
    """One sentence, however broken the file is."""
    logger.warning(
        "Line %d of %r is left out, %r: %s%s. Write it as in gitignore(5), or remove it.",
        faults[0].line,
        file,
        faults[0].pattern[:80],
        faults[0].reason,
        f"; so are {len(faults) - 1} more lines" if len(faults) > 1 else "",
    )


def _note_setting(fault: Fault) -> None:
    logger.warning(
        "The pattern %r of the setting ignore is left out: %s. Write it as in gitignore(5).",
        fault.pattern[:80],
        fault.reason,
    )


def _pass(_fault: Fault) -> None:
    """It is told of the same pattern elsewhere."""


_NONE = Patterns((), _pass)
