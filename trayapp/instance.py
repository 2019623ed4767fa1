"""One trayapp per user: who holds the lock serves; everybody else finds it and asks it.

The first start holds `instance.lock` for as long as it lives, so a crash frees it. Once it serves
it writes `instance.json`: port, process id and the control token. That file may outlive a crash,
and its port may then be anybody's: a listener gets the token only after it has proven that it
knows it (HMAC of a nonce), never before.
"""

import hashlib
import hmac
import json
import os
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trayapp.errors import TrayAppError
from trayapp.paths import Paths, write_private

if TYPE_CHECKING:
    from http.client import HTTPConnection

PROOF_CONTEXT = b"trayapp-proof:"
PROOF_SECONDS = 2.0
ANSWER_SECONDS = 10.0
START_SECONDS = 10.0
"""How long a second start waits for a first one that holds the lock and does not serve yet."""
_MAX_ANSWER = 4_000_000


class Lock:
    """The right to be the one instance. The system frees it when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Whether this process now holds it. Never waits. Raises: TrayAppError without access."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise TrayAppError(
                f"Cannot open {self._path}: {error.strerror}.",
                "Make it writable, or use another home: TRAYAPP_HOME=/some/folder trayapp run",
            ) from error
        if not _lock(handle):
            os.close(handle)
            return False
        self._file = handle
        return True

    def release(self) -> None:
        """Let the next one in; nothing when it is not held."""
        handle, self._file = self._file, None
        if handle is not None:
            os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Running:
    """A trayapp that is said to serve on 127.0.0.1:`port`. Its token stays out of repr."""

    port: int
    pid: int
    token: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prove(self) -> bool:
        """Whether the listener on the port knows the token. False when there is none, or when it
        gives no answer within two seconds."""
        connection = _connection(self.port, PROOF_SECONDS)
        try:
            return self._proven(connection)
        finally:
            connection.close()

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The answer to one request of the control API.

        Raises: TrayAppError with the text of a refusal, or when the listener is not ours.
        """
        connection = _connection(self.port, PROOF_SECONDS)
        try:
            if not self._proven(connection):
                raise not_answering(self.pid)
            if connection.sock is not None:
                connection.sock.settimeout(ANSWER_SECONDS)
            connection.timeout = ANSWER_SECONDS
            status, answer = _exchange(
                connection, method, path, body, {"X-TrayApp-Token": self.token}
            )
        except _failures() as error:
            raise not_answering(self.pid) from error
        finally:
            connection.close()
        if status != HTTPStatus.OK:
            raise _refusal(status, answer)
        return answer

    def publish(self, topic: str, text: str, fields: Mapping[str, str]) -> str:
        """The id of `text` published under `topic`. `fields` are those of a notification, by their
        names in the HTTP contract. Raises: TrayAppError, as `ask`."""
        from urllib.parse import urlencode

        connection = _connection(self.port, ANSWER_SECONDS)
        # In the query, not in headers: those carry no text beyond Latin-1.
        path = f"/{topic}?{urlencode(fields)}" if fields else f"/{topic}"
        try:
            connection.request("POST", path, text.encode(), {"Content-Type": "text/plain"})
            status, answer = _answer(connection)
        except _failures() as error:
            raise not_answering(self.pid) from error
        finally:
            connection.close()
        if status != HTTPStatus.OK:
            raise _refusal(status, answer)
        return str(answer.get("id", ""))

    def _proven(self, connection: "HTTPConnection") -> bool:
        nonce = secrets.token_hex(16)
        try:
            status, answer = _exchange(connection, "POST", "/api/proof", {"nonce": nonce}, {})
        except _failures():
            return False
        given = answer.get("proof")
        right = proof(self.token, nonce)
        return (
            status == HTTPStatus.OK
            and isinstance(given, str)
            and hmac.compare_digest(given.encode(), right.encode())
        )


def proof(token: str, nonce: str) -> str:
    """What only a process that knows `token` can answer to `nonce`, in hexadecimal digits."""
    return hmac.new(token.encode(), PROOF_CONTEXT + nonce.encode(), hashlib.sha256).hexdigest()


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


def port_owner(port: int) -> str:
    """Who listens on `port`, as "python, pid 4711"; empty when the system does not tell."""
    import psutil

    try:
        for one in psutil.net_connections(kind="tcp"):
            if (
                one.laddr
                and one.laddr.port == port
                and one.status == psutil.CONN_LISTEN
                and one.pid
            ):
                return f"{psutil.Process(one.pid).name()}, pid {one.pid}"
    except (psutil.Error, OSError):  # macOS tells only root; a process may end meanwhile
        return ""
    return ""


def port_busy(port: int) -> TrayAppError:
    """The error for a port that somebody else listens on."""
    owner = port_owner(port)
    by = f"another program ({owner})" if owner else "another program"
    other = port + 1 if port < 65535 else 8765
    return TrayAppError(
        f"Port {port} is in use by {by}.", f"Stop it, or run: trayapp run --port {other}"
    )


def not_answering(pid: int) -> TrayAppError:
    """The error for an instance that is there and does not answer as ours would."""
    who = f" (pid {pid})" if pid else ""
    return TrayAppError(
        f"trayapp is running{who} but does not answer.",
        f"If it stays so, end it and start it again: kill {pid}" if pid else "Try again shortly.",
    )


def _not_running() -> TrayAppError:
    return TrayAppError("trayapp is not running.", "Start it: trayapp run")


def _connection(port: int, seconds: float) -> "HTTPConnection":
    from http.client import HTTPConnection

    return HTTPConnection("127.0.0.1", port, timeout=seconds)


def _failures() -> tuple[type[Exception], ...]:
    from http.client import HTTPException

    return (OSError, HTTPException, ValueError)


def _exchange(
    connection: "HTTPConnection", method: str, path: str, body: object, headers: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    payload = None
    if method == "POST":
        payload = json.dumps({} if body is None else body)
        headers = headers | {"Content-Type": "application/json"}
    connection.request(method, path, payload, headers)
    return _answer(connection)


def _answer(connection: "HTTPConnection") -> tuple[int, dict[str, Any]]:
    response = connection.getresponse()
    answer = json.loads(response.read(_MAX_ANSWER) or b"{}")
    if not isinstance(answer, dict):
        raise ValueError("the answer is no JSON object")
    return response.status, answer


def _refusal(status: int, answer: dict[str, Any]) -> TrayAppError:
    message = answer.get("error") or f"trayapp refused the request ({status})."
    return TrayAppError(str(message), str(answer.get("hint") or ""))
