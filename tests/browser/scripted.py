"""A server that plays streams from a script: the moments that the real one shows too rarely."""

import itertools
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from trayapp.web import client

Stream = list[str] | int
"""The frames of one stream, or the status that refuses it. A stream stays open after its last
frame unless that is `END`."""

END = ""


NUMBERS = itertools.count(1)


def frame(type_: str, data: object = None) -> str:
    return f"event: {type_}\ndata: {json.dumps(data or {})}\nid: e-{next(NUMBERS)}\n\n"


def enveloped(topic: str, data: object, after: float = 60.0) -> str:
    """Published in so many seconds; later than any page of the test was asked for, it is news."""
    envelope = {"topic": topic, "time": time.time() + after, "data": json.dumps(data)}
    return frame(topic, envelope)


def hello(
    *,
    paused: bool = False,
    within: dict[str, list[str]] | None = None,
    ahead: float = 0.0,
    **fingerprints: str,
) -> str:
    """`within` says of a root which ones it lies in; `ahead` is how much this server's clock is, in
    seconds."""
    roots = [
        {"root": root, "fingerprint": value}
        | ({"within": within[root]} if within and root in within else {})
        for root, value in fingerprints.items()
    ]
    return frame("hello", {"paused": paused, "roots": roots, "time": time.time() + ahead})


def change(
    action: str,
    path: str,
    fingerprint: str,
    root: str = "site",
    within: tuple[str, ...] = (),
    after: float = 60.0,
) -> str:
    paths = [{"path": path, "change": "modified"}] if path else []
    lies = {"within": list(within)} if within else {}
    data = {"root": root, "action": action, "paths": paths, "more": 0, "cause": path, **lies}
    times = {"fingerprint": fingerprint, "time": time.time() + after}
    return enveloped("change", times | data, after)


def notify(message: str, after: float = 60.0) -> str:
    return enveloped("notify", {"message": message}, after)


class ScriptedServer:
    """Serves client.js, and as its nth stream the nth of `streams`; the last one again and again.

    `asked` holds the address and the monotonic time of each request for a stream.
    """

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self.asked: list[tuple[str, float]] = []
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._play))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _play(self, request: BaseHTTPRequestHandler) -> None:
        stream = self.streams[min(len(self.asked), len(self.streams) - 1)]
        self.asked.append((request.path, time.monotonic()))
        if isinstance(stream, int):
            request.send_error(stream)
            return
        _head(request, "text/event-stream")
        request.wfile.write("".join(stream).encode())
        request.wfile.flush()
        if stream[-1] != END:
            self._over.wait()


def _head(request: BaseHTTPRequestHandler, content_type: str) -> None:
    request.send_response(200)
    request.send_header("Content-Type", content_type)
    request.send_header("Access-Control-Allow-Origin", "*")
    request.end_headers()


def _script(path: str) -> str:
    """The page script, or the module of it that `path` names."""
    name = path.partition("?")[0].removeprefix("/client/").removesuffix(".js")
    return client.module(name) if name in client.EXTRAS else client.script()


def _handler(play: Callable[[BaseHTTPRequestHandler], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/stream"):
                play(self)
            else:
                _head(self, "text/javascript")
                self.wfile.write(_script(self.path).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: a test says what it saw."""

    return Handler
