"""The programs that show a page and keep it fresh, measured beside each other: ours, servor, vite,
livereload."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import packages, processes
from bench.devservers import VITE
from bench.program import Program
from bench.servers import OURS

SERVOR, LIVERELOAD = "servor", "livereload"
RIVALS = (SERVOR, VITE, LIVERELOAD)


@dataclass(frozen=True, slots=True)
class Showing:
    """Where the folder is shown, and the tag that its pages have to carry, if any."""

    url: str
    tag: str = ""


def showing(name: str, folder: Path) -> AbstractContextManager[Showing]:
    """The program called `name` with `folder`; its pages can be loaded."""
    starts: dict[str, Callable[[Path], AbstractContextManager[Showing]]] = {
        OURS: _ours,
        SERVOR: _servor,
        VITE: _vite,
        LIVERELOAD: _livereload,
    }
    return starts[name](folder)


def missing(name: str) -> str:
    """Why the program called `name` cannot be measured here, or nothing."""
    return packages.missing(name, "pages")


@contextmanager
def _ours(folder: Path) -> Iterator[Showing]:
    with Program(folder) as program, _plain(folder) as url:
        yield Showing(url, _tag(program.port, "client.js"))


@contextmanager
def _servor(folder: Path) -> Iterator[Showing]:
    """It serves the folder itself, and puts its script into what it serves."""
    port = processes.free_port()
    command = [*packages.servor(), str(folder), "index.html", str(port), "--reload", "--silent"]
    with processes.started(command):
        processes.wait_for_door(port)
        yield Showing(f"http://127.0.0.1:{port}/")


@contextmanager
def _vite(folder: Path) -> Iterator[Showing]:
    """As servor does."""
    port = processes.free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--strictPort"]
    with processes.started([*packages.vite(), str(folder), *options]):
        processes.wait_for_door(port)
        yield Showing(f"http://127.0.0.1:{port}/")


@contextmanager
def _livereload(folder: Path) -> Iterator[Showing]:
    port = processes.free_port()
    command = [*packages.livereload(), str(folder), "--port", str(port)]
    with processes.started(command), _plain(folder) as url:
        processes.wait_for_door(port)
        yield Showing(url, _tag(port, "livereload.js"))


@contextmanager
def _plain(folder: Path) -> Iterator[str]:
    """A server of a developer's own, in its own process."""
    with processes.started([sys.executable, "-m", "bench.plainsite", str(folder)]) as process:
        yield f"http://127.0.0.1:{processes.line(process)}/"


def _tag(port: int, script: str) -> str:
    return f'<script src="http://127.0.0.1:{port}/{script}"></script>'
