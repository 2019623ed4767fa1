"""The guard: one WSGI wrapper in front of every route, file and error page.

Order: parse → peer → Host → route class → Origin and Sec-Fetch → pairing, key or token → method,
type, size → rate. The first check that fails answers; the application never sees the request. A
refusal is JSON and carries no CORS header until both the Origin and the sender have been accepted.
"""

import math
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from trayapp.bus import READER_KEY, Reader
from trayapp.web import checks, worker
from trayapp.web.devices import Devices
from trayapp.web.headers import preflight_headers, security_headers
from trayapp.web.limits import Limits
from trayapp.web.policy import Peer, Policy
from trayapp.web.refusal import FromDisk, Refusal, adding, refuse
from trayapp.web.request import Request
from trayapp.web.routes import CLEARED, FROM_LAN, SESSION, WORKER, RouteClass, classify
from trayapp.web.seams import Witness
from trayapp.web.tokens import Tokens, Verdict


class Guard:
    """`app` behind `policy`. Assign `policy` to swap it: each request is judged by one of them."""

    def __init__(
        self,
        app: WSGIApplication,
        policy: Policy,
        tokens: Tokens,
        devices: Devices,
        witness: Witness,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy
        self._app = app
        self._tokens = tokens
        self._devices = devices
        self._witness = witness
        self._clock = clock
        self._limits = Limits()
        self._worker = worker.script()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI (PEP 3333)."""
        policy, request = self.policy, Request.of(environ)
        route = (
            WORKER
            if request.fetches_worker
            else classify(request.path, request.method, polls=request.polls)
        )
        headers = security_headers(route)
        if request.peer is Peer.LAN:
            self._witness.lan_request()
        try:
            checks.check_connection(request, policy)
            earned = checks.check_origin(request, route, policy)
            if route.local:
                checks.check_local(request)
            if route.control:
                checks.check_control(request)
            device = checks.check_paired(request, route, policy, self._devices)
            session = route.token and self._check_token(request.token)
            if session or route.dashboard:
                checks.check_dashboard(request, policy)
            headers += earned
            checks.check_protocol(request)
            checks.check_body(request, route)
            self._check_rate(request, route, device)
        except Refusal as refusal:
            if isinstance(refusal, FromDisk) and request.peer is Peer.LOCAL:
                self._witness.disk_refused()
            return refuse(refusal, headers, start_response)
        if request.method == "OPTIONS":
            start_response("204 No Content", headers + preflight_headers(route))
            return []
        if request.fetches_worker:
            return worker.answer(self._worker, headers, start_response)
        environ[CLEARED] = request.path
        environ[FROM_LAN] = request.peer is Peer.LAN
        environ[SESSION] = session
        if request.over_lan:
            environ[READER_KEY] = Reader(request.address, device, request.own)
        return self._app(environ, adding(headers, start_response))

    def _check_token(self, token: str) -> bool:
        """Whether it is that of a dashboard's session."""
        hint = "Open the dashboard from the tray icon or run: trayapp open"
        if not token:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "X-TrayApp-Token is missing.", hint)
        verdict = self._tokens.check(token, self._clock())
        if verdict is Verdict.LIMITED:
            error = "Too many wrong tokens; try again in a minute."
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, error, hint, retry_after=60)
        if verdict is Verdict.WRONG:
            error = "X-TrayApp-Token is not the token of this run."
            raise Refusal(HTTPStatus.UNAUTHORIZED, error, hint)
        return verdict is Verdict.SESSION

    def _check_rate(self, request: Request, route: RouteClass, device: str) -> None:
        """Programs of this computer are not limited: they have no Origin."""
        posts, sender = request.method == "POST", request.sender(device)
        rate = route.rate if posts else route.reads
        if rate is None or request.method == "OPTIONS" or not sender:
            return
        far = request.peer is Peer.LAN
        limited = self._limits.wait_of_network if far else self._limits.wait
        if wait := limited(rate, sender, self._clock()):
            error = f"Too many {'posts' if posts else 'polls'} in a short time."
            hint = f"Send at most {rate.per_second:.0f} a second."
            seconds = math.ceil(wait)
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, error, hint, retry_after=seconds)
