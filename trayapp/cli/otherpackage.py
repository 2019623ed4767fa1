"""The other project called trayapp: its package on PyPI and ours install the same folder."""

import sys
from pathlib import Path

import trayapp


def other_package(folder: Path) -> str:
    """A warning when the distribution `trayapp` is installed in `folder`, beside ours or in its
    place; empty when it is not."""
    if hasattr(sys, "frozen") or not any(folder.glob("trayapp-*.dist-info")):
        return ""
    pip = f"{sys.executable} -m pip"
    return (
        'Another project called "trayapp" is installed in the same place, and has overwritten or '
        f"will overwrite this one. Remove it: {pip} uninstall -y trayapp, and then: "
        f"{pip} install --force-reinstall --no-deps trayapp-live"
    )


def warning() -> str:
    """The warning for the folder that this program was imported from."""
    return other_package(Path(trayapp.__file__).parent.parent)
