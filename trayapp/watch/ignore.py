"""Which paths below a watch root never count: pure, and quick enough to ask for every file."""

import re
from collections.abc import Iterable
from fnmatch import translate

FOLDERS = ("__MACOSX", "__pycache__", "bower_components", "node_modules", "venv", "CVS")
"""Folders of tools, beside all those whose names begin with a dot."""

DROPPINGS = ("4913", "*~", "#*#", "~$*", "*.tmp", "*.swp", "*.swx", "*.part", "*.crdownload") + (
    "*___jb_tmp___",
    "*___jb_old___",
    "sed??????",
    "Thumbs.db",
    "desktop.ini",
)
"""Files that editors and tools leave for a moment: vim's write probe and backup, Emacs's autosave,
Office's locks, JetBrains' safe write, the temporary file of `sed -i` …"""


class Ignore:
    """A set of patterns, as in a shell: `*`, `?`, `[abc]`.

    A pattern without a slash is matched against the name of each file and folder; one that ends in
    a slash against folders only; one with a slash inside against the whole relative path, where
    `*` also matches slashes. Dotfiles are always ignored: no event may tell of them.
    """

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        folders, names, paths = list(FOLDERS), [], []
        for pattern in filter(None, patterns):
            if "/" in pattern.rstrip("/"):
                paths.append(pattern.strip("/"))
            elif pattern.endswith("/"):
                folders.append(pattern.rstrip("/"))
            else:
                names.append(pattern)
        self._folder = _any_of(["*.egg-info", ".*", *folders, *names])
        self._file = _any_of([".*", *DROPPINGS, *names])
        self._path = _any_of(paths)

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
        name = path.rpartition("/")[2]
        pattern = self._folder if is_dir else self._file
        return pattern.match(name) is not None or self._path.match(path) is not None


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    """One expression that matches what any of `patterns` matches; none match nothing."""
    return re.compile("|".join(map(translate, patterns)) or r"(?!)")
