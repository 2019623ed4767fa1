"""The system's limits on watching: which one is reached, and the line that raises it."""

from errno import EMFILE, ENFILE, ENOMEM, ENOSPC
from pathlib import Path

_FOLDER = Path("/proc/sys/fs/inotify")


def is_limit(error: OSError) -> bool:
    """Whether the system refused for want of room, not because of the folder."""
    return error.errno in (ENOSPC, ENOMEM, EMFILE, ENFILE)


def sentence(error: OSError, folder: Path = _FOLDER) -> str:
    """What failed and what to do about it. `folder` holds the system's limits, a file for each."""
    if error.errno == ENOSPC:
        limit = _present(folder / "max_user_watches")
        return (
            f"The system's limit of watched folders{_shown(limit)} is reached. "
            f"Run: sudo sysctl fs.inotify.max_user_watches={raised(limit, 524288)}"
        )
    if error.errno == EMFILE and _has_free_descriptor():
        limit = _present(folder / "max_user_instances")
        return (
            f"The system's limit of programs that watch files{_shown(limit)} is reached. "
            f"Run: sudo sysctl fs.inotify.max_user_instances={raised(limit, 1024)}"
        )
    if error.errno == EMFILE:
        return "This program may open no more files. Before its start, run: ulimit -n 4096"
    return f"The system refuses to report file changes: {error.strerror}."


def raised(present: int, least: int) -> int:
    """The power of two that is at least `least` and twice the `present` limit."""
    return max(least, 1 << (2 * present - 1).bit_length() if present > 0 else 0)


def _present(file: Path) -> int:
    """0 when it cannot be known."""
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return 0


def _shown(limit: int) -> str:
    return f" ({limit})" if limit else ""


def _has_free_descriptor() -> bool:
    """Both limits have the same error number; without a descriptor nothing can be opened at all."""
    try:
        with Path("/dev/null").open("rb"):
            return True
    except OSError:
        return False
