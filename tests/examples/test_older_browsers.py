"""The page for browsers without EventSource, in one that has been robbed of it."""

import shutil
import threading
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.examples.conftest import FOLDER
from tests.interop.conftest import packages  # noqa: F401 - a fixture
from tests.interop.readers import FOLDER as INTEROP

POLYFILL = INTEROP / "node_modules" / "event-source-polyfill" / "src" / "eventsource.js"


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Quiet: a test says what it saw."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[str]:
    """Another server of this computer, which has the page and the polyfill; its base URL."""
    folder = tmp_path / "site"
    folder.mkdir()
    shutil.copy(FOLDER / "older-browsers.html", folder)
    shutil.copy(POLYFILL, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=folder))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.browser
@pytest.mark.usefixtures("packages")
def test_a_browser_without_event_source_reads_the_stream(
    serve: Callable[[str], str], page: Page, place: str
) -> None:
    url = serve("chat.py")
    page.add_init_script("delete window.EventSource; delete window.fetch;")
    with page.expect_response(lambda answer: "/stream" in answer.url, timeout=10_000):
        page.goto(f"{place}/older-browsers.html?{url}")
    urllib.request.urlopen(f"{url}/news", data=b"it <works>", timeout=5).close()
    expect(page.locator("#list li")).to_have_text("it <works>")
