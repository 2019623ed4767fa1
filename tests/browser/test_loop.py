"""A page whose server writes into the watched folder each time the page is loaded."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, ClassVar

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import settling
from tests.browser.devsite import Site, SiteHandler
from tests.browser.pagewatch import PageWatch
from tests.support import Running

Run = Callable[..., Running]
Control = Callable[..., dict[str, Any]]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

VISIT = """<p>Hello<script>
  document.addEventListener("trayapp:stream", () => fetch("/visit"), { once: true });
</script>"""
"""A page that asks its server for something once it is there, as most do."""


class LoggingHandler(SiteHandler):
    """Logs in the folder that it serves: visits in a file that is closed each time, pages in those
    that stay open, and in counters that are written anew."""

    opened: ClassVar[list[IO[str]]] = []
    counters: ClassVar[list[Path]] = []

    def do_GET(self) -> None:
        if self.path == "/visit":
            with Path(self.directory, "visits.log").open("a") as visits:
                visits.write(f"{time.time()}\n")
            self.send_response(204)
            self.end_headers()
            return
        if self.path.endswith(".html"):
            for log in self.opened:
                log.write(f"{self.path}\n")
                log.flush()
            for counter in self.counters:
                counter.write_text(f"{time.time()}")
        super().do_GET()


@pytest.fixture
def keep_open(site: Site) -> Iterator[Callable[[], None]]:
    """Have the server log each page in a file that it keeps open."""

    def open_log() -> None:
        LoggingHandler.opened.append((site.folder / "access.log").open("a"))

    yield open_log
    for log in LoggingHandler.opened:
        log.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    LoggingHandler.opened.clear()
    LoggingHandler.counters.clear()
    folder = tmp_path / "site"
    folder.mkdir()
    shown = Site(folder, LoggingHandler)
    shown.write("css/style.css", "p { color: rgb(1, 1, 1) }")
    shown.start()
    yield shown
    shown.stop()


def paused_files(control: Control, running: Running) -> list[str]:
    return [loop["path"] for loop in control(running, "state")["loops"]]


def settled(watch: PageWatch, seconds: float = 2.0) -> int:
    """How often it has loaded, once it has not for a while."""
    loads, since = watch.loads, time.monotonic()
    while time.monotonic() < since + seconds:
        watch.page.wait_for_timeout(50)
        if watch.loads != loads:
            loads, since = watch.loads, time.monotonic()
    return loads


def test_a_page_that_makes_its_server_write_stops_reloading(
    run_trayapp: Run, site: Site, page: Page, control: Control
) -> None:
    running = run_trayapp(site.folder)
    watch = PageWatch(page)

    page.goto(site.write_page(running.url, body=VISIT))

    toast = page.get_by_text("visits.log in site changes with each page load")
    expect(toast).to_be_visible(timeout=20_000)
    assert 3 <= settled(watch) <= 7  # the first load and at most six reloads
    assert paused_files(control, running) == ["visits.log"]
    assert "trayapp ignore site/visits.log" in control(running, "state")["problem"]


def test_what_is_ignored_is_quiet_for_good(
    run_trayapp: Run, site: Site, page: Page, control: Control
) -> None:
    running = run_trayapp(site.folder)
    watch = PageWatch(page)
    page.goto(site.write_page(running.url, body=VISIT))
    expect(page.get_by_text("visits.log in site changes")).to_be_visible(timeout=20_000)

    control(running, "ignore", {"root": "site", "path": "visits.log"})

    assert (site.folder / ".trayappignore").read_text() == "/visits.log\n"
    assert control(running, "state")["problem"] == ""
    settled(watch)
    for _ in range(8):
        before = watch.loads
        page.reload()
        watch.connected()
        assert settled(watch, 0.5) == before + 1
    assert paused_files(control, running) == []
    site.write_page(running.url, body="<p>Saved")
    expect(page.get_by_text("Saved")).to_be_visible()


def test_a_log_that_stays_open_is_stopped_too(
    run_trayapp: Run, site: Site, page: Page, control: Control, keep_open: Callable[[], None]
) -> None:
    keep_open()
    running = run_trayapp(site.folder)
    watch = PageWatch(page)

    page.goto(site.write_page(running.url))

    expect(page.get_by_text("access.log in site changes")).to_be_visible(timeout=30_000)
    assert settled(watch, 3.0) <= 7


def test_a_page_that_looks_again_does_not_go_on_with_a_loop(
    run_trayapp: Run, site: Site, page: Page
) -> None:
    """What it looks for may be in any file, until seconds after a load: each look is written."""
    LoggingHandler.counters.append(site.folder / "visits.json")
    running = run_trayapp(site.folder)
    watch = PageWatch(page)

    page.goto(site.write_page(running.url))

    expect(page.get_by_text("visits.json in site changes")).to_be_visible(timeout=30_000)
    assert settled(watch, 5.0) <= 13  # each of them may be told twice


def test_a_person_who_saves_again_and_again_is_no_loop(
    run_trayapp: Run, site: Site, page: Page, control: Control
) -> None:
    running = run_trayapp(site.folder)
    watch = PageWatch(page)
    options = 'data-update="reload"'

    def save(number: int) -> str:
        return site.write_page(running.url, body=f"<p>Save {number}", options=options)

    watch.open(settling.settled(lambda: save(0), "index.html", running, control))

    for number in range(1, 9):
        page.wait_for_timeout(1250)
        save(number)
        expect(page.get_by_text(f"Save {number}")).to_be_visible(timeout=1000)

    assert settled(watch, 0.5) == 9
    assert paused_files(control, running) == []


def test_a_tool_that_saves_and_opens_the_page_afresh_is_no_loop(
    run_trayapp: Run, site: Site, chromium: Browser, control: Control
) -> None:
    """As a coding agent does it: write, look, write again."""
    running = run_trayapp(site.folder)
    url = site.write_page(running.url, body="<script src=app.js></script>")
    for number in range(9):
        site.write("app.js", f"document.title = 'state {number}';")
        context = chromium.new_context()
        page = context.new_page()
        watch = PageWatch(page)
        page.goto(url)
        watch.connected()
        expect(page).to_have_title(f"state {number}")
        page.goto("about:blank")
        context.close()
    assert paused_files(control, running) == []
