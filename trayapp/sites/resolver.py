"""From a URL path to the file it may open. The one place that decides it.

Every rule is checked on the decoded path, and the last two again on the real path that is
opened, because a link can lead anywhere.
"""

import re
import stat
from pathlib import Path

_BAD_CHARACTERS = re.compile(r'[\\:*?"<>|\x00-\x1f\x7f]')
_SHORT_NAME = re.compile(r"~[0-9]")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)", re.IGNORECASE)
INDEX = "index.html"


def resolve(root: Path, path: str) -> Path | None:
    """The regular file under `root` that the decoded URL `path` names; None when it may not be
    opened or is not there, without telling which. A path that ends in a slash names its index.

    `root` is a real path.
    """
    parts = path.removeprefix("/").split("/")
    if parts[-1] == "":
        parts[-1] = INDEX
    if not all(is_plain(part) for part in parts):
        return None
    try:
        real = root.joinpath(*parts).resolve(strict=True)
        regular = stat.S_ISREG(real.stat().st_mode)
    except (OSError, ValueError, RuntimeError):
        return None
    return real if regular and _is_inside(root, real) else None


def is_plain(name: str) -> bool:
    """Whether `name` is an ordinary name of a file or folder on every system: no hidden one, no
    way up, no stream, no device, no 8.3 alias."""
    if not name or name[0] == "." or name[-1] in ". ":
        return False
    return not (_BAD_CHARACTERS.search(name) or _SHORT_NAME.search(name) or _DEVICE.match(name))


def _is_inside(root: Path, real: Path) -> bool:
    if not real.is_relative_to(root):
        return False
    return not any(part.startswith(".") for part in real.relative_to(root).parts)
