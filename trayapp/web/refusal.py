"""A refusal: why a request goes no further, and how that is answered in plain WSGI."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from wsgiref.types import StartResponse

Headers = list[tuple[str, str]]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


@dataclass(eq=False)
class Refusal(Exception):
    """`error` says what is wrong, `hint` what helps; `retry_after` is in seconds, 0 for never. With
    a `location` it is a redirect: there it goes on."""

    status: HTTPStatus
    error: str
    hint: str = ""
    retry_after: int = 0
    location: str = ""

    @property
    def headers(self) -> Headers:
        """Those that its status asks for."""
        headers = []
        if self.retry_after:
            headers.append(("Retry-After", str(self.retry_after)))
        if self.location:
            headers.append(("Location", self.location))
        if self.status is HTTPStatus.UNAUTHORIZED:
            # RFC 9110 §15.5.2 wants one. No browser knows this scheme, so none asks for a password.
            headers.append(("WWW-Authenticate", "TrayApp"))
        return headers


class FromDisk(Refusal):
    """A page without an origin of its own (`Origin: null`) did not bring the read key."""


def refuse(refusal: Refusal, headers: Headers, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with JSON `{"error", "hint"}` and `headers`. What is left of the request is not read:
    the server must end the connection, and only it may say so (PEP 3333, hop-by-hop headers)."""
    body = json.dumps({"error": refusal.error, "hint": refusal.hint}).encode()
    headers = [
        *headers,
        *refusal.headers,
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    start_response(f"{refusal.status.value} {refusal.status.phrase}", headers)
    return [body]


def adding(headers: Headers, start_response: StartResponse) -> StartResponse:
    """`start_response` with `headers` in place of the application's own of the same name."""
    ours = {name.lower() for name, _ in headers}

    def start(
        status: str, given: Headers, exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], object]:
        kept = [(name, value) for name, value in given if name.lower() not in ours]
        return start_response(status, kept + headers, exc_info)

    return start
