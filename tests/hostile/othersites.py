"""Sites that are not trayapp, on this computer: what pages of theirs may do is what is tested.

One server, under every name that leads to it, by http, and by https with a certificate that nobody
has signed.
"""

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET6
from urllib.parse import parse_qs, urlsplit

from tests.conftest import need

PAGE = b'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>site</title>'
QUIET = b'<meta name="referrer" content="no-referrer">'


@dataclass
class OtherSites:
    """`plain`, `six` and `secure` are ports: of http on all IPv4 addresses, of http on ::1, of
    https. `seen` holds the path and the Referer of each request."""

    plain: int
    six: int
    secure: int
    seen: list[tuple[str, str]] = field(default_factory=list)


def _here(make: "Make") -> "list[_Server]":
    return make()


@contextmanager
def other_sites(
    folder: Path, enter: "Callable[[Make], list[_Server]]" = _here
) -> Iterator[OtherSites]:
    """Serve until the end of the block. The certificate is made in `folder`, the sockets where
    `enter` calls what makes them."""
    seen: list[tuple[str, str]] = []
    handler = type("Handler", (_Handler,), {"seen": seen})
    nobody = ("", 0)
    servers = enter(
        lambda: [
            _Server(nobody, handler),
            _SixServer(("::1", 0), handler),
            _Server(nobody, handler),
        ]
    )
    servers[2].socket = _certified(folder).wrap_socket(servers[2].socket, server_side=True)
    threads = [threading.Thread(target=each.serve_forever, args=(0.05,)) for each in servers]
    for thread in threads:
        thread.start()
    try:
        plain, six, secure = (each.server_port for each in servers)
        yield OtherSites(plain, six, secure, seen)
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that ends a connection is no error."""


Make = Callable[[], list[_Server]]


class _SixServer(_Server):
    address_family = AF_INET6


class _Handler(BaseHTTPRequestHandler):
    """`/page` and `/quiet` are empty pages, `/redirect?to=…` and `/again?to=…` lead on (302, and
    307, which keeps method and body)."""

    seen: list[tuple[str, str]]
    timeout = 1  # WebKit connects ahead to 0.0.0.0, and asks nothing then

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers.get("Referer", "")))
        split = urlsplit(self.path)
        if target := parse_qs(split.query).get("to"):
            self.send_response(307 if split.path == "/again" else 302)
            self.send_header("Location", target[0])
            self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin", "*"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = PAGE + QUIET if split.path == "/quiet" else PAGE
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: a test says what it saw."""


def _certified(folder: Path) -> ssl.SSLContext:
    need("openssl")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True, timeout=20)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
