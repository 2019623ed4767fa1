"""The copyright file of the Debian package: our licence, and those of all that is in the bundle."""

import re
from pathlib import Path

from version import ROOT

FOLDER = Path("_internal/licences")
"""Where a bundle has the texts of its libraries, a folder for each."""

_HEAD = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: trayapp
Comment: Libraries with licences of their own are bundled in /usr/lib/trayapp. Their texts
 follow below, each under the name of its file.

Files: *
Copyright: 2026 the trayapp authors
License: Expat

License: Expat
{licence}
"""

_END = r".*?END OF TERMS AND CONDITIONS$"
_COMMON = {
    name: re.compile(rf"^[ \t]*{title}{_END}", re.DOTALL | re.MULTILINE)
    for name, title in (
        ("Apache-2.0", r"Apache License\s+Version 2\.0, January 2004"),
        ("GPL-2", r"GNU GENERAL PUBLIC LICENSE\s+Version 2, June 1991"),
    )
}
"""The terms that every Debian has a copy of: packages name it instead (Debian policy 12.5)."""


def copyright(bundle: Path) -> str:
    """The text of the file, for the one-dir `bundle`."""
    lines = (ROOT / "LICENSE").read_text("utf-8").strip().splitlines()
    licence = "\n".join(f" {line}" if line else " ." for line in lines)
    texts = [_HEAD.format(licence=licence)]
    folder = bundle / FOLDER
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        text = referring(file.read_text("utf-8", "replace").strip())
        texts.append(f"-- {file.relative_to(folder)}\n\n{text}\n")
    return "\n".join(texts)


def referring(text: str) -> str:
    """`text` with the name of the file in place of the terms that Debian has already."""
    for name, terms in _COMMON.items():
        text = terms.sub(f"The terms are those of /usr/share/common-licenses/{name}.", text)
    return text
