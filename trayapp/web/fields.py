"""The members of a JSON body, of exact names and types: what nobody has thought of is refused."""

from typing import Any

from werkzeug.exceptions import BadRequest

from trayapp.web.body import body_text, check_text, parse_json

Json = dict[str, Any]

_WORDS = {bool: "true or false", int: "a whole number", str: "text"}


def fields(*, optional: tuple[str, ...] = (), **types: type) -> Json:
    """The body of this request: a JSON object with exactly these members, of exactly these types;
    those named in `optional` may be missing.

    Raises: BadRequest.
    """
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
