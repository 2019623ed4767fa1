"""One request to the trayapp under test, and its whole answer."""

from dataclasses import dataclass
from http.client import HTTPConnection

_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`kind` is the media type, without parameters."""

    status: int
    kind: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def fetch(port: int, path: str, *, host: str = "127.0.0.1", body: str | None = None) -> Answer:
    """GET `path`, or POST `body` to it. Raises: OSError, HTTPException."""
    connection = HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request("GET" if body is None else "POST", path, body)
        response = connection.getresponse()
        kind = response.headers.get_content_type()
        return Answer(response.status, kind, response.read())
    finally:
        connection.close()
