"""Where a build keeps what takes long to make and stays as it is."""

import os
from pathlib import Path


def folder(name: str) -> Path:
    """The place of that name in the user's cache; it need not exist yet."""
    top = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return top / "trayapp-build" / name
