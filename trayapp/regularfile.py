"""Opens regular files for reading, and nothing else, without ever waiting.

A name that was a file a moment ago may be a FIFO, a device or a symlink by the time it is opened,
and opening a FIFO waits for a writer, perhaps for ever. So the open itself does not wait, and the
descriptor is judged, not the name.
"""

import errno
import os
import stat

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_NO_SYMLINK = getattr(os, "O_NOFOLLOW", 0)


def open_regular(
    path: str | os.PathLike[str], *, follow: bool = False, folder: int | None = None
) -> int:
    """A descriptor of the regular file at `path`, relative to the descriptor `folder` if there is
    one. A symlink in the file's place is opened only with `follow`.

    Raises: OSError, also for anything that is not a regular file.
    """
    descriptor = os.open(path, _FLAGS if follow else _FLAGS | _NO_SYMLINK, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "It is not a regular file", os.fspath(path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_regular(
    path: str | os.PathLike[str], most: int, *, follow: bool = False, folder: int | None = None
) -> bytes:
    """The first `most` bytes of the regular file at `path`. Raises: OSError, as `open_regular`."""
    descriptor = open_regular(path, follow=follow, folder=folder)
    pieces: list[bytes] = []
    try:
        while most > 0 and (piece := os.read(descriptor, most)):
            pieces.append(piece)
            most -= len(piece)
    finally:
        os.close(descriptor)
    return b"".join(pieces)
