"""The fields of a form, as HTML's <form> and `curl -F` send them: a notification."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from flask import request

from trayapp.errors import TrayAppError
from trayapp.web import unsupported
from trayapp.web.body import body_octets, body_text

FIELDS = frozenset({"message", "title", "priority", "tags", "click", "icon"})

_WORDS = FIELDS | {name for name in unsupported.NAMES if len(name) > 3}

# What the encoders of forms make (URL Standard, "urlencoded serializing"; curl and Python leave ~).
_ENCODED = re.compile(r"(?:[A-Za-z0-9*._~+&=-]|%[0-9A-Fa-f]{2})+\Z")
_LINE_END = re.compile("\r\n|\r")


def fields() -> Mapping[str, str] | None:
    """The fields of this request's body, `message` among them; None when it is no form.

    `curl -d text` says that any text is an urlencoded form. It is taken for one if it reads like
    one: well encoded, of known fields only, one of them `message`.

    Raises: TrayAppError, BadRequest.
    """
    if request.mimetype == "multipart/form-data":
        body_octets()  # read as a whole, within its bounds
        if request.files:
            raise unsupported.refusal(unsupported.ATTACHMENTS)
        body_text()
        # A part without a name has None for one, whatever the annotations of werkzeug 3.1 say.
        return _checked((name or "", text) for name, each in request.form.lists() for text in each)
    if request.mimetype != "application/x-www-form-urlencoded":
        return None
    pairs = _pairs(body_text())
    names = {name for name, _ in pairs}
    is_form = "message" in names and names <= _WORDS
    return _checked(pairs) if is_form else None


def _pairs(text: str) -> list[tuple[str, str]]:
    if "message=" not in text or not _ENCODED.match(text):
        return []
    try:
        return parse_qsl(
            text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=50
        )
    except ValueError:
        return []


def _checked(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in FIELDS:
            unsupported.check_value(name.lower(), value)
            known = ", ".join(sorted(FIELDS))
            raise TrayAppError(f"The field {name[:40]!r} is unknown.", f"There are: {known}.")
        if name in found:
            raise TrayAppError(f"The field {name} comes twice.", "Send it once.")
        found[name] = _LINE_END.sub("\n", value)
    if not found.get("message"):
        raise TrayAppError("The field message is missing or empty.", "It is the text to show.")
    return found
