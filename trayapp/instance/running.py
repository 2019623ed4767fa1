"""The trayapp that serves, as another process meets it: proven first, then asked."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from trayapp.errors import TrayAppError, Unavailable

if TYPE_CHECKING:
    from http.client import HTTPConnection

PROOF_CONTEXT = b"trayapp-proof:"
PROOF_SECONDS = 2.0
ANSWER_SECONDS = 10.0
_MAX_ANSWER = 4_000_000


@dataclass(frozen=True, slots=True)
class Running:
    """A trayapp that is said to serve on 127.0.0.1:`port`. Its token stays out of repr.

    Nothing is sent on a connection that has not proven itself: the port may have changed hands
    since the last one.
    """

    port: int
    pid: int
    token: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prove(self) -> bool:
        """Whether the listener on the port knows the token. False when there is none, or when it
        gives no answer within two seconds."""
        connection = _connection(self.port)
        try:
            return self._proven(connection)
        finally:
            connection.close()

    def connect(self, seconds: float = ANSWER_SECONDS) -> "HTTPConnection":
        """An open connection to it, on which it has proven itself; http.client opens no other one
        in its place. An answer may then take `seconds`. Raises: TrayAppError when the listener is
        not ours."""
        connection = _connection(self.port)
        if not self._proven(connection):
            connection.close()
            raise not_answering(self.pid)
        connection.auto_open = 0
        connection.timeout = seconds
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        return connection

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The answer to one request of the control API.

        Raises: TrayAppError with the text of a refusal, or when the listener is not ours.
        """
        connection = self.connect()
        try:
            status, answer = _exchange(
                connection, method, path, body, {"X-TrayApp-Token": self.token}
            )
        except failures() as error:
            raise not_answering(self.pid) from error
        finally:
            connection.close()
        if status != HTTPStatus.OK:
            raise refusal(status, answer)
        return answer

    def _proven(self, connection: "HTTPConnection") -> bool:
        nonce = secrets.token_hex(16)
        try:
            status, answer = _exchange(connection, "POST", "/api/proof", {"nonce": nonce}, {})
        except failures():
            return False
        given = answer.get("proof")
        right = proof(self.token, nonce)
        return (
            status == HTTPStatus.OK
            and connection.sock is not None  # kept for what is to be asked
            and isinstance(given, str)
            and hmac.compare_digest(given.encode(), right.encode())
        )


def proof(token: str, nonce: str) -> str:
    """What only a process that knows `token` can answer to `nonce`, in hexadecimal digits."""
    return hmac.new(token.encode(), PROOF_CONTEXT + nonce.encode(), hashlib.sha256).hexdigest()


def not_answering(pid: int) -> TrayAppError:
    """The error for an instance that is there and does not answer as ours would."""
    who = f" (pid {pid})" if pid else ""
    return TrayAppError(
        f"trayapp is running{who} but does not answer.",
        f"If it stays so, end it and start it again: kill {pid}" if pid else "Try again shortly.",
    )


def failures() -> tuple[type[Exception], ...]:
    """What a request can fail by when nobody answers it, or not as ours would."""
    from http.client import HTTPException

    return (OSError, HTTPException, ValueError)


KEEP = {"Connection": "keep-alive"}
"""Asks for a connection on which a further request can follow."""


def answer_of(connection: "HTTPConnection") -> tuple[int, dict[str, Any]]:
    """Status and JSON of the answer to the request that was sent. Raises: one of `failures`."""
    response = connection.getresponse()
    answer = json.loads(response.read(_MAX_ANSWER) or b"{}")
    if not isinstance(answer, dict):
        raise ValueError("the answer is no JSON object")
    return response.status, answer


def refusal(status: int, answer: dict[str, Any]) -> TrayAppError:
    """The error that an answer tells."""
    kind = Unavailable if status == HTTPStatus.SERVICE_UNAVAILABLE else TrayAppError
    message = answer.get("error") or f"trayapp refused the request ({status})."
    return kind(str(message), str(answer.get("hint") or ""))


def _connection(port: int) -> "HTTPConnection":
    from http.client import HTTPConnection

    return HTTPConnection("127.0.0.1", port, timeout=PROOF_SECONDS)


def _exchange(
    connection: "HTTPConnection", method: str, path: str, body: object, headers: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    payload = None
    if method == "POST":
        payload = json.dumps({} if body is None else body)
        headers = headers | {"Content-Type": "application/json"}
    connection.request(method, path, payload, headers | KEEP)
    return answer_of(connection)
