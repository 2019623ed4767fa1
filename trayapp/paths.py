"""Where trayapp keeps its files: the platform's folders, or TRAYAPP_HOME when that is set."""

import os
import shlex
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
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

        Raises: TrayAppError when one cannot be made or written to, or when it or a file in it
        belongs to another user, or everybody may write to it.
        """
        for folder in (self.config, self.state):
            _make_private(folder)
            check_owner(folder)
        for file in self._files:
            check_owner(file)

    @property
    def _files(self) -> tuple[Path, ...]:
        """Those that decide what is run, and who is let in."""
        return (
            self.config_file,
            self.choices_file,
            self.instance_file,
            self.key_file,
            self.session_file,
            self.devices_file,
            self.events_file,
        )


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


def make_folder(folder: Path) -> None:
    """Make `folder` and its missing parents, each for this user alone whatever the umask is (XDG
    Base Directory Specification: 0700). Raises: OSError."""
    if not folder.is_dir():
        make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)


def check_owner(path: Path) -> None:
    """Raises: TrayAppError when another user than this one, or root, owns `path`, or everybody may
    write to it. What is missing is nobody's."""
    if sys.platform == "win32":
        return  # the folders of a user are closed to others there
    try:
        found = path.stat()
    except OSError:
        return
    quoted = shlex.quote(str(path))
    if found.st_uid not in (os.getuid(), 0):
        raise TrayAppError(
            f"{path} belongs to the user {_name_of(found.st_uid)}, so trayapp does not use it.",
            f"Make it yours: sudo chown -h {os.getuid()} {quoted}, or use another home: "
            "TRAYAPP_HOME=/some/folder trayapp run",
        )
    if found.st_mode & 0o002:
        raise TrayAppError(
            f"Every user of this computer may write to {path}, so trayapp does not use it.",
            f"Close it: chmod o-w {quoted}",
        )


def _name_of(uid: int) -> str:
    if sys.platform == "win32":
        return str(uid)
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _make_private(folder: Path) -> None:
    try:
        make_folder(folder)
        probe = folder / ".write-test"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        raise TrayAppError(
            f"Cannot keep files in {folder}: {error.strerror or error}.",
            "Make the folder writable, or name another one: TRAYAPP_HOME=/some/folder trayapp run",
        ) from error
