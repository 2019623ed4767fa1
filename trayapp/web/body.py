"""The body of a request as text and as JSON, with every way it can be broken as a 4xx."""

import json
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from trayapp.web.routes import MAX_BODY


def body_octets() -> bytes:
    """The body of this request as it came, whatever its type: never parsed as a form.

    Raises: werkzeug's HTTP errors when it is too long or broken off.
    """
    octets = request.get_data(parse_form_data=False)
    if len(octets) > MAX_BODY:
        raise RequestEntityTooLarge
    return octets


def body_text() -> str:
    """The body of this request as text. Raises: as `body_octets`, BadRequest when it is not
    UTF-8."""
    try:
        return body_octets().decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The body is not UTF-8.") from error


def parse_json(text: str) -> Any:
    """The JSON value of `text` (RFC 8259: no NaN, no Infinity).

    Raises: BadRequest when it is none, or nested too deeply to be read.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not JSON.") from error


def check_text(value: object) -> None:
    """JSON can spell what no path, label or code can hold: NUL and half a surrogate pair.

    Raises: BadRequest.
    """
    if isinstance(value, str) and ("\0" in value or not value.isascii() and not _encodes(value)):
        raise BadRequest("The body holds a character that cannot be used.")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
