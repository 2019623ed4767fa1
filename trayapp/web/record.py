"""The record of control actions: one line in the log for each, who did what. No secret is in it."""

import logging
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from trayapp.web.body import body_text, parse_json
from trayapp.web.peeruser import peer_user
from trayapp.web.routes import SESSION
from trayapp.web.tokens import Tokens

logger = logging.getLogger(__name__)

SECRET = frozenset({"code", "nonce", "token", "key"})
"""Members of a body that are never written."""

SILENT = frozenset({"/api/proof"})
"""Changes nothing, and precedes each request of the command line."""

LETS_IN = "/api/session"
LONGEST = 200


def record(tokens: Tokens, response: Response) -> Response:
    """Write what the request of now did, by its answer."""
    if request.method == "POST" and request.path not in SILENT:
        author, status = _author(tokens, response), response.status_code
        logger.info("%s: %s%s (%d)", author, request.path, described(_body()), status)
    return response


def described(body: Mapping[str, Any]) -> str:
    """The members of a body: ` path='/home/ada/site'`. What is long loses its end."""
    shown = {name[:40]: value for name, value in body.items() if name not in SECRET}
    return "".join(f" {name}={_shortened(value)}" for name, value in shown.items())


def _body() -> Mapping[str, Any]:
    try:
        given = parse_json(body_text())
    except HTTPException:  # refused, so it did nothing
        return {}
    return given if isinstance(given, dict) else {}


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _author(tokens: Tokens, response: Response) -> str:
    """By the token that the guard has found right, or that the answer gives; the connection says
    which user it is."""
    uid = peer_user(request.environ).uid
    user = "" if uid is None else f" as uid {uid}"
    if request.path == LETS_IN:
        said = response.get_json(silent=True) or {}
        return (tokens.session_name(said.get("token", "")) or "a page") + user
    if request.environ.get(SESSION):
        return tokens.session_name(request.headers.get("X-TrayApp-Token", "")) + user
    return f"the command line{user}"
