"""The demo: a small site that a newcomer may edit, copied out of the package."""

import re
from contextlib import suppress
from pathlib import Path

from trayapp.errors import TrayAppError
from trayapp.openfolder import OpenFolder, open_folder
from trayapp.paths import bundled, make_folder

PAGE = "index.html"

MOST = 1 << 20
"""Bytes of a page that is changed: a larger one is not ours any more."""

_TAG = re.compile(rb'(?<=src=")http://localhost:[0-9]+(?=/client\.js")')
"""Where the page names trayapp's address."""


def prepare_demo(folder: Path, origin: str) -> Path:
    """The demo in `folder`, its script tag pointing at `origin`. What the user edited stays.

    Raises: TrayAppError when it cannot be written.
    """
    try:
        make_folder(folder)
        with open_folder(folder) as copy:
            for source in sorted(bundled("demo").iterdir()):
                if source.is_file():
                    with suppress(FileExistsError):  # what the user edited stays
                        copy.create(source.name, source.read_bytes())
            _point_at(copy, origin)
    except OSError as error:
        raise TrayAppError(
            f"Cannot write the demo to {folder}: {error.strerror}.",
            "Watch a folder of your own: trayapp run DIR",
        ) from error
    return folder


def _point_at(copy: OpenFolder, origin: str) -> None:
    """An earlier run may have had another port."""
    before = copy.read(PAGE, MOST)
    after = _TAG.sub(origin.encode(), before)
    if after != before and len(before) < MOST:
        copy.replace(PAGE, after)
