"""Where a path leads in the end."""

import os

_TRIES = 10


def real_path(path: str) -> str:
    """As `os.path.realpath`, which raises an OSError when a file takes the place of a link just
    between its two looks at it (seen with Python 3.11: the thread that met it ended). A path that
    never stands still is taken as it is."""
    for _ in range(_TRIES):
        try:
            return os.path.realpath(path)
        except OSError:
            continue
    return os.path.abspath(path)  # noqa: PTH100
