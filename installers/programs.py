"""The programs of the system that a build calls."""

import shutil
from collections.abc import Mapping


def need(packages: Mapping[str, str]) -> None:
    """`packages` are Debian's, by the program that each is needed for. Raises: SystemExit naming
    what is missing, with the line that installs it."""
    if missing := [name for name in packages if shutil.which(name) is None]:
        install = " ".join(dict.fromkeys(packages[name] for name in missing))
        raise SystemExit(
            f"Not installed: {', '.join(missing)}.\n"
            f"On Debian and Ubuntu: sudo apt-get install {install}"
        )
