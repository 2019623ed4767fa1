"""What lies in a watched folder and counts, by a walker of our own that shares nothing with the
watcher's. It knows the rules of ignore files only as far as `play` writes them."""

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

Listing = dict[str, tuple[str, bytes]]
"""Per path, what it is (`file`, `link`) and its content or where it leads."""

_ALWAYS = ("node_modules/",)
_ALWAYS_FILES = ("d.tmp",)
"""What `play` makes and trayapp ignores by default, beside dotfiles."""

_Rule = tuple[str, str]
"""The folder it stands in, with a slash behind unless it is the root; and its text."""


def listing(root: Path) -> Listing:
    """All files and links; a link is not followed."""
    return dict(_below(root, "", [], []))


def _below(
    root: Path, prefix: str, git: list[_Rule], own: list[_Rule]
) -> Iterator[tuple[str, tuple[str, bytes]]]:
    git = [*git, *_rules(root, prefix, ".gitignore")]
    own = [*own, *_rules(root, prefix, ".trayappignore")]
    for name in sorted(os.listdir(root / prefix)):  # noqa: PTH208 - names, also undecodable ones
        path = prefix + name
        status = (root / path).lstat()
        is_dir = stat.S_ISDIR(status.st_mode)
        always = [("", rule) for rule in (_ALWAYS if is_dir else _ALWAYS_FILES)]
        if _ignored(path, is_dir, always + git + own):
            continue
        if is_dir:
            yield from _below(root, f"{path}/", git, own)
        elif stat.S_ISLNK(status.st_mode):
            yield path, ("link", os.fsencode((root / path).readlink()))
        elif stat.S_ISREG(status.st_mode):
            yield path, ("file", (root / path).read_bytes())


def _rules(root: Path, prefix: str, name: str) -> list[_Rule]:
    file = root / prefix / name
    if file.is_symlink() or not file.is_file():
        return []
    return [(prefix, line) for line in file.read_text().splitlines()]


def _ignored(path: str, is_dir: bool, rules: list[_Rule]) -> bool:
    """The last rule that fits decides; nothing brings a dotfile back."""
    name = path.rpartition("/")[2]
    verdict = False
    for folder, text in rules:
        rule = text.removeprefix("!")
        if rule.endswith("/") and not is_dir:
            continue
        if rule.startswith("/"):
            fits = path == folder + rule.strip("/")
        else:
            fits = fnmatchcase(name, rule.rstrip("/"))
        if fits:
            verdict = not text.startswith("!")
    return verdict or name.startswith(".")
