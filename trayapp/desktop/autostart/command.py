"""What is started at login: the program that runs now, without its dashboard. Pure but for a look
at which program there is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from trayapp.errors import TrayAppError

RUN = ("run", "--no-open")
"""A browser that opens at each login is what people switch such a thing off for."""


@dataclass(frozen=True, slots=True)
class Command:
    """`words` are the program, absolute, and its arguments; `home` is TRAYAPP_HOME, absolute, or
    empty: a login knows nothing of the terminal where it was set."""

    words: tuple[str, ...]
    home: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """The program that runs now: `executable` is Python or, `frozen`, trayapp itself."""

    executable: Path
    platform: str
    frozen: bool = False


def command(program: Program, environ: Mapping[str, str]) -> Command:
    """What starts `program` again at login.

    Raises: TrayAppError for a place that it is in for now only.
    """
    home = environ.get("TRAYAPP_HOME", "")
    return Command(
        (*_start(program, environ), *RUN), str(Path(home).expanduser().absolute()) if home else ""
    )


def is_ours(words: Sequence[str]) -> bool:
    """Whether the command starts a trayapp, maybe another one, maybe as its user wrote it."""
    if not words:
        return False
    name = re.split(r"[/\\]", words[0])[-1].lower()
    named = name.startswith("trayapp") or ("-m", "trayapp") in pairwise(words)
    return named or tuple(words[-len(RUN) :]) == RUN  # an AppImage may be called anything


def without_env(words: Sequence[str]) -> tuple[str, ...]:
    """The command behind `env NAME=VALUE …`, which is how an entry sets variables."""
    rest = list(words)
    if rest and PurePosixPath(rest[0]).name == "env":
        rest.pop(0)
        while rest and "=" in rest[0]:
            rest.pop(0)
    return tuple(rest)


def _start(program: Program, environ: Mapping[str, str]) -> tuple[str, ...]:
    executable = program.executable
    if program.platform == "win32":
        executable = _silent(executable, frozen=program.frozen)
    if program.frozen:
        # An AppImage is mounted somewhere else at each start; its runtime says which file it is.
        return (environ.get("APPIMAGE") or _settled(str(executable)),)
    script = executable.with_name("trayapp")  # where pip puts it, in a virtual environment
    found = program.platform != "win32" and script.exists()  # there it would open a console
    return (str(script),) if found else (str(executable), "-m", "trayapp")


def _silent(executable: Path, *, frozen: bool) -> Path:
    """The program beside it that opens no console window, if there is one."""
    silent = executable.with_name("trayappw.exe" if frozen else "pythonw.exe")
    return silent if silent.exists() else executable


def _settled(executable: str) -> str:
    if "/AppTranslocation/" in executable:  # where macOS runs a download that was never moved
        raise TrayAppError(
            "trayapp runs from a place that is gone after the next start of this computer.",
            "Move it to the Applications folder, open it there, and try again.",
        )
    return executable
