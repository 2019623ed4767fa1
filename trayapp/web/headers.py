"""The headers of answers that the guard owes: security for all, CORS for an Origin that has earned
it."""

from trayapp.web.refusal import Headers
from trayapp.web.routes import RouteClass

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


def security_headers(route: RouteClass) -> Headers:
    """Those of every answer, refusals included."""
    reach = "cross-origin" if route.anywhere else "same-origin"
    return [*_SECURITY, ("Cross-Origin-Resource-Policy", reach), ("Vary", "Origin")]


def cors_headers(origin: str, route: RouteClass) -> Headers:
    """Those for a page of `origin`, which has been accepted. Every origin that is nobody's is
    called `null`: such a page never gets what a cookie opens."""
    if not route.shared:
        return []
    headers = [("Access-Control-Allow-Origin", origin)]
    if route.credentials and origin != "null":
        headers.append(("Access-Control-Allow-Credentials", "true"))
    return headers


def preflight_headers(route: RouteClass) -> Headers:
    """Those that say what a page of another origin may send."""
    if not route.shared:
        return []
    return [
        ("Access-Control-Allow-Methods", route.shared),
        ("Access-Control-Allow-Headers", route.accepts),
        ("Access-Control-Max-Age", "600"),
    ]
