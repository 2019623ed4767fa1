"""What ntfy can do with a message and we do not (docs.ntfy.sh/publish, "List of all parameters").

Whoever asks for it is refused and told what to do instead: a reminder that nobody delays, or an
e-mail that nobody sends, would be missed.
"""

from collections.abc import Set
from dataclasses import dataclass

from flask import Request

from trayapp.errors import TrayAppError
from trayapp.web.parameters import Names, first, is_off


@dataclass(frozen=True, slots=True)
class Feature:
    """Something nobody gets here, the `names` it is asked for by, and what there is `instead`. A
    `switch` may be off."""

    title: str
    names: Names
    instead: str
    switch: bool = False


ATTACHMENTS = Feature(
    "Attachments",
    ("x-attach", "attach", "a", "x-filename", "filename", "file", "f"),
    "Put the file where a browser finds it, and its address into Click.",
)
MARKDOWN = Feature("Markdown", ("x-markdown", "markdown", "md"), "Send plain text.", switch=True)
FEATURES = (
    ATTACHMENTS,
    MARKDOWN,
    Feature(
        "Delayed messages",
        ("x-delay", "delay", "x-at", "at", "x-in", "in"),
        "Send it when it is due: with cron, at, or sleep 600; curl …",
    ),
    Feature(
        "E-mails",
        ("x-email", "x-e-mail", "email", "e-mail", "mail", "e"),
        "Read the topic with a program that sends e-mails.",
    ),
    Feature("Phone calls", ("x-call", "call"), "Set Priority to 5.", switch=True),
    Feature("Action buttons", ("x-actions", "actions", "action"), "Put one address into Click."),
    Feature(
        "Templates",
        ("x-template", "template", "tpl"),
        "Build the text before you send it.",
        switch=True,
    ),
    Feature(
        "UnifiedPush",
        ("x-unifiedpush", "unifiedpush", "up"),
        "Messages are text here, in UTF-8.",
        switch=True,
    ),
    Feature("Encodings", ("x-encoding", "encoding"), "Messages are text here, in UTF-8."),
    Feature(
        "Updates of a message",
        ("x-sequence-id", "sequence-id", "sid"),
        "Send another message.",
    ),
    Feature("Poll requests", ("x-poll-id", "poll-id"), "Read the topic with ?poll=1."),
)

_CACHE: Names = ("x-cache", "cache")
_KNOWN = {name: feature for feature in FEATURES for name in feature.names}

NAMES = frozenset(_KNOWN)
"""Every name of every feature."""

_ASKED = NAMES.union(_CACHE)


def check(request: Request, given: Set[str]) -> None:
    """The headers and the query of `request`, whose names are `given`. Raises: TrayAppError."""
    if not _ASKED.isdisjoint(given):
        for feature in FEATURES:
            check_value(feature.names[0], first(request, feature.names))
        check_value(_CACHE[0], first(request, _CACHE))
    if request.mimetype == "text/markdown":
        raise refusal(MARKDOWN)
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise TrayAppError("A compressed or encrypted body is not read.", "Send the text as it is.")


def check_value(name: str, value: object) -> None:
    """One parameter, or one member of a JSON message. Raises: TrayAppError.

    `Firebase` is nothing to refuse: no message ever goes there.
    """
    off = value is False or (isinstance(value, str) and is_off(value))
    if name in _CACHE and off:
        raise TrayAppError(
            "A message that is not kept cannot be sent: every event is written to the log.",
            "Leave Cache out. What is published is kept for a week at most.",
        )
    feature = _KNOWN.get(name)
    if feature is not None and value and not (feature.switch and off):
        raise refusal(feature)


def refusal(feature: Feature) -> TrayAppError:
    """For who asks for `feature`."""
    return TrayAppError(f"{feature.title}: trayapp cannot do that.", feature.instead)
