"""The demo: a small site that a newcomer may edit, copied out of the package."""

import re
import shutil
from pathlib import Path

from trayapp.errors import TrayAppError
from trayapp.paths import bundled, make_folder

_TAG = re.compile(r'(?<=src=")http://localhost:[0-9]+(?=/client\.js")')
"""Where the page names trayapp's address."""


def prepare_demo(folder: Path, origin: str) -> Path:
    """The demo in `folder`, its script tag pointing at `origin`. What the user edited stays.

    Raises: TrayAppError when it cannot be written.
    """
    try:
        make_folder(folder)
        for source in sorted(bundled("demo").iterdir()):
            target = folder / source.name
            if source.is_file() and not target.exists():
                shutil.copyfile(source, target)
        _point_at(folder / "index.html", origin)
    except OSError as error:
        raise TrayAppError(
            f"Cannot write the demo to {folder}: {error.strerror}.",
            "Watch a folder of your own: trayapp run DIR",
        ) from error
    return folder


def _point_at(page: Path, origin: str) -> None:
    """An earlier run may have had another port."""
    text = page.read_text(encoding="utf-8")
    pointed = _TAG.sub(origin, text)
    if pointed != text:
        page.write_text(pointed, encoding="utf-8")
