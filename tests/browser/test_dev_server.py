"""The page's own server is away, fails or is slow: the page waits for it and then loads once."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devsite import SiteHandler
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import settled
from tests.support import Running, wait_for

Run = Callable[..., Running]
Control = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.browser


class DevHandler(SiteHandler):
    """Makes its page of `title`; or answers with `status`, after `delay` seconds."""

    status = 200
    delay = 0.0
    title = "old"
    script = ""
    pages = 0

    def do_GET(self) -> None:
        made = type(self)
        if self.path != "/":
            self.send_error(404)
            return
        made.pages += 1
        time.sleep(made.delay)
        body = f'<!doctype html><link rel="icon" href="data:,"><h1>{made.title}</h1>{made.script}'
        self.send_response(made.status)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write((body if made.status == 200 else "Traceback").encode())


class DevServer:
    """A server that developers start anew with each save of their program."""

    def __init__(self, folder: Path) -> None:
        self.made: Any = type("Handler", (DevHandler,), {})
        self._folder = folder
        self._port = 0
        self.up()
        self.url = f"http://127.0.0.1:{self._port}/"

    def up(self) -> None:
        handler = partial(self.made, directory=self._folder)
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), handler)
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def down(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[DevServer]:
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "app.py").write_text("1")
    server = DevServer(folder)
    yield server
    server.down()


class Edited:
    """A page of the server, and the program it is made by."""

    def __init__(self, page: Page, running: Running, control: Control, file: Path) -> None:
        self.page = page
        self.watch = PageWatch(page)
        self.went: list[str] = []
        self._file = file
        self._running = running
        self._control = control
        page.on("framenavigated", lambda frame: self.went.append(frame.url))

    def save(self) -> None:
        text = str(time.monotonic())
        name = self._file.name
        settled(lambda: self._file.write_text(text), name, self._running, self._control)

    def shows(self, title: str, loads: int = 2) -> None:
        expect(self.page.locator("h1")).to_have_text(title, timeout=10_000)
        self.watch.connected()
        self.page.wait_for_timeout(300)  # for a load too many
        assert self.watch.loads == loads
        assert set(self.went) == {self.page.url}
        assert self.watch.errors == []


@pytest.fixture
def edited(
    run_trayapp: Run, dev: DevServer, page: Page, control: Control, tmp_path: Path
) -> Edited:
    running = run_trayapp(tmp_path / "program")
    dev.made.script = f'<script src="{running.url}/client.js"></script>'
    one = Edited(page, running, control, tmp_path / "program" / "app.py")
    one.save()
    one.watch.open(dev.url)
    return one


def test_a_page_waits_for_its_server_and_loads_once(edited: Edited, dev: DevServer) -> None:
    dev.down()
    edited.save()
    edited.page.wait_for_timeout(1000)  # the server starts anew
    assert edited.watch.kept
    dev.made.title = "new"
    dev.up()
    back = time.monotonic()

    expect(edited.page.locator("h1")).to_have_text("new")

    assert time.monotonic() - back < 2.0
    edited.shows("new")


def test_a_server_that_fails_for_a_while_is_waited_for(edited: Edited, dev: DevServer) -> None:
    dev.made.status = 500
    edited.save()
    before = dev.made.pages
    wait_for(lambda: edited.page.evaluate("1") and dev.made.pages > before + 1)
    assert edited.watch.kept
    expect(edited.page.locator("h1")).to_have_text("old")
    dev.made.title, dev.made.status = "new", 200

    edited.shows("new")


def test_a_slow_server_is_loaded_once(edited: Edited, dev: DevServer) -> None:
    dev.made.title, dev.made.delay = "new", 1.0
    edited.save()

    edited.shows("new")


def test_saves_while_the_server_is_away_are_one_load(edited: Edited, dev: DevServer) -> None:
    dev.down()
    for _ in range(3):
        edited.save()
    dev.made.title = "new"
    dev.up()

    edited.shows("new")
