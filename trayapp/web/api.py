"""/api/*: control, for the dashboard and the command line. JSON in, JSON out, exact types.

Who may call is the guard's matter; here a request has already shown the token.
"""

import re
import time
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, request
from werkzeug.exceptions import BadRequest

from trayapp.event import Event
from trayapp.web.body import body_text, check_text, parse_json
from trayapp.web.folders import listing
from trayapp.web.refusal import Refusal
from trayapp.web.routes import CLEARED
from trayapp.web.seams import Desk, History, Roots, Switch
from trayapp.web.tokens import Tokens, Verdict

RECENT = 100
"""How many events `GET /api/events` gives at most."""

Json = dict[str, Any]

_NONCE = re.compile(r"(?:[0-9a-f]{2}){8,64}\Z")
_WORDS = {bool: "true or false", str: "text"}


def blueprint(
    switch: Switch, roots: Roots, desk: Desk, tokens: Tokens, history: History
) -> Blueprint:
    """The control routes."""
    routes = Blueprint("api", __name__, url_prefix="/api")
    routes.before_request(_check_cleared)
    _add_handshake(routes, tokens)
    _add_reading(routes, switch, history)
    _add_switching(routes, switch, desk)
    _add_roots(routes, roots)
    return routes


def _check_cleared() -> None:
    """Control without a guard in front, or on a path that the guard read otherwise: never."""
    if request.environ.get(CLEARED) != request.path:
        abort(403)


def _add_handshake(routes: Blueprint, tokens: Tokens) -> None:
    @routes.post("/session")
    def session() -> Json:
        verdict, token = tokens.trade(_fields(code=str)["code"], time.monotonic())
        hint = "Open the dashboard from the tray icon or run: trayapp open"
        if verdict is Verdict.LIMITED:
            error = "Too many wrong codes; try again in a minute."
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, error, hint, retry_after=60)
        if verdict is Verdict.WRONG:
            error = "The code is wrong, used or older than a minute."
            raise Refusal(HTTPStatus.UNAUTHORIZED, error, hint)
        return {"token": token}

    @routes.post("/proof")
    def proof() -> Json:
        nonce = _fields(nonce=str)["nonce"]
        if not _NONCE.match(nonce):
            raise BadRequest("The nonce is 8 to 64 bytes in lower-case hex.")
        return {"proof": tokens.proof(nonce)}


def _add_reading(routes: Blueprint, switch: Switch, history: History) -> None:
    @routes.get("/state")
    def state() -> Json:
        return switch.state().as_json()

    @routes.get("/events")
    def events() -> Json:
        return {"events": [_event(event) for event in history.recent(RECENT)]}

    @routes.get("/folders")
    def folders() -> Json:
        return asdict(listing(request.args.get("path", ""), Path.home()))


def _add_switching(routes: Blueprint, switch: Switch, desk: Desk) -> None:
    @routes.post("/pause")
    def pause() -> Json:
        _fields()
        switch.pause()
        return {}

    @routes.post("/resume")
    def resume() -> Json:
        _fields()
        switch.resume()
        return {}

    @routes.post("/stop")
    def stop() -> Json:
        _fields()
        switch.request_stop()
        return {}

    @routes.post("/open")
    def open_() -> Json:
        _fields()
        desk.open_dashboard()  # its address holds a one-time code, for the browser alone
        return {}

    @routes.post("/notifications")
    def notifications() -> Json:
        desk.set_notifications(_fields(on=bool)["on"])
        return {}


def _add_roots(routes: Blueprint, roots: Roots) -> None:
    @routes.post("/roots")
    def add() -> Json:
        given = _fields(path=str, wide=bool, optional=("wide",))
        return asdict(roots.add_root(given["path"], wide=given.get("wide", False)))

    @routes.post("/roots/remove")
    def remove() -> Json:
        roots.remove_root(_fields(root=str)["root"])
        return {}

    @routes.post("/ignore")
    def ignore() -> Json:
        given = _fields(root=str, path=str)
        file, pattern = roots.ignore(given["root"], given["path"])
        return {"file": file, "pattern": pattern}

    @routes.post("/loops/resume")
    def allow_loop() -> Json:
        given = _fields(root=str, path=str)
        roots.allow_loop(given["root"], given["path"])
        return {}


def _fields(*, optional: tuple[str, ...] = (), **types: type) -> Json:
    """The body: a JSON object with exactly these members, of exactly these types."""
    value = parse_json(body_text())
    exact = (
        type(value) is dict
        and types.keys() - optional <= value.keys() <= types.keys()
        and all(type(given) is types[name] for name, given in value.items())
    )
    if not exact:
        shape = ", ".join(f"{name} ({_WORDS[wanted]})" for name, wanted in types.items())
        raise BadRequest(f"The body must be a JSON object with: {shape or 'nothing'}.")
    for text in value.values():
        check_text(text)
    return dict(value)


def _event(event: Event) -> Json:
    return {
        "id": event.id,
        "time": event.time,
        "topic": event.topic,
        "type": event.type,
        "root": event.root,
        "data": event.data,
    }
