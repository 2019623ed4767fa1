"""A guard for applications that only serve files: peer and Host, and nothing sniffed."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from trayapp.web.guard import check_connection
from trayapp.web.policy import Policy
from trayapp.web.refusal import Refusal, adding, refuse
from trayapp.web.request import Request


class HostGuard:
    """`app` behind the part of `policy` that stops other computers and rebound names."""

    def __init__(self, app: WSGIApplication, policy: Policy) -> None:
        self.policy = policy
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI (PEP 3333)."""
        headers = [
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        try:
            check_connection(Request.of(environ), self.policy)
        except Refusal as refusal:
            return refuse(refusal, headers, start_response)
        return self._app(environ, adding(headers, start_response))
