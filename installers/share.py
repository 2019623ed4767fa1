"""What Linux keeps below /usr/share for a program: menu entry, metainfo, icons, manual page and
shell completions. The .deb and the AppDir have it alike."""

import gzip
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import completions
import manpage
from version import ROOT, VERSION, moment

LINUX = ROOT / "installers" / "linux"
ID = "io.github.trayapp.trayapp"

_RELEASE = re.compile(r"^## \[(\d[^\]]*)\] - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)


def lay(share: Path, version: str, when: int) -> None:
    """Write all of it into the folder `share`. `when`, in seconds since 1970, is the time of what
    is built."""
    _write(share / "applications/trayapp.desktop", (LINUX / "trayapp.desktop").read_bytes())
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    template = (LINUX / "trayapp.metainfo.xml").read_text("utf-8")
    _write(share / f"metainfo/{ID}.metainfo.xml", metainfo(template, changelog, version, when))
    for size, picture in icons():
        folder = share / f"icons/hicolor/{size}x{size}/apps"
        _write(folder / "trayapp.png", picture.read_bytes())
    _write(share / "man/man1/trayapp.1.gz", packed(manpage.page(version, when).encode()))
    for shell, file in completions.FILES.items():
        _write(share / file, completions.script(shell).encode())


def icons() -> Iterator[tuple[int, Path]]:
    """Edge in px and file of each icon."""
    for picture in sorted((ROOT / "assets").glob("trayapp-*.png")):
        yield int(picture.stem.rpartition("-")[2]), picture


def metainfo(template: str, changelog: str, version: str, when: int) -> bytes:
    """The AppStream metainfo file, with the releases that `changelog` has dates of. That of
    `version` is there in any case: before its release, with the day of `when`."""
    component = ElementTree.fromstring(template)  # noqa: S314 - our own file
    releases = ElementTree.SubElement(component, "releases")
    for number, day in dated(changelog, version, when):
        ElementTree.SubElement(releases, "release", version=number, date=day)
    ElementTree.indent(component)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(component) + b"\n"


def dated(changelog: str, version: str, when: int) -> list[tuple[str, str]]:
    """Version and day of each release, the newest first."""
    found: list[tuple[str, str]] = _RELEASE.findall(changelog)
    if version not in dict(found):
        found.insert(0, (version, datetime.fromtimestamp(when, UTC).date().isoformat()))
    return found


def packed(content: bytes) -> bytes:
    """Compressed by gzip: the same bytes for the same content, whenever it is done."""
    return gzip.compress(content, 9, mtime=0)


def settle(top: Path, when: int) -> None:
    """Give all below `top` the modes and the time that do not depend on who builds, and when."""
    for file in [top, *top.rglob("*")]:
        if not file.is_symlink():
            runs = file.is_dir() or os.access(file, os.X_OK)
            file.chmod(0o755 if runs else 0o644)
        os.utime(file, (when, when), follow_symlinks=False)


def twice(build: Callable[[Path, Path, str, int], Path], made: Path) -> None:
    """Build again what was `made` of the bundle beside it. Raises: SystemExit when it differs."""
    with tempfile.TemporaryDirectory() as folder:
        again = build(Path(folder), made.parent / "trayapp", VERSION, moment())
        if again.read_bytes() != made.read_bytes():
            raise SystemExit(f"Built twice, two files: {made.name}")
    print(f"  built twice, the same: {hashlib.sha256(made.read_bytes()).hexdigest()}")


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
