"""A guard for applications that only serve files: peer, Host and Origin, and nothing sniffed."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from trayapp.web.guard import check_connection, check_origin
from trayapp.web.policy import Policy
from trayapp.web.refusal import Refusal, adding, refuse
from trayapp.web.request import Request
from trayapp.web.routes import PAGE


class HostGuard:
    """`app` behind the part of `policy` that stops other computers, rebound names and other sites.

    No key and no token: what it serves is for every page and program of this computer.
    """

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
            request = Request.of(environ)
            check_connection(request, self.policy)
            check_origin(request, PAGE, self.policy)
        except Refusal as refusal:
            return refuse(refusal, headers, start_response)
        return self._app(environ, adding(headers, start_response))
