"""Being the one instance, and finding it: instance.json says where it serves."""

import json
import time

from trayapp.errors import TrayAppError
from trayapp.instance.lock import Lock
from trayapp.instance.running import Running, not_answering
from trayapp.paths import Paths, write_private

START_SECONDS = 10.0
"""How long a second start waits for a first one that holds the lock and does not serve yet."""


def announce(paths: Paths, running: Running) -> None:
    """Let other starts find this process. Raises: TrayAppError when it cannot be written."""
    data = {"port": running.port, "pid": running.pid, "token": running.token}
    try:
        write_private(paths.instance_file, json.dumps(data))
    except OSError as error:
        raise TrayAppError(
            f"Cannot write {paths.instance_file}: {error.strerror}.",
            "Free some space, or make the folder writable.",
        ) from error


def withdraw(paths: Paths) -> None:
    """Take the announcement back; the lock must still be held, so that it is our own."""
    paths.instance_file.unlink(missing_ok=True)


def announced(paths: Paths) -> Running | None:
    """What instance.json says, true or not. None when it is missing or damaged."""
    try:
        data = json.loads(paths.instance_file.read_text(encoding="utf-8"))
        port, pid, token = data["port"], data["pid"], data["token"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if type(port) is not int or type(pid) is not int or not isinstance(token, str):
        return None
    return Running(port, pid, token) if 0 < port < 65536 and token else None


def find(paths: Paths) -> Running | None:
    """The trayapp that serves now and has proven it; None when there is none."""
    running = announced(paths)
    return running if running is not None and running.prove() else None


def require(paths: Paths) -> Running:
    """As `find`. Raises: TrayAppError that tells a missing trayapp from one that hangs."""
    if running := find(paths):
        return running
    if not is_held(paths):
        raise _not_running()
    said = announced(paths)
    raise not_answering(said.pid if said else 0)


def is_held(paths: Paths) -> bool:
    """Whether a trayapp lives, serving or not."""
    if not paths.lock_file.exists():
        return False
    lock = Lock(paths.lock_file)
    if not lock.acquire():
        return True
    lock.release()
    return False


def enter(paths: Paths, seconds: float = START_SECONDS) -> Lock | Running:
    """The lock, held, when this process is to serve; else the one that serves already. Waits up to
    `seconds` for one that is just starting or stopping.

    Raises: TrayAppError when the other one holds the lock and does not answer.
    """
    lock, deadline = Lock(paths.lock_file), time.monotonic() + seconds
    while not lock.acquire():
        if running := find(paths):
            return running
        if time.monotonic() > deadline:
            said = announced(paths)
            raise not_answering(said.pid if said else 0)
        time.sleep(0.05)
    return lock


def _not_running() -> TrayAppError:
    return TrayAppError("trayapp is not running.", "Start it: trayapp run")
