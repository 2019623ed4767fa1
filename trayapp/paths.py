"""Where trayapp keeps its files: the platform's folders, or TRAYAPP_HOME when that is set."""

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trayapp.errors import TrayAppError

APP = "trayapp"


@dataclass(frozen=True, slots=True)
class Paths:
    """Three folders, absolute, and the files in them. Nothing need exist yet: see `prepare`.

    `config` holds what the user writes, `state` what the program remembers, `data` the copy of
    the demo site, which is for editing and so must not be hidden deep in a state folder.
    """

    config: Path
    state: Path
    data: Path

    @property
    def folders(self) -> frozenset[Path]:
        """All of them, each once."""
        return frozenset((self.config, self.state, self.data))

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def choices_file(self) -> Path:
        return self.state / "choices.json"

    @property
    def instance_file(self) -> Path:
        return self.state / "instance.json"

    @property
    def lock_file(self) -> Path:
        return self.state / "instance.lock"

    @property
    def key_file(self) -> Path:
        return self.state / "read-key"

    @property
    def session_file(self) -> Path:
        return self.state / "session-key"

    @property
    def devices_file(self) -> Path:
        return self.state / "devices.json"

    @property
    def launch_folder(self) -> Path:
        return self.state / "launch"

    @property
    def events_file(self) -> Path:
        return self.state / "events.db"

    @property
    def log_file(self) -> Path:
        return self.state / "trayapp.log"

    @property
    def demo(self) -> Path:
        return self.data / "demo"

    def prepare(self) -> None:
        """Make the config and state folders, readable by this user only. A folder that is there
        already keeps its mode: with TRAYAPP_HOME it may hold more than ours.

        Raises: TrayAppError when one cannot be made or written to.
        """
        for folder in (self.config, self.state):
            _make_private(folder)


def locate(environ: Mapping[str, str]) -> Paths:
    """The folders for this user. Touches no file."""
    home = environ.get("TRAYAPP_HOME", "")
    if home:
        base = Path(home).expanduser().absolute()
        return Paths(config=base, state=base, data=base)
    import platformdirs

    return Paths(
        config=platformdirs.user_config_path(APP, appauthor=False),
        state=platformdirs.user_state_path(APP, appauthor=False),
        data=platformdirs.user_data_path(APP, appauthor=False),
    )


def bundled(name: str) -> Path:
    """A file or folder that ships inside the package, by its POSIX path relative to it.

    A PyInstaller build unpacks them under `sys._MEIPASS` (its manual, "Run-time Information").
    """
    unpacked = getattr(sys, "_MEIPASS", None)
    package = Path(unpacked) / APP if unpacked else Path(__file__).parent
    return package.joinpath(*name.split("/"))


def write_private(file: Path, text: str) -> None:
    """Replace `file` by `text` in one step; only this user can read it, at no moment anybody else.

    Raises: OSError; the old file is then untouched.
    """
    handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)  # made 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".write-test"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        raise TrayAppError(
            f"Cannot keep files in {folder}: {error.strerror or error}.",
            "Make the folder writable, or name another one: TRAYAPP_HOME=/some/folder trayapp run",
        ) from error
