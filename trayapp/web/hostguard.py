"""A guard for applications that only serve files: peer, Host, Origin, pairing, nothing sniffed."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from trayapp.web import checks
from trayapp.web.devices import Devices
from trayapp.web.policy import Peer, Policy
from trayapp.web.refusal import Refusal, adding, refuse
from trayapp.web.request import Request
from trayapp.web.routes import PAGE
from trayapp.web.seams import Witness


class HostGuard:
    """`app` behind the part of `policy` that stops other computers, rebound names and other sites.

    No token: what it serves is for every page and program of this computer, and for the devices
    that are paired. Assign `policy` to swap it.
    """

    def __init__(
        self, app: WSGIApplication, policy: Policy, devices: Devices, witness: Witness
    ) -> None:
        self.policy = policy
        self._app = app
        self._devices = devices
        self._witness = witness

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI (PEP 3333)."""
        policy, request = self.policy, Request.of(environ)
        headers = [
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        if request.peer is Peer.LAN:
            self._witness.lan_request()
        try:
            checks.check_connection(request, policy)
            checks.check_origin(request, PAGE, policy)
            checks.check_paired(request, PAGE, policy, self._devices)
        except Refusal as refusal:
            return refuse(refusal, headers, start_response)
        return self._app(environ, adding(headers, start_response))
