"""How the application says no: every error is JSON `{"error", "hint"}`, none shows a traceback.

What an answer repeats of its request is JSON under `nosniff`, so nothing is reflected as markup.
"""

import logging
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from trayapp.errors import TrayAppError, Unavailable, Unconfirmed
from trayapp.web.refusal import Refusal

logger = logging.getLogger(__name__)

_SENTENCES = {
    403: "This has not passed the guard.",
    404: "There is nothing at this address.",
    405: "This method is not allowed here.",
    413: "The body is too long: at most 64 KiB.",
}


def register(app: Flask, *, ours: bool) -> None:
    """Answer every error of `app` in this room's way. Unless all of it is `ours`, what nobody has
    foreseen is somebody else's: Flask logs it, and has a debugger for it."""
    app.register_error_handler(TrayAppError, _known)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http)
    if ours:
        app.register_error_handler(Exception, _bug)


def _known(error: TrayAppError) -> Response:
    response = _answer(_status(error), error.message, error.hint)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = "1"
    return response


def _status(error: TrayAppError) -> int:
    if isinstance(error, Unconfirmed):
        return 409
    return 503 if isinstance(error, Unavailable) else 400


def _refused(refusal: Refusal) -> Response:
    response = _answer(refusal.status.value, refusal.error, refusal.hint)
    response.headers.extend(refusal.headers)
    return response


def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    response = _answer(error.code, _SENTENCES.get(error.code) or error.description or "", "")
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _bug(error: Exception) -> Response:
    logger.error("%s %r failed", request.method, request.path, exc_info=error)
    hint = "The log file says what happened; please report it with these lines."
    return _answer(500, "This is a mistake in trayapp.", hint)


def _answer(status: int, error: str, hint: str) -> Response:
    response = jsonify(error=error, hint=hint)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
