"""Ignoring a path for good: one more pattern in the `.trayappignore` of its watch root."""

import contextlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trayapp.errors import TrayAppError

NAME = ".trayappignore"

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
    try:
        if Path(root, inside).is_dir():
            pattern += "/"
        _add(file.resolve(), pattern)
    except OSError as error:
        raise TrayAppError(
            f"Cannot write {file}: {error.strerror}.",
            f"Make it writable, or add this line to it yourself: {pattern}",
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


def _add(file: Path, pattern: str) -> None:
    try:
        before = file.read_bytes()
    except FileNotFoundError:
        before = b""
    line = pattern.encode()
    if line in before.splitlines():
        return
    end = b"\r\n" if b"\r\n" in before else b"\n"
    gap = end if before and not before.endswith(b"\n") else b""
    _replace(file, before + gap + line + end)


def _replace(file: Path, content: bytes) -> None:
    mode = _mode(file)
    handle, name = tempfile.mkstemp(prefix=f"{NAME}-", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        Path(name).chmod(mode)
        Path(name).replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _mode(file: Path) -> int:
    """Who may read and write it: as before, or for a new file what everybody else's project files
    have. The process's mask cannot be read without setting it, for all threads."""
    try:
        return file.stat().st_mode & 0o777
    except FileNotFoundError:
        return 0o644
