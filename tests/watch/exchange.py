"""Two names change places in one step, as an atomic deployment does it (renameat2(2))."""

import ctypes
import os
from pathlib import Path

AT_FDCWD, RENAME_EXCHANGE = -100, 2


def exchange(one: Path, other: Path) -> None:
    """Raises: OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    places = os.fsencode(one), os.fsencode(other)
    if libc.renameat2(AT_FDCWD, places[0], AT_FDCWD, places[1], RENAME_EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one), None, str(other))


def write_nameless(file: Path, content: bytes) -> None:
    """A new file that is written before it has its name (O_TMPFILE and linkat(2))."""
    descriptor = os.open(file.parent, os.O_TMPFILE | os.O_WRONLY, 0o644)
    try:
        os.write(descriptor, content)
        # With a src_dir_fd, which an absolute path ignores, Python calls linkat and not link.
        os.link(f"/proc/self/fd/{descriptor}", file, src_dir_fd=descriptor, follow_symlinks=True)
    finally:
        os.close(descriptor)
