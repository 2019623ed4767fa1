"""A web server that answers as it is told: pages, scripts and streams with any headers."""

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Played:
    """An answer. `stays`: the connection is kept open after the body, as a stream is."""

    body: str | bytes = ""
    headers: Headers = field(default_factory=dict)
    status: int = 200
    stays: bool = False


HTML = {"Content-Type": "text/html; charset=utf-8"}
SCRIPT = {"Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*"}
STREAM = {"Content-Type": "text/event-stream", "Access-Control-Allow-Origin": "*"}
HELLO = 'event: hello\ndata: {"server": "trayapp", "version": "1", "roots": []}\nid: e-1\n\n'


class Server:
    """Answers the path of a request with `answers[path]`, else with 404. `asked` holds method, path
    and headers of each request."""

    def __init__(self, host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Played] = {}
        self.asked: list[tuple[str, str, Headers]] = []
        self._over = threading.Event()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        kind = type("Listener", (ThreadingHTTPServer,), {"address_family": family})
        self._server: ThreadingHTTPServer = kind((host, 0), _handler(self._answer))
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.port = self._server.server_port
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if context else 'http'}://{shown}:{self.port}"

    def start(self) -> "Server":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def page(self, text: str, *, path: str = "/", **headers: str) -> str:
        """Answer `path` with HTML; its address. Underscores in names of headers are hyphens."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = Played(f"<!doctype html>{text}", HTML | given)
        return self.url + path

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0]
        self.asked.append((request.command, request.path, dict(request.headers.items())))
        answer = self.answers.get(path, Played("nothing", {"Content-Type": "text/plain"}, 404))
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        request.send_response(answer.status)
        for name, value in answer.headers.items():
            request.send_header(name, value)
        if not answer.stays:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
        request.wfile.flush()
        if answer.stays:
            request.close_connection = True
            self._over.wait()


def _handler(answer: Callable[[BaseHTTPRequestHandler], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def do_HEAD(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: a test says what it saw."""

    return Handler
