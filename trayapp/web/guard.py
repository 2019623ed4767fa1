"""The guard: one WSGI wrapper in front of every route, file and error page.

Order: parse → peer → Host → route class → Origin and Sec-Fetch → key or token → method, type,
size. The first check that fails answers; the application never sees the request. A refusal is
JSON and carries no CORS header until the Origin has been accepted.
"""

import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from trayapp.web import policy as rules
from trayapp.web.policy import Peer, Policy
from trayapp.web.refusal import Headers, Refusal, adding, refuse
from trayapp.web.request import Request
from trayapp.web.routes import CLEARED, MAX_BODY, METHODS, RouteClass, classify
from trayapp.web.tokens import Tokens, Verdict

_SECURITY: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
]


class Guard:
    """`app` behind `policy`. Assign `policy` to swap it: each request is judged by one of them."""

    def __init__(
        self,
        app: WSGIApplication,
        policy: Policy,
        tokens: Tokens,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy
        self._app = app
        self._tokens = tokens
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI (PEP 3333)."""
        request = Request.of(environ)
        route = classify(request.path)
        headers = _security_headers(route)
        try:
            peer = check_connection(request, self.policy)
            headers += check_origin(request, route, self.policy)
            self._check_rights(request, route, peer, self.policy)
            _check_body(request, route)
        except Refusal as refusal:
            return refuse(refusal, headers, start_response)
        if _is_preflight(request):
            start_response("204 No Content", headers + _preflight_headers(route))
            return []
        environ[CLEARED] = request.path
        return self._app(environ, adding(headers, start_response))

    def _check_rights(
        self, request: Request, route: RouteClass, peer: Peer, policy: Policy
    ) -> None:
        if route.control:
            _check_control(request, peer)
        elif peer is Peer.LAN and not (policy.key_ok(request.key) or _is_preflight(request)):
            raise Refusal(
                HTTPStatus.UNAUTHORIZED,
                "This device is not paired.",
                "Add ?key= and the read key, as in the snippet on the dashboard.",
            )
        if route.token:
            self._check_token(request.token)

    def _check_token(self, token: str) -> None:
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


def check_connection(request: Request, policy: Policy) -> Peer:
    """Parse, peer and Host: the part of the order that holds for every listener.

    Raises: Refusal.
    """
    if fault := request.fault:
        raise Refusal(HTTPStatus.BAD_REQUEST, fault)
    peer = rules.peer(request.remote, request.own)
    if not policy.peer_ok(peer):
        error = "This service answers this computer only."
        raise Refusal(HTTPStatus.FORBIDDEN, error, "Use it from the computer it runs on.")
    if not policy.host_ok(request.host, peer):
        error = "This Host is not a name of this service."
        raise Refusal(HTTPStatus.FORBIDDEN, error, "Use http://localhost and the port.")
    return peer


def check_origin(request: Request, route: RouteClass, policy: Policy) -> Headers:
    """The CORS headers that the origin has earned.

    Raises: Refusal.
    """
    origin = request.origin
    if origin is None:
        if route.anywhere or rules.fetch_ok(*request.fetch, navigable=route.navigable):
            return []
        raise Refusal(HTTPStatus.FORBIDDEN, "Other sites may not embed this or link to it.")
    if rules.is_own_origin(origin, request.host):
        return _cors_headers(origin, route)
    if not route.control and (route.open or _may_share(origin, request.key, policy)):
        return _cors_headers(origin, route)
    if route.anywhere:
        return []
    raise Refusal(
        HTTPStatus.FORBIDDEN,
        "Pages of this Origin have no access.",
        "Serve the page from localhost, or for a page opened from disk add ?key= and the read key.",
    )


def _may_share(origin: str, key: str, policy: Policy) -> bool:
    if origin == "null":
        return policy.from_disk or policy.key_ok(key)
    return policy.origin_ok(origin)


def _check_control(request: Request, peer: Peer) -> None:
    if peer is not Peer.LOCAL or not rules.is_loopback(rules.host_in(request.host)):
        error = "Control is for programs of this computer, under a loopback address only."
        raise Refusal(HTTPStatus.FORBIDDEN, error)


def _check_body(request: Request, route: RouteClass) -> None:
    if request.method not in METHODS:
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "This method is not known here.")
    if route.control and request.method == "POST" and request.media_type != "application/json":
        hint = "Send the header: Content-Type: application/json"
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The control API takes JSON only.", hint)
    if request.length > MAX_BODY:
        error = f"The body is longer than {MAX_BODY} bytes."
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error)


def _is_preflight(request: Request) -> bool:
    return request.method == "OPTIONS"


def _security_headers(route: RouteClass) -> Headers:
    reach = "cross-origin" if route.anywhere else "same-origin"
    return [*_SECURITY, ("Cross-Origin-Resource-Policy", reach), ("Vary", "Origin")]


def _cors_headers(origin: str, route: RouteClass) -> Headers:
    if not route.shared:
        return []
    headers = [("Access-Control-Allow-Origin", origin)]
    if route.credentials and origin != "null":
        headers.append(("Access-Control-Allow-Credentials", "true"))
    return headers


def _preflight_headers(route: RouteClass) -> Headers:
    if not route.shared:
        return []
    return [
        ("Access-Control-Allow-Methods", route.shared),
        ("Access-Control-Allow-Headers", route.accepts),
        ("Access-Control-Max-Age", "600"),
    ]
