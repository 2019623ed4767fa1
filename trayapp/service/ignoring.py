"""Ignoring a path for good: one more pattern in the `.trayappignore` of its watch root."""

import errno
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trayapp.errors import TrayAppError
from trayapp.openfolder import OpenFolder, open_folder

NAME = ".trayappignore"

MOST = 256 * 1024
"""Bytes of the file; the watcher reads no more of it."""

_SPECIAL = re.compile(r"[\\*?\[\]]")
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ufffd\ud800-\udfff]")
"""What cannot stand in a line of text, or is no text: any one character is matched instead."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """The `pattern` that is in `file` now, an absolute path."""

    file: str
    pattern: str


def ignore_in(root: str, path: str) -> Ignored:
    """Have `path` (relative, with `/`) and what is below it ignored in the folder `root`.

    What stands in the file stays; it is replaced in one step. A pattern that is there already is
    not added again. Raises: TrayAppError.
    """
    inside = _inside(path)
    file = Path(root, NAME)
    pattern = escaped(inside)
    if Path(root, inside).is_dir():
        pattern += "/"
    try:
        with open_folder(Path(root)) as folder:
            _add(folder, pattern)
    except OSError as error:
        raise TrayAppError(
            f"Cannot write {file}: {error.strerror}.",
            f"Put a file of its own there, or add this line to it yourself: {pattern}",
        ) from error
    return Ignored(str(file), pattern)


def escaped(path: str) -> str:
    """The pattern of `.gitignore` (gitignore(5)) for `path`, relative to the file's folder, and
    nothing but it. Bytes that are no text are matched by any character."""
    text = _UNWRITABLE.sub("?", _SPECIAL.sub(r"\\\g<0>", path))
    kept = text.rstrip(" ")
    return "/" + kept + "\\ " * (len(text) - len(kept))


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts:
        raise TrayAppError(
            f"{path!r} is no path in a watched folder.",
            "Name a file relative to the watched folder, such as: logs/index.log",
        )
    return "/".join(parts)


def _add(folder: OpenFolder, pattern: str) -> None:
    before = folder.read(NAME, MOST + 1)
    if len(before) > MOST:
        raise OSError(errno.EFBIG, f"It is longer than {MOST // 1024} KiB")
    line = pattern.encode()
    if line in before.splitlines():
        return
    end = b"\r\n" if b"\r\n" in before else b"\n"
    gap = end if before and not before.endswith(b"\n") else b""
    folder.replace(NAME, before + gap + line + end)
