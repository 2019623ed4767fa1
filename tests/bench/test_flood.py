"""Publishing to pages counts only what came: each event, once, in its frame and in order."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.flood import flood
from bench.servers import Serving
from tests.conftest import need

Framing = Callable[[list[str]], list[str]]
"""From the lines of a request to the data of its frames."""


def _truly(lines: list[str]) -> list[str]:
    return lines


def _joined(lines: list[str]) -> list[str]:
    return ["\ndata: ".join(lines)]


def _backwards(lines: list[str]) -> list[str]:
    return lines[::-1]


def _twice(lines: list[str]) -> list[str]:
    return [*lines, lines[-1]]


def _not_all(lines: list[str]) -> list[str]:
    return [*lines[:1], *lines[2:]]


@contextmanager
def _server(frames: Framing) -> Iterator[int]:
    """A server with one page; what it is sent goes there as `frames` says. Its port."""
    texts: queue.SimpleQueue[str] = queue.SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            while text := texts.get():
                try:
                    self.wfile.write(f"data: {text}\n\n".encode())
                except ConnectionError:
                    return

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            for text in frames(body.split("\n")):
                texts.put(text)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # server_close waits for them
    thread = threading.Thread(target=server.serve_forever, args=[0.02], name="trayapp-test-server")
    thread.start()
    try:
        yield server.server_port
    finally:
        texts.put("")
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("batch", [1, 3])
def test_events_are_counted_one_or_many_a_request(tmp_path: Path, batch: int) -> None:
    need("cc")
    with _server(_truly) as port:
        done = flood(tmp_path, [Serving([], port)], pages=1, seconds=0.1, batch=batch)
    assert done.events >= batch
    assert done.events % batch == 0
    assert done.delivered > 0


@pytest.mark.parametrize(
    ("frames", "complaint"),
    [
        (_joined, "two events in one frame"),
        (_backwards, "not each event once and in order"),
        (_twice, "not each event once and in order"),
        (_not_all, "not each event once and in order"),
    ],
)
def test_what_came_wrongly_ends_the_measurement(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], frames: Framing, complaint: str
) -> None:
    need("cc")
    with _server(frames) as port, pytest.raises(RuntimeError, match="said nothing"):
        flood(tmp_path, [Serving([], port)], pages=1, seconds=0.1, batch=3)
    assert complaint in capfd.readouterr().err
