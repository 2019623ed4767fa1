"""ntfy's message as JSON, topic and all (docs.ntfy.sh/publish, "Publish as JSON")."""

from typing import Any

from trayapp.errors import TrayAppError
from trayapp.web import unsupported
from trayapp.web.body import check_text
from trayapp.web.notification import Wishes

DEFAULT = "triggered"
"""The text of a message without one, as ntfy has it."""

_EXAMPLE = 'For example: {"topic": "alerts", "message": "disk full", "priority": 4}'
_TEXTS = ("topic", "message", "title", "click", "icon")
_HARMLESS = frozenset({"cache", "firebase"})


def read(value: Any) -> tuple[str, str, Wishes]:
    """Topic, text and wishes of the message that this JSON value is.

    Raises: TrayAppError naming the member that cannot be used, BadRequest.
    """
    if not isinstance(value, dict):
        raise TrayAppError("The message is no JSON object.", _EXAMPLE)
    given = {name: each for name, each in value.items() if each is not None}
    for name, each in given.items():
        _check_member(name, each)
    if not given.get("topic"):
        raise TrayAppError("The message has no topic.", _EXAMPLE)
    wishes = Wishes(
        title=given.get("title", ""),
        priority=_priority(given.get("priority", 0)),
        tags=_tags(given.get("tags", [])),
        click=given.get("click", ""),
        icon=given.get("icon", ""),
    )
    return given["topic"], given.get("message") or DEFAULT, wishes


def _check_member(name: str, value: object) -> None:
    unsupported.check_value(name.replace("_", "-"), value)
    if name in _TEXTS:
        if not isinstance(value, str):
            raise TrayAppError(f"The member {name} must be text.", _EXAMPLE)
        check_text(value)
    elif name not in unsupported.NAMES | _HARMLESS | {"priority", "tags", "sequence_id"}:
        raise TrayAppError(f"The member {name[:40]!r} is unknown.", _EXAMPLE)


def _priority(value: object) -> str:
    """0 is none, as in Go."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TrayAppError("The member priority is a number from 1 to 5.", _EXAMPLE)
    check_text(value)
    return str(value) if value else ""


def _tags(value: object) -> str:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TrayAppError('The member tags is a list of texts: "tags": ["warning"]', _EXAMPLE)
    for each in value:
        check_text(each)
    return ",".join(value)
