"""The readers' ground: a running trayapp, a proxy that cuts, a page server, the npm packages."""

import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.conftest import need
from tests.interop.cutter import Cutter
from tests.interop.published import Publisher
from tests.interop.readers import FOLDER
from tests.streams import wait_for_scan
from tests.support import Running


@pytest.fixture
def trayapp(run_trayapp: Callable[..., Running]) -> Running:
    """The program, with nothing to watch but its demo."""
    return run_trayapp()


@pytest.fixture
def publisher(trayapp: Running) -> Iterator[Publisher]:
    with Publisher(trayapp.port) as made:
        yield made


@pytest.fixture
def cutter(trayapp: Running) -> Iterator[Cutter]:
    wait_for_scan(trayapp.port)
    made = Cutter(trayapp.port)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def packages() -> None:
    """The packages of package-lock.json; without them the test is skipped, or fails in CI."""
    need("node")
    if (FOLDER / "node_modules" / "eventsource").is_dir():
        return
    said = "tests/interop/node_modules is missing; scripts/test installs it with npm"
    if os.environ.get("CI") == "true":
        pytest.fail(said)
    pytest.skip(said)


class _Files(SimpleHTTPRequestHandler):
    """Modules may name each other without an ending, as bundlers allow."""

    def translate_path(self, path: str) -> str:
        found = super().translate_path(path)
        return found if "." in found.rpartition("/")[2] else f"{found}.js"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: a test says what it saw."""


@pytest.fixture
def site() -> Iterator[str]:
    """This folder on a server of its own: the origin of the pages. Its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=FOLDER))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
