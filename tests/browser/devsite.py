"""A site on a server of its own, as a developer has one while trayapp watches the folder."""

import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar


class SiteHandler(SimpleHTTPRequestHandler):
    """Serves files as plain servers do: with Last-Modified, so browsers may guess and cache.

    `times` are in seconds: `swap` before the answer to what a page swaps, `cache` for which an
    answer may be used again. Never answers 304: that compares whole seconds, and tests save more
    often.
    """

    times: ClassVar[dict[str, float]] = {}

    def do_GET(self) -> None:
        if "trayapp=" in self.path:
            time.sleep(self.times.get("swap", 0.0))
        del self.headers["If-Modified-Since"]
        super().do_GET()

    def send_header(self, keyword: str, value: str) -> None:
        """No length: tests save while a page fetches, and a file that is cut meanwhile would be a
        complaint of the browser's."""
        if keyword != "Content-Length":
            super().send_header(keyword, value)

    def end_headers(self) -> None:
        if "cache" in self.times:
            self.send_header("Cache-Control", f"max-age={self.times['cache']:.0f}")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: a test says what it saw."""


class Site:
    """A folder and the server that shows it."""

    def __init__(self, folder: Path, handler: type[SiteHandler] = SiteHandler) -> None:
        self.folder = folder
        self._times: dict[str, float] = {}
        own = type("Handler", (handler,), {"times": self._times})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(own, directory=folder))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def delay_swaps(self, seconds: float) -> None:
        """Answer requests for what a page swaps only after a while."""
        self._times["swap"] = seconds

    def let_browsers_cache(self, seconds: float) -> None:
        """Allow browsers to use what they have without asking."""
        self._times["cache"] = seconds

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def write_page(
        self, server: str, *, name: str = "index.html", body: str = "", options: str = ""
    ) -> str:
        """A page with a style sheet, `body` and the script tag of `server`; its URL."""
        tag = f'<script src="{server}/client.js" {options}></script>'
        sheet = '<link rel="stylesheet" href="css/style.css">'
        icon = '<link rel="icon" href="data:,">'
        self.write(name, f'<!doctype html><meta charset="utf-8">{icon}{sheet}{body}{tag}')
        return f"{self.url}/{name}"
