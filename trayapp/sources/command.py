"""One run of a command: a tree of processes that ends as a whole, and what it prints.

Theory of operation: a *keeper* thread waits for the command, ends what that left running, and
waits for the *pipes*, a thread for each stream of output. Those read until the end of the stream,
or until the command has ended and nothing more lies in it: a daemon that it started may hold the
stream open for ever.
"""

import os
import secrets
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from trayapp.errors import TrayAppError
from trayapp.sources.pipe import Pipe
from trayapp.sources.tree import Tree, marked

TERM_SECONDS = 3.0
"""How long processes may take to end by SIGTERM, before they are killed."""

NOT_EXECUTABLE = 126
NOT_FOUND = 127
_BY_SIGNAL = 128
_SLACK = 3.0


class NotStarted(TrayAppError):
    """The command could not be started. `exit` is what a shell would exit with."""

    def __init__(self, message: str, hint: str, exit: int) -> None:
        super().__init__(message, hint)
        self.exit = exit


class Command:
    """One run of `argv`; a text goes through the system's shell. Safe from any thread.

    `output` gets what it prints, in pieces as they come, from a thread of this command; while it
    takes its time the command waits. `errors` gets the standard error apart; without it both are
    one stream. An `attached` command shares our standard input, terminal and process group, so that
    Ctrl+C and Ctrl+Z reach it as if it stood alone; any other has an empty standard input and a
    session of its own.
    """

    def __init__(
        self,
        argv: Sequence[str] | str,
        *,
        folder: Path | None = None,
        output: Callable[[bytes], None],
        errors: Callable[[bytes], None] | None = None,
        attached: bool = False,
    ) -> None:
        self._argv = argv if isinstance(argv, str) else list(argv)
        self._folder = folder
        self._output = output
        self._errors = errors
        self._attached = attached
        self._mark = secrets.token_hex(16)
        self._tree: Tree | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None
        self._done = threading.Event()
        self._began = 0.0
        self._ended: float | None = None
        self._exit = 0

    @property
    def text(self) -> str:
        """The command as one line."""
        return self._argv if isinstance(self._argv, str) else " ".join(self._argv)

    @property
    def seconds(self) -> float:
        """How long it has run, or did."""
        if self._process is None:
            return 0.0
        return (time.monotonic() if self._ended is None else self._ended) - self._began

    def start(self) -> None:
        """Run it. Raises: NotStarted, naming the command."""
        self._began = time.monotonic()
        process = self._process = self._spawn()
        self._tree = Tree(process.pid, self._mark, session=not self._attached)
        self._keeper = threading.Thread(
            target=self._keep, args=(process, self._tree), name="trayapp-command", daemon=True
        )
        self._keeper.start()

    def wait(self, seconds: float | None = None) -> int | None:
        """Its exit code as shells count (128 + n for signal n) once it has ended with all that it
        left, and `output` has had everything; None when that takes longer."""
        if not self._done.wait(seconds):
            return None
        if self._keeper is not None:
            self._keeper.join()
        return self._exit

    def send(self, number: int) -> None:
        """Signal the command itself, when it still runs."""
        if self._process is not None and not self._done.is_set():
            self._process.send_signal(number)

    def stop(self) -> None:
        """End it with all its processes: SIGTERM, and what is there three seconds later is killed.
        Idempotent; returns within eight seconds."""
        if self._tree is None or self._done.is_set():
            return
        self._tree.end(TERM_SECONDS)
        self.wait(_SLACK)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        """Windows knows no sessions: a process group of its own keeps our Ctrl+C from it."""
        group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        try:
            return subprocess.Popen(
                self._argv,
                shell=isinstance(self._argv, str),
                cwd=self._folder,
                env=marked(_environ(os.environ), self._mark),
                stdin=None if self._attached else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if self._errors is None else subprocess.PIPE,
                bufsize=0,
                start_new_session=not self._attached,
                creationflags=0 if self._attached else group,
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in it
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> NotStarted:
        if self._folder is not None and not self._folder.is_dir():
            return NotStarted(
                f"The folder {self._folder} to run {self.text!r} in does not exist.",
                "Check the spelling.",
                NOT_EXECUTABLE,
            )
        name = self._argv if isinstance(self._argv, str) else (self._argv or [""])[0]
        # Without a folder it is looked for on the PATH; else it starts where the command runs.
        file = Path(self._folder or "", name) if Path(name).name != name else None
        if isinstance(error, FileNotFoundError) and not (file and file.exists()):
            return NotStarted(
                f"The command {name!r} was not found.",
                "Check the spelling, or name it with its folder: ./name",
                NOT_FOUND,
            )
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        return NotStarted(f"Cannot run {name!r}: {reason}.", _remedy(name, file), NOT_EXECUTABLE)

    def _keep(self, process: "subprocess.Popen[bytes]", tree: Tree) -> None:
        """Runs on the thread trayapp-command."""
        pipes = [
            Pipe(source, sink)
            for source, sink in ((process.stdout, self._output), (process.stderr, self._errors))
            if source is not None and sink is not None
        ]
        for pipe in pipes:
            pipe.start()
        try:
            self._exit = _shell_exit(process.wait())
            self._ended = time.monotonic()
            tree.end(TERM_SECONDS)
        finally:
            for pipe in pipes:
                pipe.finish()
            self._done.set()


def _remedy(name: str, file: Path | None) -> str:
    if "\0" in name or file is None or not file.is_file():
        return "Name a program, or a script that may be run."
    if not os.access(file, os.X_OK):
        return f"Make it executable: chmod +x {shlex.quote(name)}"
    return f"Its first line must name what runs it, such as: #!/bin/sh ({name})"


def _shell_exit(code: int) -> int:
    return _BY_SIGNAL - code if code < 0 else code


def _environ(ours: "os._Environ[str]") -> dict[str, str]:
    """The environment for another program. PyInstaller points LD_LIBRARY_PATH at its own
    libraries and keeps the user's as LD_LIBRARY_PATH_ORIG (its manual, "LD_LIBRARY_PATH")."""
    theirs = dict(ours)
    if getattr(sys, "frozen", False):
        theirs.pop("LD_LIBRARY_PATH", None)
        original = theirs.pop("LD_LIBRARY_PATH_ORIG", None)
        if original is not None:
            theirs["LD_LIBRARY_PATH"] = original
    return theirs
