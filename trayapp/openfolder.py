"""A folder held open: what is read and written in it by name happens in this folder, whatever its
path has become meanwhile, and never through a symlink.

Every write below a watched folder goes through here. The names in such a folder are chosen by the
author of the project that the user has cloned, so a name may lead anywhere.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trayapp.regularfile import open_regular, read_regular

_CAN_HOLD = os.open in os.supports_dir_fd
"""False on Windows, where names are judged one after another instead."""

_REPARSE_POINT = 0x400  # FILE_ATTRIBUTE_REPARSE_POINT: symlinks and junctions

MODE = 0o644
"""Of a file that is new: what files of a project have."""


class OpenFolder:
    """One folder. Names are those of files directly in it. All methods raise OSError, also for a
    symlink, a file with several names (hard links), and what is no regular file."""

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self._path = path
        self._descriptor = descriptor

    def read(self, name: str, most: int) -> bytes:
        """The first `most` bytes of the file; empty when there is none."""
        if self._status(name) is None:
            return b""
        return read_regular(self._at(name), most, folder=self._descriptor)

    def create(self, name: str, content: bytes = b"", mode: int = MODE) -> None:
        """Make a new file. Raises: FileExistsError for any name that is taken."""
        self._write(name, content, mode)

    def replace(self, name: str, content: bytes) -> None:
        """Put `content` in the place of the file in one step; it keeps its mode."""
        before = self._status(name)
        temporary = f".{name}-{secrets.token_hex(4)}"
        self._write(temporary, content, MODE if before is None else before.st_mode & 0o777)
        try:
            os.replace(
                self._at(temporary),
                self._at(name),
                src_dir_fd=self._descriptor,
                dst_dir_fd=self._descriptor,
            )
        except BaseException:
            with suppress(OSError):
                self.remove(temporary)
            raise

    def remove(self, name: str) -> None:
        """Remove the name; a symlink itself, not what it leads to."""
        os.unlink(self._at(name), dir_fd=self._descriptor)

    def _status(self, name: str) -> os.stat_result | None:
        """None when nothing has this name."""
        try:
            status = os.stat(self._at(name), dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(status.st_mode) or _is_reparse_point(status):
            raise OSError(errno.ELOOP, "It is a symlink", name)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "It is not a regular file", name)
        if status.st_nlink > 1:
            raise OSError(errno.EMLINK, "It is a hard link: the file has another name too", name)
        return status

    def _write(self, name: str, content: bytes, mode: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        handle = os.open(self._at(name), flags, 0o600, dir_fd=self._descriptor)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                if hasattr(os, "fchmod"):  # whatever the umask is; not on Windows
                    os.fchmod(out.fileno(), mode)
        except BaseException:
            with suppress(OSError):
                self.remove(name)
            raise

    def _at(self, name: str) -> str:
        if name in ("", ".", "..") or "/" in name or os.sep in name or "\0" in name:
            raise OSError(errno.EINVAL, "It is not the name of a file", name)
        return name if self._descriptor is not None else str(self._path / name)


@contextmanager
def open_folder(path: Path, *below: str) -> Iterator[OpenFolder]:
    """The folder `path`, which the user has named and so may be a symlink, or one `below` it, name
    by name, of which none may be. Raises: OSError."""
    if not _CAN_HOLD:
        yield OpenFolder(_without_symlinks(path, below), None)
        return
    descriptor = _descend(path, below)
    try:
        yield OpenFolder(path, descriptor)
    finally:
        os.close(descriptor)


def open_below(folder: Path, *names: str) -> int:
    """A descriptor of the regular file whose path below `folder` is `names`, none of which is a
    symlink. Raises: OSError."""
    if not _CAN_HOLD:
        return open_regular(_without_symlinks(folder, names[:-1]) / names[-1])
    descriptor = _descend(folder, names[:-1])
    try:
        return open_regular(names[-1], folder=descriptor)
    finally:
        os.close(descriptor)


def _descend(path: Path, below: tuple[str, ...]) -> int:
    flags = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags)
    try:
        for name in below:
            outer = descriptor
            descriptor = os.open(name, flags | getattr(os, "O_NOFOLLOW", 0), dir_fd=outer)
            os.close(outer)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _without_symlinks(path: Path, below: tuple[str, ...]) -> Path:
    for name in below:
        path /= name
        if _is_reparse_point(path.lstat()):
            raise OSError(errno.ELOOP, "It is a symlink", str(path))
    return path


def _is_reparse_point(status: os.stat_result) -> bool:
    return bool(getattr(status, "st_file_attributes", 0) & _REPARSE_POINT)
