"""A page that was away is right again by itself: one reload when files changed, none otherwise."""

import shutil
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import older
from tests.conftest import CHROMIUM_OPTIONS
from tests.support import Running, wait_for

Run = Callable[..., Running]
Publish = Callable[..., None]
Control = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.browser


def kill(running: Running) -> None:
    running.process.kill()
    running.process.wait()


def open_page(page: Page, site: Site, running: Running) -> PageWatch:
    def write() -> str:
        return site.write_page(running.url, body="<h1>old</h1>")

    watch = PageWatch(page)
    watch.open(older(write, "index.html", running))
    return watch


def settled(site: Site, running: Running, control: Control) -> None:
    """Wait until the watch root has its fingerprint, so that a restart can be compared with it."""
    wait_for(lambda: control(running, "state")["roots"][0]["fingerprint"], 10)


def test_a_restart_without_an_edit_loads_nothing(
    run_trayapp: Run, site: Site, page: Page, publish: Publish, control: Control
) -> None:
    running = run_trayapp(site.folder)
    settled(site, running, control)
    watch = open_page(page, site, running)

    kill(running)
    page.wait_for_function("window.stream.connected === false")
    again = run_trayapp(site.folder, "--port", str(running.port))
    watch.connected()
    settled(site, again, control)
    publish(again, "notify", "after the restart")

    expect(page.get_by_text("after the restart")).to_be_visible()
    page.wait_for_timeout(500)  # longer than a page waits for what it missed
    assert watch.loads == 1
    assert watch.kept


def test_an_edit_while_the_server_was_down_shows_within_two_seconds(
    run_trayapp: Run, site: Site, page: Page, control: Control
) -> None:
    running = run_trayapp(site.folder)
    settled(site, running, control)
    watch = open_page(page, site, running)

    kill(running)
    site.write_page(running.url, body="<h1>new</h1>")
    page.wait_for_timeout(3000)  # the page's attempts are as rare as they get
    run_trayapp(site.folder, "--port", str(running.port))
    back = time.monotonic()

    expect(page.locator("h1")).to_have_text("new", timeout=5000)
    assert time.monotonic() - back < 2.0
    watch.connected()
    page.wait_for_timeout(1000)  # a page in a loop would load again
    assert watch.loads == 2


def test_the_latest_of_all_pages_shows_an_edit_within_two_seconds_of_a_restart(
    run_trayapp: Run, site: Site, page: Page, control: Control
) -> None:
    page.add_init_script("Math.random = () => 0")  # waits as long as any page does
    running = run_trayapp(site.folder)
    settled(site, running, control)
    watch = open_page(page, site, running)

    assert running.stop() == 0
    site.write_page(running.url, body="<h1>new</h1>")
    run_trayapp(site.folder, "--port", str(running.port))
    back = time.monotonic()

    expect(page.locator("h1")).to_have_text("new", timeout=5000)
    assert time.monotonic() - back < 2.0
    watch.connected()


def test_a_pause_holds_updates_back_until_resume(
    run_trayapp: Run, site: Site, page: Page, publish: Publish, control: Control
) -> None:
    running = run_trayapp(site.folder)
    settled(site, running, control)
    watch = open_page(page, site, running)

    control(running, "pause", {})
    before = control(running, "state")["roots"][0]["fingerprint"]
    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    wait_for(lambda: control(running, "state")["roots"][0]["fingerprint"] != before)
    publish(running, "notify", "still paused")
    expect(page.get_by_text("still paused")).to_be_visible()
    assert watch.style("body") == "rgb(1, 1, 1)"

    control(running, "resume", {})

    watch.wait_for_style("body", "rgb(2, 2, 2)")
    assert watch.kept


def test_a_closed_page_is_no_longer_counted(
    run_trayapp: Run, site: Site, browser_context: BrowserContext, control: Control
) -> None:
    running = run_trayapp(site.folder)
    pages = [browser_context.new_page() for _ in range(2)]
    open_page(pages[0], site, running)
    PageWatch(pages[1]).open(pages[0].url)
    wait_for(lambda: control(running, "state")["pages"] == 2)

    pages[0].close()

    wait_for(lambda: control(running, "state")["pages"] == 1)


def test_a_page_from_the_back_cache_is_brought_up_to_date(
    run_trayapp: Run, site: Site, chromium: Browser, control: Control
) -> None:
    running = run_trayapp(site.folder)
    settled(site, running, control)
    site.write("other.html", "<h1>other</h1>")
    caching = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=CHROMIUM_OPTIONS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    try:
        watch = open_page(caching.new_page(), site, running)
        watch.page.evaluate("location.href = 'other.html'")
        wait_for(lambda: control(running, "state")["pages"] == 0)
        site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
        watch.page.evaluate("history.back()")

        watch.wait_for_style("body", "rgb(2, 2, 2)")
        assert watch.kept
    finally:
        caching.close()


def test_a_refused_stream_is_asked_for_again(run_trayapp: Run, site: Site, page: Page) -> None:
    running = run_trayapp(site.folder)
    refused: list[str] = []

    def answer(route: Route) -> None:
        if len(refused) < 3:
            refused.append(route.request.url)
            route.fulfill(status=502)
        else:
            route.continue_()

    page.route("**/stream?*", answer)
    open_page(page, site, running)

    assert len(refused) == 3


def test_a_hidden_page_gives_its_stream_back_and_catches_up_when_shown(
    run_trayapp: Run, site: Site, page: Page, control: Control
) -> None:
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running)

    show(page, hidden=True)
    wait_for(lambda: control(running, "state")["pages"] == 0, 10)
    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    show(page, hidden=False)

    watch.wait_for_style("body", "rgb(2, 2, 2)")
    assert watch.kept


def show(page: Page, *, hidden: bool) -> None:
    """Tell the page that it is hidden or shown: a headless browser shows every tab."""
    page.evaluate(
        """(hidden) => {
            const get = () => hidden;
            Object.defineProperty(Document.prototype, 'hidden', { configurable: true, get });
            document.dispatchEvent(new Event('visibilitychange'));
        }""",
        hidden,
    )
