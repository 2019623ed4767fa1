"""A Windows made of Wine: a folder with its drive and its registry, and programs that run in it.

`wine` says little of what goes wrong, so everything here has a deadline. Programs write into a pipe
that is read all the time, never into a file: under Wine 8 some then print nothing at all.
"""

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import psutil

SETTLE_SECONDS = 30.0
"""What a start or an end of the whole system may take."""

KEPT = ("PATH", "USER", "LOGNAME", "TMPDIR")
NOT_OURS = "mscoree,mshtml,winemenubuilder.exe="
"""No .NET and no browser, which Wine would offer to download, and no entries in the menu of the
person who builds."""

Heard = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended, and all that it said."""

    code: int
    said: str


class Program:
    """One that runs there. `heard` is called with each line, by a thread of its own."""

    def __init__(self, words: list[str], environ: Mapping[str, str], heard: Heard) -> None:
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        self.process = subprocess.Popen(
            words, env=environ, stdin=nothing, stdout=pipe, stderr=subprocess.STDOUT
        )
        self._words = words
        self._heard = heard
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> Done:
        """Its end. Raises: SystemExit when that does not come; it is killed then."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise SystemExit(f"{self._words} did not end within {seconds:.0f} s: {self}") from None
        self._reader.join(1)  # what it has started may hold the pipe for longer
        return Done(code, str(self))

    def runs(self) -> bool:
        return self.process.poll() is None

    def __str__(self) -> str:
        return "\n".join(self._lines)

    def _read(self) -> None:
        if self.process.stdout is None:
            return
        with self.process.stdout as lines:
            for line in lines:
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                self._lines.append(text)
                self._heard(text)


class Windows:
    """The one in the folder `prefix`. `environ` is what its programs get."""

    def __init__(self, prefix: Path, environ: Mapping[str, str]) -> None:
        self.prefix = prefix
        self.drive = prefix / "drive_c"
        self._environ = {**environ, "WINEPREFIX": str(prefix)}
        self._started: list[Program] = []

    @property
    def user(self) -> Path:
        """The folder of its only user."""
        users = [one for one in (self.drive / "users").iterdir() if one.name != "Public"]
        return users[0]

    def path(self, file: Path) -> str:
        """How its programs call `file`."""
        return windows_path(file, self.drive)

    def file(self, path: str) -> Path:
        """Where what its programs call `path` is."""
        return file_of(path, self.drive)

    def start(
        self, *words: str | Path, environ: Mapping[str, str] | None = None, heard: Heard = bool
    ) -> Program:
        """Start a program; `end` waits for it. Paths among the `words` are turned into its own."""
        line = ["wine", *(self.path(one) if isinstance(one, Path) else one for one in words)]
        program = Program(line, {**self._environ, **(environ or {})}, heard)
        self._started.append(program)
        return program

    def run(self, *words: str | Path, seconds: float = 60) -> Done:
        """The same, to its end. Raises: SystemExit when that takes longer than `seconds`."""
        return self.start(*words).wait(seconds)

    def output(self, *words: str | Path, seconds: float = 60) -> str:
        """What a program says. Raises: SystemExit with it when it ends with another code than 0."""
        done = self.run(*words, seconds=seconds)
        if done.code:
            line = " ".join(map(str, words))
            raise SystemExit(f"{line} ended with {done.code}: {done.said}")
        return done.said

    def registry(self, key: str) -> dict[str, str]:
        """All keys and values below `key`, as `values_of` has them; nothing when it is missing."""
        return values_of(self.run("reg", "query", key, "/s").said)

    def set_value(self, key: str, name: str, text: str) -> None:
        """Write a text into the registry."""
        self.output("reg", "add", key, "/v", name, "/d", text, "/f")

    def files(self) -> set[str]:
        """Everything on its drive."""
        return {file.relative_to(self.drive).as_posix() for file in self.drive.rglob("*")}

    def processes(self) -> list[psutil.Process]:
        """Whatever runs for it, its server among them."""
        return [one for one in psutil.process_iter() if _is_of(one, str(self.prefix))]

    def runs(self, name: str) -> bool:
        """Whether a program of this name does."""
        lines = [_line(one) for one in self.processes()]
        return any(line and line[0].replace("\\", "/").endswith(f"/{name}") for line in lines)

    def begin(self, **more: str) -> None:
        """Start what every program needs; until `end` it stays, so that they start at once. `more`
        goes into the environment of all."""
        self._environ |= more
        subprocess.run(["wineserver", "-p"], env=self._environ, check=True)
        # The services keep the pipe of the first program: nobody may wait for the end of that.
        self.run("cmd", "/c", "exit", seconds=SETTLE_SECONDS)

    def end(self) -> None:
        """End all of it. Raises: SystemExit when something stays."""
        subprocess.run(["wineserver", "-k"], env=self._environ, check=False)
        deadline = time.monotonic() + SETTLE_SECONDS
        while left := self.processes():
            if time.monotonic() > deadline:
                raise SystemExit(f"Wine does not end: {[_line(one) for one in left]}")
            time.sleep(0.05)
        while self._started:
            self._started.pop().wait(SETTLE_SECONDS)


@contextmanager
def windows(prefix: Path, home: Path) -> Iterator[Windows]:
    """One at `prefix`, made when there is none, ready to `begin`; it has ended afterwards. Wine
    takes folders of the home folder for its user's, so it gets one of its own, `home`."""
    home.mkdir(parents=True, exist_ok=True)
    made = Windows(prefix, environment(os.environ, home))
    try:
        if not (prefix / "system.reg").exists():
            made.output("wineboot", "--init", seconds=180)
            made.end()
        yield made
    finally:
        made.end()


def environment(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """What Wine gets of ours."""
    return {name: environ[name] for name in KEPT if name in environ} | {
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": NOT_OURS,
    }


def windows_path(file: Path, drive: Path) -> str:
    """`file` on its drive C, or on Z, which Wine makes of all that this computer has."""
    if file.is_relative_to(drive):
        return str(PureWindowsPath("C:/", file.relative_to(drive)))
    return str(PureWindowsPath("Z:/", *file.absolute().parts[1:]))


def file_of(path: str, drive: Path) -> Path:
    """The other way round. Raises: ValueError for another drive."""
    given = PureWindowsPath(path)
    tops = {"C:": drive, "Z:": Path("/")}
    if given.drive.upper() not in tops:
        raise ValueError(f"{path} is on no drive that Wine has")
    return tops[given.drive.upper()].joinpath(*given.parts[1:])


def values_of(said: str) -> dict[str, str]:
    r"""What `reg query` says: by `KEY\name` the type and the data of each value, by `KEY` alone
    nothing, for the key itself."""
    found, key = {}, ""
    for line in said.splitlines():
        if line.startswith("HKEY_"):
            key = line.strip()
            found[key] = ""
        elif match := re.match(r"    (.*?)    (REG_\w+)(?:    (.*))?$", line):
            found[f"{key}\\{match[1]}"] = f"{match[2]} {match[3] or ''}".strip()
    return found


def _is_of(process: psutil.Process, prefix: str) -> bool:
    try:
        return process.environ().get("WINEPREFIX") == prefix and process.status() != "zombie"
    except psutil.Error:  # it has ended, or is another user's
        return False


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
