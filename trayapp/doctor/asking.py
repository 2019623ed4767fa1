"""Asking as a browser does: a page and where it redirects to, and the beginning of a stream."""

import json
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any

from trayapp.doctor.address import joined
from trayapp.doctor.exchange import Exchange, told
from trayapp.errors import TrayAppError
from trayapp.sse import MEDIA_TYPE, Decoder

PAGE_SECONDS = 10.0
HELLO_SECONDS = 2.0
MAX_BODY = 5_000_000
MAX_HOPS = 10

MAX_HELLO = 1_000_000
"""Bytes of a stream within which its first event must be whole."""

AT_ONCE = 64 * 1024

_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came from `url`, the last of the addresses that were asked. `hops` are those it was
    redirected to. `body` is as its server stores it, cut at MAX_BODY. `peer` is the address of the
    computer that sent it."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    hops: tuple[str, ...] = ()
    peer: str = ""

    def header(self, name: str) -> str:
        """Its value, empty without one; several joined by commas, as browsers read them."""
        return ", ".join(self.all(name))

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def media_type(self) -> str:
        return self.header("Content-Type").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a stream said within HELLO_SECONDS. `answer` is its head, None when not even that came;
    with the whole body when it is no stream. `hello` is the data of its first event, None when none
    came; `seconds` is when."""

    answer: Answer | None
    hello: Mapping[str, Any] | None
    seconds: float


def fetch(url: str, headers: Mapping[str, str] | None = None) -> Answer:
    """What GET `url` answers, redirects followed. Raises: TrayAppError."""
    deadline = time.monotonic() + PAGE_SECONDS
    hops: list[str] = []
    while True:
        answer = _once(hops[-1] if hops else url, headers or {}, deadline)
        target = answer.header("Location")
        if answer.status not in _REDIRECTS or not target:
            return replace(answer, hops=tuple(hops))
        following = joined(answer.url, target)
        if following in (url, *hops) or len(hops) == MAX_HOPS:
            raise TrayAppError(
                f"The redirects from {url} do not end: {following} comes again.",
                "Open it in a private window: a browser shows the same. Cookies are not sent here.",
            )
        hops.append(following)


def _once(url: str, headers: Mapping[str, str], deadline: float) -> Answer:
    with Exchange(url, {"Accept-Encoding": "identity", **headers}, deadline) as exchange:
        with told(url, PAGE_SECONDS):
            response = exchange.response()
            raw = b"".join(exchange.pieces(response, MAX_BODY))
        head = Answer(url, response.status, tuple(response.getheaders()))
        body = _unpacked(raw, head.header("Content-Encoding"), url)
        return replace(head, body=body, peer=exchange.peer)


def listen(url: str, headers: Mapping[str, str]) -> Heard:
    """Open the stream at `url` as a browser would, and leave it after its first event. Browsers
    get padding with it, which would push it through buffers that hold later events back: so this
    one does not call itself one.

    Raises: TrayAppError when nothing can be connected to.
    """
    started = time.monotonic()
    asked = {"Accept": MEDIA_TYPE, "Accept-Encoding": "gzip, deflate", "User-Agent": "trayapp"}
    answer: Answer | None = None
    with Exchange(url, {**asked, **headers}, started + HELLO_SECONDS) as exchange:
        try:
            with told(url, HELLO_SECONDS):
                exchange.connect()
            response = exchange.response()
            answer = Answer(url, response.status, tuple(response.getheaders()))
            if response.status != 200 or answer.media_type != MEDIA_TYPE:
                body = b"".join(exchange.pieces(response, MAX_BODY))
                return Heard(replace(answer, body=body), None, 0.0)
            hello = _first(exchange.pieces(response, MAX_BODY), answer)
        except (OSError, HTTPException, zlib.error):  # it says no more, which is what is asked
            hello = None
    return Heard(answer, hello, time.monotonic() - started)


def _first(pieces: Iterator[bytes], answer: Answer) -> Mapping[str, Any] | None:
    """The data of the hello in `pieces`."""
    packed = answer.header("Content-Encoding").lower() in {"gzip", "deflate"}
    decoder, left = Decoder(), MAX_HELLO
    for piece in _expanded(pieces) if packed else pieces:
        for event in decoder.feed(piece):
            return _object(event.data)
        left -= len(piece)
        if left <= 0:
            return None
    return None


def _expanded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """`pieces` decompressed, a little at a time: 64 KiB may hold 64 MiB. Raises: zlib.error."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    for piece in pieces:
        waiting = piece
        while waiting:
            yield unpacker.decompress(waiting, AT_ONCE)
            waiting = unpacker.unconsumed_tail


def _object(text: str | bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def refusal(answer: Answer) -> tuple[str, str]:
    """The error and the hint in an answer of trayapp; empty when it is none of trayapp's."""
    data = _object(answer.body)
    return str(data.get("error") or ""), str(data.get("hint") or "")


def _unpacked(raw: bytes, encoding: str, url: str) -> bytes:
    """`raw` without the compression that a server may use though it was not asked to."""
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return raw
    if encoding in {"gzip", "x-gzip", "deflate"}:
        try:
            return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(raw, MAX_BODY)
        except zlib.error:
            pass
    raise TrayAppError(
        f"{url} is compressed ({encoding}) though it was asked for as it is.",
        "Have its server heed Accept-Encoding, or switch its compression off for this check.",
    )
