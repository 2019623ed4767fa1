"""The checks that a request has to pass, in their order. Each raises Refusal, and keeps nothing."""

import json
from http import HTTPStatus

from trayapp.origin import serialised
from trayapp.web import policy as rules
from trayapp.web import websocket
from trayapp.web.devices import Devices
from trayapp.web.headers import cors_headers
from trayapp.web.policy import Peer, Policy
from trayapp.web.refusal import FromDisk, Headers, Refusal
from trayapp.web.request import Request
from trayapp.web.routes import MAX_BODY, METHODS, RouteClass


def check_connection(request: Request, policy: Policy) -> None:
    """Parse, peer and Host: what holds on every listener."""
    if fault := request.fault:
        raise Refusal(HTTPStatus.BAD_REQUEST, fault)
    if not policy.peer_ok(request.peer):
        error = "This service answers this computer only."
        hint = "Use it from the computer it runs on, or share it with your network there."
        raise Refusal(HTTPStatus.FORBIDDEN, error, hint)
    if not policy.host_ok(request.host, request.peer, request.own):
        error = "This Host is not a name of this service."
        raise Refusal(HTTPStatus.FORBIDDEN, error, _other_host(request.peer))


def check_origin(request: Request, route: RouteClass, policy: Policy) -> Headers:
    """Origin, or what is known without one. Returns the CORS headers that it has earned."""
    origin = request.origin
    if origin is None:
        if route.anywhere or rules.fetch_ok(*request.fetch, navigable=route.navigable):
            return []
        raise Refusal(HTTPStatus.FORBIDDEN, "Other sites may not embed this or link to it.")
    if rules.is_own_origin(origin, request.host):
        return cors_headers(origin, route)
    if not route.own and (route.open or _may_share(origin, request, policy)):
        return cors_headers(origin, route)
    if route.anywhere:
        return []
    raise _foreign(origin, route, request, policy)


def check_paired(request: Request, route: RouteClass, policy: Policy, devices: Devices) -> str:
    """That another device is paired, or knows the read key. Returns the device, if it is one."""
    if request.peer is not Peer.LAN:
        return ""
    device = devices.recognise(request.cookie, request.address) if request.cookie else ""
    if device or route.unpaired or policy.key_ok(request.key):
        return device
    if route.shared and request.is_preflight:  # the guard answers it, and it comes without a cookie
        return ""
    if route.instead and request.method != "POST":
        raise Refusal(HTTPStatus.SEE_OTHER, "This device is not paired.", location=route.instead)
    raise Refusal(
        HTTPStatus.UNAUTHORIZED,
        "This device is not paired.",
        "Scan the code that the dashboard shows under Share, or add ?key= and the read key.",
    )


def check_protocol(request: Request) -> None:
    """That it stays HTTP: the handshake of a WebSocket is a GET like any other (RFC 6455 §4.1)."""
    if request.upgrade == "websocket":
        raise websocket.refusal(request.host, request.path)


def check_local(request: Request) -> None:
    """That it comes from this computer."""
    if request.peer is not Peer.LOCAL:
        raise Refusal(HTTPStatus.FORBIDDEN, "This is for programs of this computer only.")


def check_control(request: Request) -> None:
    """That it comes from this computer, under a name that only this computer can mean."""
    if request.peer is not Peer.LOCAL or not rules.is_loopback(rules.host_in(request.host)):
        error = "Control is for programs of this computer, under a loopback address only."
        raise Refusal(HTTPStatus.FORBIDDEN, error)


def check_dashboard(request: Request, policy: Policy) -> None:
    """That it comes from a program, or from the dashboard where this run has opened it: under
    another address of ours a page may be what another server left in the browser. For what a page
    can have, codes and their tokens; the control token is in a file that no page reads."""
    if request.is_of_a_page and not policy.dashboard_ok(request.host):
        error = "A page under this address controls nothing."
        hint = "Open the dashboard from the tray icon or run: trayapp open"
        raise Refusal(HTTPStatus.FORBIDDEN, error, hint)


def check_body(request: Request, route: RouteClass) -> None:
    """Method, type and size."""
    if request.method not in METHODS:
        error = "This method is not known here."
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, error, "Publish with a POST.")
    if route.control and request.method == "POST" and request.media_type != "application/json":
        hint = "Send the header: Content-Type: application/json"
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The control API takes JSON only.", hint)
    if request.length > MAX_BODY:
        error = f"The body is longer than {MAX_BODY} bytes."
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error)


def _other_host(peer: Peer) -> str:
    if peer is Peer.LOCAL:
        return "Use http://localhost and the port."
    return (
        "Use an address that the dashboard shows under Share, or add the one that leads here to "
        "hosts in config.toml on that computer."
    )


def _may_share(origin: str, request: Request, policy: Policy) -> bool:
    if origin == "null":
        return policy.from_disk or policy.key_ok(request.key)
    if policy.origin_ok(origin, request.host, local=request.peer is Peer.LOCAL):
        return True
    # Else any device nearby could read through the browser of whoever looks at its page.
    return policy.neighbour_ok(origin) and policy.key_ok(request.key)


def _foreign(origin: str, route: RouteClass, request: Request, policy: Policy) -> Refusal:
    if origin == "null" and route.shared:
        return FromDisk(
            HTTPStatus.FORBIDDEN,
            "Pages opened from disk have no access without the read key.",
            "Add ?key= and the read key, as in the snippet on the dashboard, "
            "or allow pages opened from disk there.",
        )
    if route.own:
        return Refusal(HTTPStatus.FORBIDDEN, "Pages of another Origin have no access to this.")
    known = policy.origins if request.peer is Peer.LOCAL else frozenset[str]()
    return Refusal(
        HTTPStatus.FORBIDDEN, "Pages of this Origin have no access.", _remedy(origin, known)
    )


def _remedy(origin: str, known: frozenset[str]) -> str:
    """What lets pages of `origin` in, besides those of `known`: a line that can be pasted."""
    name = serialised(origin)
    if name is None:
        return "Serve the page from http://localhost."
    line = f"origins = {json.dumps(sorted({*known, name}))}"
    place = "in place of its line of origins" if known else "above its first line with a ["
    return (
        "Serve the page from http://localhost, or write this line into config.toml, "
        f"{place}, and start trayapp again: {line}"
    )
