"""The servers that tell a page of a saved file, measured beside each other: ours, vite, esbuild."""

import base64
import os
import socket
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import packages, processes
from bench.program import Program
from bench.servers import OURS

VITE, ESBUILD = "vite", "esbuild"
RIVALS = (VITE, ESBUILD)
SAVED = "style.css"
"""The file that is saved, in the folder that is served."""

PAGE = f'<!doctype html><link rel="stylesheet" href="/{SAVED}"><p>Hello'


@dataclass(frozen=True, slots=True)
class Telling:
    """A connection on which a server tells its page of changes. One `mark` is in each telling."""

    connection: socket.socket
    marks: tuple[bytes, ...]


def telling(name: str, folder: Path) -> AbstractContextManager[Telling]:
    """The server called `name` with `folder`, and a page that has loaded what it serves."""
    starts: dict[str, Callable[[Path], AbstractContextManager[Telling]]] = {
        OURS: _ours,
        VITE: _vite,
        ESBUILD: _esbuild,
    }
    return starts[name](folder)


def missing(name: str) -> str:
    """Why the server called `name` cannot be measured here, or nothing."""
    return packages.missing(name, "latency")


@contextmanager
def _ours(folder: Path) -> Iterator[Telling]:
    with (
        Program(folder) as program,
        _asked(program.port, "/stream?topic=change", b"event: hello") as stream,
    ):
        yield Telling(stream, (b"event: change",))


@contextmanager
def _vite(folder: Path) -> Iterator[Telling]:
    """It tells over a WebSocket, and only of files that a page has loaded."""
    port = processes.free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--strictPort"]
    with processes.started([*packages.vite(), str(folder), *options]):
        processes.wait_for_door(port)
        for path, accepted in [("", "text/html"), (SAVED, "text/css,*/*;q=0.1")]:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/{path}", headers={"Accept": accepted}
            )
            urllib.request.urlopen(request).close()
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: vite-hmr\r\nSec-WebSocket-Key: {key}\r\n"
        )
        with _asked(port, "/", b'"type":"connected"', head) as stream:
            yield Telling(stream, (b'"type":"update"', b'"type":"full-reload"'))


@contextmanager
def _esbuild(folder: Path) -> Iterator[Telling]:
    port = processes.free_port()
    options = [f"--outdir={folder}/built", f"--servedir={folder}", f"--serve=127.0.0.1:{port}"]
    command = [
        packages.esbuild(),
        str(folder / SAVED),
        *options,
        "--watch=forever",
        "--log-level=error",
    ]
    with processes.started(command):
        processes.wait_for_door(port)
        head = "Accept: text/event-stream\r\n"
        with _asked(port, "/esbuild", b"retry: ", head) as stream:
            yield Telling(stream, (b"event: change",))


@contextmanager
def _asked(port: int, path: str, greeting: bytes, head: str = "") -> Iterator[socket.socket]:
    """A connection that has sent a request and got `greeting`."""
    with socket.create_connection(("127.0.0.1", port), processes.GIVE_UP) as stream:
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{head}\r\n".encode())
        seen = b""
        while greeting not in seen:
            piece = stream.recv(65536)
            if not piece:
                raise RuntimeError(f"{path} of port {port} ended with {seen!r}")
            seen += piece
        yield stream
