"""Launch pages: small HTML files that lead the user's browser on to an address with a secret in it.

Every user of a computer can read the arguments of every process (`/proc/*/cmdline`), so a browser
is given the name of a file and never the address. The file is made 0600, in a folder of mode 0700.
"""

import html
import json
import os
import stat
import tempfile
from pathlib import Path
from threading import Lock

from trayapp.errors import TrayAppError

# `replace` keeps the file out of the tab's history, and pages of files send no Referer.
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<title>trayapp</title>
<script>location.replace({script})</script>
<noscript><p><a href="{link}">Open the dashboard of trayapp</a></p></noscript></html>
"""


class LaunchPages:
    """The pages in `folder`, each known by the secret in its address until it is removed. Times are
    seconds of one monotonic clock, given by the caller. Safe from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._files: dict[str, tuple[float, Path]] = {}

    def write(self, secret: str, address: str, until: float) -> Path:
        """A page that leads to `address`, in which `secret` stands, to be removed at `until`.

        Raises: TrayAppError when it cannot be written where only this user can read it.
        """
        try:
            _make_private(self._folder)
            handle, name = tempfile.mkstemp(".html", "dashboard-", self._folder)  # 0600, O_EXCL
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(page(address))
        except OSError as error:
            raise TrayAppError(
                f"Cannot write a file to {self._folder}: {error.strerror or error}.",
                f'Free some space, or remove what is there: rm -r "{self._folder}"',
            ) from error
        with self._lock:
            self._files[secret] = (until, Path(name))
        return Path(name)

    def remove(self, secret: str) -> None:
        """Remove the page with `secret` in its address, if there is one."""
        with self._lock:
            _, file = self._files.pop(secret, (0.0, None))
        if file is not None:
            _unlink(file)

    def expire(self, now: float) -> None:
        """Remove the pages whose time is over."""
        with self._lock:
            over = [secret for secret, (until, _) in self._files.items() if until <= now]
        for secret in over:
            self.remove(secret)

    def due(self, now: float) -> float | None:
        """Seconds until the time of a page is over; None when there is no page."""
        with self._lock:
            untils = [until for until, _ in self._files.values()]
        return max(0.0, min(untils) - now) if untils else None

    def clear(self) -> None:
        """Remove all pages, those of an earlier run too. The folder holds nothing else."""
        with self._lock:
            self._files.clear()
        try:
            found = list(self._folder.glob("dashboard-*.html"))
        except OSError:
            return
        for file in found:
            _unlink(file)


def page(address: str) -> str:
    """The HTML that leads to `address`."""
    script = json.dumps(address).replace("<", "\\u003c")
    return _PAGE.format(script=script, link=html.escape(address, quote=True))


def _make_private(folder: Path) -> None:
    """Raises: OSError when it cannot be a folder of this user, readable by this user only."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(20, "it is a link")
    if hasattr(os, "geteuid"):
        if found.st_uid != os.geteuid():
            raise PermissionError(1, "the folder belongs to another user")
        if found.st_mode & 0o077:
            folder.chmod(0o700)


def _unlink(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError:  # its code dies with its time all the same
        return
