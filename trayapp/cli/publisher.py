"""Publishing from a command: one connection that is kept, and found anew when it is lost."""

import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import click

from trayapp import instance
from trayapp.errors import TrayAppError, Unavailable
from trayapp.event import NOTIFY, RESERVED_TOPICS, TOPIC
from trayapp.paths import Paths

if TYPE_CHECKING:
    from http.client import HTTPConnection

HEADERS = {"Content-Type": "text/plain", **instance.KEEP}

_PAUSE = 0.2
_REQUESTS_PER_TRY = 2
"""A connection that was kept may have been closed meanwhile: then a fresh one is tried at once."""


def check_topic(topic: str) -> None:
    """Raises: TrayAppError when nobody can publish under `topic`."""
    if topic in RESERVED_TOPICS:
        raise TrayAppError(f"The topic {topic} is reserved.", "Choose another word, such as: build")
    if not TOPIC.match(topic):
        raise TrayAppError(
            f"{topic!r} is no topic.", "A topic is 1 to 64 letters, digits, - or _, such as: build"
        )


def check_type(topic: str, fields: Mapping[str, str]) -> None:
    """Raises: click.UsageError when what has a type of its own would be a notification, by its
    topic or its `fields`: that has one already."""
    if fields:
        names = ", ".join(f"--{name}" for name in fields)
        raise click.UsageError(f"--type cannot go with {names}, which make a notification of it.")
    if topic == NOTIFY:
        raise click.UsageError("--type needs --topic: what goes to notify is a notification.")


class Publisher:
    """Publishes to the trayapp that serves now. Not safe from several threads.

    `patience` is how many seconds an event is offered again while nobody serves, or while what is
    published cannot be kept; `on_wait` is then told once why. An answer may take `seconds`.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        patience: float = 0.0,
        seconds: float = 10.0,
        on_wait: Callable[[TrayAppError], None] = lambda error: None,
    ) -> None:
        self._paths = paths
        self._patience = patience
        self._seconds = seconds
        self._on_wait = on_wait
        self._connection: HTTPConnection | None = None

    def connect(self) -> None:
        """Find it now, not with the first event. Raises: TrayAppError when nobody serves."""
        if self._connection is None:
            self._connection = self._open()

    def publish(self, topic: str, text: str, query: Mapping[str, str] | None = None) -> str:
        """The id of `text` published under `topic`. `query` holds the type and the fields of a
        notification, by their names in the HTTP contract. When trayapp ends while it answers, the
        event may be there twice.

        Raises: TrayAppError when it was refused, or not accepted in time.
        """
        return self._publish(_target(topic, query or {}), text.encode("utf-8", "replace"))

    def publish_lines(self, topic: str, lines: Sequence[str], query: Mapping[str, str]) -> str:
        """As `publish`: each of `lines`, which hold no line end, is an event; all are published or
        none. The id of the last one."""
        target = _target(topic, {**query, "lines": "1"})
        return self._publish(target, "\n".join(lines).encode("utf-8", "replace"))

    def close(self) -> None:
        """Close the connection. Idempotent; a later publish opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _publish(self, path: str, body: bytes) -> str:
        deadline, waiting = time.monotonic() + self._patience, False
        while True:
            try:
                return self._offer(path, body)
            except Unavailable as error:
                if time.monotonic() >= deadline:
                    raise
                if not waiting:
                    self._on_wait(error)
            waiting = True
            time.sleep(_PAUSE)

    def _offer(self, path: str, body: bytes) -> str:
        """Raises: Unavailable when it may be accepted later, or else TrayAppError."""
        for _ in range(_REQUESTS_PER_TRY):
            kept = self._connection
            connection = self._connection = kept or self._open()
            try:
                connection.request("POST", path, body, HEADERS)
                status, answer = instance.answer_of(connection)
            except instance.failures() as error:
                self.close()
                if kept is None or isinstance(error, TimeoutError):
                    raise _gone() from error
                continue
            if status != HTTPStatus.OK:
                raise instance.refusal(status, answer)
            return str(answer.get("id", ""))
        raise _gone()

    def _open(self) -> "HTTPConnection":
        try:
            return instance.require(self._paths).connect(self._seconds)
        except TrayAppError as error:
            raise Unavailable(error.message, error.hint) from error


def _target(topic: str, query: Mapping[str, str]) -> str:
    """In the query, not in headers: those carry no text beyond Latin-1. Bytes of an argument that
    are no UTF-8 become `?`, as in the text."""
    return f"/{topic}?{urlencode(query, errors='replace')}" if query else f"/{topic}"


def _gone() -> Unavailable:
    return Unavailable("trayapp has stopped, or does not answer.", "Start it: trayapp run")
