"""Which watched file a page is: the one whose bytes it was sent with."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from trayapp.regularfile import read_regular

MANY_FOLDERS = 64


def names(url: str) -> list[str]:
    """The relative paths that servers of files may have for `url`, the likeliest first. Pure."""
    path = unquote(urlsplit(url).path)
    parts = [part for part in path.split("/") if part]
    if any(part.startswith(".") or "\\" in part or "\0" in part for part in parts):
        return []
    found: list[str] = []
    for cut in range(len(parts) + 1):  # a server may show the folder below a prefix
        rest = "/".join(parts[cut:])
        inside = f"{rest}/" if rest else ""
        index = [f"{inside}index.html", f"{inside}index.htm"]
        whole = [rest, f"{rest}.html"] if rest and not path.endswith("/") else []
        found += [name for name in (*whole, *index) if name not in found]
    return found


def standing_for(url: str, body: bytes, root: Path) -> str:
    """The path below `root` of the file that `body`, the answer of `url`, is; empty without one.
    Folders right below `root` are looked into as well: public, dist, build …"""
    for folder in _folders(root):
        for name in names(url):
            file = folder / name
            if _holds(file, body):
                return file.relative_to(root).as_posix()
    return ""


def _folders(root: Path) -> Iterator[Path]:
    yield root
    try:
        inside = sorted(one for one in root.iterdir() if one.is_dir())
    except OSError:
        return
    yield from [one for one in inside if not one.name.startswith(".")][:MANY_FOLDERS]


def _holds(file: Path, body: bytes) -> bool:
    try:
        if file.stat().st_size != len(body):
            return False
        return read_regular(file, len(body) + 1, follow=True) == body
    except (OSError, ValueError):
        return False
