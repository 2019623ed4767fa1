"""The demo: a small site that a newcomer may edit, copied out of the package."""

import shutil
from pathlib import Path

from trayapp.errors import TrayAppError
from trayapp.paths import bundled

BUNDLED_ORIGIN = "http://localhost:8765"
"""What the bundled page names as trayapp's address."""


def prepare_demo(folder: Path, origin: str) -> Path:
    """The demo in `folder`, its script tag pointing at `origin`. What the user edited stays.

    Raises: TrayAppError when it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
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
    marker = 'src="http://localhost:'
    start = text.find(marker)
    end = text.find("/client.js", start)
    if start >= 0 and end >= 0:
        pointed = f'{text[:start]}src="{origin}{text[end:]}'
        if pointed != text:
            page.write_text(pointed, encoding="utf-8")
