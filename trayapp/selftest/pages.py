"""A server for the pages of one folder, as a developer has one, and what was asked of it."""

import socketserver
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

_IDLE_SECONDS = 1.0
"""A browser opens connections that it may need, and holds them; `stop` waits for all to end."""

_KINDS = {".html": "text/html; charset=utf-8", ".css": "text/css"}


class Pages:
    """Serves the files directly in `folder` on a free port of 127.0.0.1, from threads of its own.
    `asked` are the paths that were."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """The address of its index page; only while it serves."""
        port = self._server.server_address[1] if self._server else 0
        return f"http://127.0.0.1:{port}/"

    def start(self) -> None:
        """Raises: OSError."""
        server = _Server(("127.0.0.1", 0), self._handler())
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), name="trayapp-selftest-pages", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Idempotent."""
        server, self._server = self._server, None
        if server is not None and self._thread is not None:
            server.shutdown()
            self._thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pages = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _IDLE_SECONDS

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                pages.asked.append(path)
                pages.answer(self, path)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: `asked` has it."""

        return Handler

    def answer(self, handler: BaseHTTPRequestHandler, path: str) -> None:
        """Send the file that `path` names; only names that the folder lists."""
        name = path[1:] or "index.html"
        known = {file.name for file in self._folder.iterdir() if file.is_file()}
        if name not in known:
            handler.send_error(HTTPStatus.NOT_FOUND)
            return
        body = (self._folder / name).read_bytes()
        handler.send_response(HTTPStatus.OK)
        handler.send_header("Content-Type", _KINDS.get(Path(name).suffix, "text/plain"))
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Cache-Control", "no-cache")
        handler.end_headers()
        handler.wfile.write(body)


class _Server(socketserver.ThreadingTCPServer):
    """Joins its threads when it is closed."""

    daemon_threads = False
    block_on_close = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        threading.current_thread().name = "trayapp-selftest-page"
        super().process_request_thread(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a browser that is ended breaks its connections off."""
