"""The processes that belong to a command, wherever they have gone, and their end.

A process belongs to it when it carries the mark that the command got in its environment, which
all its descendants inherit and hardly any removes; when it is in its session; or when it descends
from it. A daemon that left session and parents behind still carries the mark.
"""

import os
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

MARK = "TRAYAPP_COMMAND"
"""Environment variable with the marks of the commands that a process belongs to."""

_BETWEEN = ":"

_KILL_SECONDS = 2.0
_FIRST_LOOK, _LAST_LOOK = 0.01, 0.2


def marked(environ: Mapping[str, str], mark: str) -> dict[str, str]:
    """`environ` for a command with `mark`, which may be run by another one."""
    return {**environ, MARK: f"{environ[MARK]}{_BETWEEN}{mark}" if environ.get(MARK) else mark}


class Tree:
    """The processes of the command `leader`, a process id, that carry `mark`. With `session` it was
    started as the leader of a session of its own."""

    def __init__(self, leader: int, mark: str, *, session: bool) -> None:
        self._leader = leader
        self._mark = mark
        self._session = session

    def end(self, patience: float) -> bool:
        """SIGTERM to all, SIGKILL to those that are there `patience` seconds later, and to their
        children. Returns when none is left, or two seconds after that: then False."""
        killing = time.monotonic() + patience
        asked: set[int] = set()
        pause = _FIRST_LOOK
        while members := self.members():
            now = time.monotonic()
            if now > killing + _KILL_SECONDS:
                return False
            for process in members:
                if now > killing:
                    _signal(process, kill=True)
                elif process.pid not in asked:
                    _signal(process, kill=False)
            asked |= {process.pid for process in members}
            time.sleep(min(pause, max(killing - now, _FIRST_LOOK)))
            pause = min(2 * pause, _LAST_LOOK)
        return True

    def members(self) -> "list[psutil.Process]":
        """Those that live now."""
        import psutil

        below = self._below()
        return [
            process
            for process in psutil.process_iter()
            if process.pid != os.getpid()
            and (process.pid in below or self._in_session(process.pid) or self._marked(process))
            and _lives(process)
        ]

    def _below(self) -> set[int]:
        import psutil

        try:
            leader = psutil.Process(self._leader)
            if leader.ppid() != os.getpid():
                return set()  # it has ended, and its number is somebody else's
            return {self._leader, *(child.pid for child in leader.children(recursive=True))}
        except psutil.Error:
            return set()

    def _in_session(self, pid: int) -> bool:
        if sys.platform == "win32" or not self._session:
            return False
        try:
            return os.getsid(pid) == self._leader
        except OSError:
            return False

    def _marked(self, process: "psutil.Process") -> bool:
        import psutil

        try:
            return self._mark in process.environ().get(MARK, "").split(_BETWEEN)
        except (psutil.Error, OSError):  # of another user, or gone
            return False


def _lives(process: "psutil.Process") -> bool:
    import psutil

    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _signal(process: "psutil.Process", *, kill: bool) -> None:
    """psutil looks whether the number still means the same process."""
    import psutil

    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.Error:
        return
