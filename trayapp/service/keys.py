"""Keys that are kept between runs: the read key, which a page opened from disk must show to read
the stream, and the one that signs the cookie of the chat."""

import re
import secrets
from pathlib import Path

from trayapp.errors import TrayAppError
from trayapp.paths import write_private

_KEY = re.compile(r"[A-Za-z0-9_-]{32,64}\Z")


def read_key(file: Path) -> str:
    """The key in `file`, 256 random bits; made anew when the file is missing or damaged.

    Raises: TrayAppError when it cannot be written.
    """
    try:
        key = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        key = ""
    return key if _KEY.match(key) else new_key(file)


def new_key(file: Path) -> str:
    """Another key in `file`. Raises: TrayAppError when it cannot be written."""
    key = secrets.token_urlsafe(32)
    try:
        write_private(file, key)
    except OSError as error:
        raise TrayAppError(
            f"Cannot write {file}: {error.strerror}.",
            "Free some space, or make the folder writable.",
        ) from error
    return key
