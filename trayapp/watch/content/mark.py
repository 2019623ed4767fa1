"""The mark of a file: one number for its content, and one for how it looked when it was read.

Both are kept in one integer, content first, because a root may hold fifty thousand of them: two
numbers in a tuple take three times the memory.

The content number (64 bits) is a hash over the path and the bytes, or over the path, size and
modification time of a file too large to be read after each save. It is the same after a restart.
That of a link is odd, that of a file even.

The look (64 bits) says without reading whether there is anything new to read. It is odd for a file
with several names (hard links). It is 0 or 1, and cannot be trusted, when the file was read so soon
after its last change that the next one may carry the same time stamp: git calls such entries
"racily clean" (Documentation/technical/racy-git.txt) and reads them again, as we do.
"""

import os
import stat
import time
from hashlib import blake2b

from trayapp.regularfile import open_regular

READ_LIMIT = 1 << 20
"""Bytes of the largest file whose content is compared."""

_BITS = 64
_MASK = (1 << _BITS) - 1
_FINE = 20_000_000
"""Nanoseconds: the clock that stamps files ticks every 4 to 16 ms."""
_COARSE = 2_000_000_000
"""The same of file systems that keep whole or even seconds, as FAT does."""


def read_mark(root: str, path: str) -> int | None:
    """The mark of the file or link at `path` below `root`; None for what is neither, or is not
    there. A link counts for itself, not for what it leads to."""
    full = f"{root}/{path}"
    try:
        status = os.lstat(full)
    except OSError:  # also a folder that may be listed, but not entered
        return None
    try:
        if stat.S_ISLNK(status.st_mode):
            target = os.fsencode(os.readlink(full))  # noqa: PTH115
            return _packed(path, b"link", target, look_of(status))
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size > READ_LIMIT:
            return _packed(path, b"large", _stamp(status), look_of(status))
        return _packed(path, b"file", _content(full, status.st_size), look_of(status))
    except PermissionError:
        return _packed(path, b"closed", _stamp(status), look_of(status))
    except OSError:
        return None


def content_of(mark: int) -> int:
    """The content number of a mark."""
    return mark >> _BITS


def is_link(mark: int) -> bool:
    """Whether it is the mark of a link."""
    return bool(content_of(mark) & 1)


def look_in(mark: int) -> int:
    """The look of a mark."""
    return mark & _MASK


def is_trusted(look: int) -> bool:
    """Whether a file that looks like this again has not changed."""
    return look > 1


def has_names(mark: int) -> bool:
    """Whether it is the mark of a file with several names."""
    return bool(mark & 1)


def look_of(status: os.stat_result) -> int:
    """The look of a file that has this status now."""
    several = stat.S_ISREG(status.st_mode) and status.st_nlink > 1
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    tick = _FINE if changed % 1_000_000_000 else _COARSE
    if time.time_ns() - changed < tick:
        return int(several)
    seen = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    return hash(seen) & _MASK & ~1 | several


def _content(full: str, size: int) -> bytes:
    """All of a file that has been `size` bytes long a moment ago, or a little more than the limit.

    Asked for by its size, not by the limit: a buffer of 1 MiB takes longer to make than a small
    file to read.
    """
    pieces = []
    descriptor = open_regular(full)
    try:
        while piece := os.read(descriptor, size + 1):
            pieces.append(piece)
            if len(piece) <= size or sum(map(len, pieces)) > READ_LIMIT:
                break
    finally:
        os.close(descriptor)
    return b"".join(pieces)


def _stamp(status: os.stat_result) -> bytes:
    return b"%d %d" % (status.st_size, status.st_mtime_ns)


def _packed(path: str, kind: bytes, content: bytes, look: int) -> int:
    digest = blake2b(b"\0".join((os.fsencode(path), kind, content)), digest_size=_BITS // 8)
    number = int.from_bytes(digest.digest(), "big") & ~1 | (kind == b"link")
    return number << _BITS | look
