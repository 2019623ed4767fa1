"""A parameter of a request as ntfy takes them: under several names, as a header or in the query
(docs.ntfy.sh/publish, "List of all parameters")."""

import re
from collections.abc import Set
from email.errors import MessageError
from email.header import decode_header, make_header

from flask import Request
from werkzeug.exceptions import BadRequest

from trayapp.web.text import from_octets

Names = tuple[str, ...]
"""Names of one parameter in lower case; the first that is there counts."""

# Firefox tells with each request how soon it needs the answer: `Priority: u=4, i` (RFC 9218 §5).
_URGENCY = re.compile(r"(?:u=[0-7]|i)(?:\s*,\s*(?:u=[0-7]|i))*\Z")
_ENCODED_WORD = re.compile(r"=\?([^?\s]+)\?[BbQq]\?[^?\s]*\?=")
_CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})

_YES = frozenset({"1", "yes", "true"})
_NO = frozenset({"0", "no", "false"})


def given(request: Request) -> Set[str]:
    """The names of all headers, in lower case, and query parameters. To look for each name that
    means something one by one would cost a post as much as all the rest of it."""
    headers = (key[5:] for key in request.environ if key.startswith("HTTP_"))
    return {*request.args, *(name.replace("_", "-").lower() for name in headers)}


def first(request: Request, names: Names) -> str:
    """The value without spaces around it, empty when it is not given. Headers go first."""
    for name in names:
        header = from_octets(request.headers.get(name, "")).strip()
        if header and not (name == "priority" and _URGENCY.match(header)):
            return _words(header)
    return next((value.strip() for name in names if (value := request.args.get(name, ""))), "")


def switch(request: Request, names: Names) -> bool:
    """Whether it is given and on. Raises: BadRequest."""
    value = first(request, names).lower()
    if value and value not in _YES | _NO:
        raise BadRequest(f"{names[-1]} is 1 or 0.")
    return value in _YES


def is_off(text: str) -> bool:
    """Whether `text` is a way to say no."""
    return text.lower() in _NO


def _words(text: str) -> str:
    """RFC 2047: what some libraries make of a header that is not ASCII."""
    charsets = {charset.lower() for charset in _ENCODED_WORD.findall(text)}
    if not charsets or not charsets <= _CHARSETS:
        return text
    try:
        return str(make_header(decode_header(text))).strip()
    except (MessageError, LookupError, ValueError, AssertionError, TypeError):
        return text  # email.header asserts what it has not made itself
