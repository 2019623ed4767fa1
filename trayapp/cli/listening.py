"""The events of a stream, one after another, over as many connections as that takes."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from trayapp import instance
from trayapp.errors import TrayAppError, Unavailable
from trayapp.event import BUSY, BYE, HELLO
from trayapp.paths import Paths
from trayapp.sse import Decoder, Dispatched

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse
    from socket import socket

HEARTBEAT = 15.0
"""Seconds, until the stream says what it really is."""

FIRST_PAUSE, LAST_PAUSE = 0.1, 2.0
_PIECE = 65536


class Listening:
    """What is published from now on, or from `cursor` on when that is not empty. `parameters` are
    those of `GET /stream`. A connection that is lost, or silent for two heartbeats, is replaced by
    one that goes on behind the last event; `on_loss` is told once when that takes a while.

    Iterating raises TrayAppError when nobody serves at first, or when the request is refused.
    """

    def __init__(
        self,
        paths: Paths,
        parameters: Sequence[tuple[str, str]],
        cursor: str = "",
        on_loss: Callable[[TrayAppError], None] = lambda error: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._paths = paths
        self._target = "/stream" + (f"?{urlencode(parameters)}" if parameters else "")
        self._decoder = Decoder(cursor)
        self._on_loss = on_loss
        self._sleep = sleep
        self._silence = 2 * HEARTBEAT
        self._pause = FIRST_PAUSE
        self._socket: socket | None = None

    def __iter__(self) -> Iterator[Dispatched]:
        connection, response = self._open()
        while True:
            yield from self._read(connection, response)
            connection, response = self._reopen()

    def _reopen(self) -> "tuple[HTTPConnection, HTTPResponse]":
        told = False
        while True:
            self._sleep(self._pause)
            self._pause = min(2 * self._pause, LAST_PAUSE)
            try:
                return self._open()
            except Unavailable as error:
                if not told:
                    self._on_loss(error)
                told = True

    def _open(self) -> "tuple[HTTPConnection, HTTPResponse]":
        """Raises: Unavailable when nobody serves, or else TrayAppError."""
        self._decoder.reconnect()
        try:
            connection = instance.require(self._paths).connect(self._silence)
        except TrayAppError as error:
            raise Unavailable(error.message, error.hint) from error
        try:
            return connection, self._request(connection)
        except instance.failures() as error:
            connection.close()
            raise Unavailable("trayapp has stopped, or does not answer.") from error
        except BaseException:
            connection.close()
            raise

    def _request(self, connection: "HTTPConnection") -> "HTTPResponse":
        cursor = self._decoder.last_event_id
        connection.request("GET", self._target, headers={"Last-Event-ID": cursor} if cursor else {})
        self._socket = connection.sock  # http.client may let go of it with the response
        response = connection.getresponse()
        if response.status != HTTPStatus.OK:
            raise instance.refusal(response.status, json.loads(response.read(_PIECE)))
        return response

    def _read(self, connection: "HTTPConnection", response: "HTTPResponse") -> Iterator[Dispatched]:
        """The events of one connection, until it ends or is silent for too long."""
        try:
            while piece := self._piece(response):
                for event in self._decoder.feed(piece):
                    if event.type == HELLO:
                        self._greet(event.data)
                    elif event.type not in {BYE, BUSY}:
                        yield event
        finally:
            self._socket = None
            response.close()
            connection.close()

    def _piece(self, response: "HTTPResponse") -> bytes:
        try:
            return response.read1(_PIECE)
        except instance.failures():
            return b""

    def _greet(self, data: str) -> None:
        self._pause = FIRST_PAUSE
        self._silence = 2 * float(json.loads(data)["heartbeat"])
        if self._socket is not None:
            self._socket.settimeout(self._silence)
