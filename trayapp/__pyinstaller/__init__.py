"""What PyInstaller has to know of trayapp. It finds this by the entry point `pyinstaller40`, so any
program that is frozen with trayapp in it gets a whole one."""

from pathlib import Path


def get_hook_dirs() -> list[str]:
    """The folder of the hooks (PyInstaller's manual, "Providing PyInstaller hooks with your
    package")."""
    return [str(Path(__file__).parent)]
