"""A page that trayapp was away from for long, or nobody looked at: right at once, by one update."""

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import settled
from tests.support import Running, wait_for

Run = Callable[..., Running]
Publish = Callable[..., None]
Control = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.browser

LONG = 130.0
"""Seconds: longer than browsers and proxies keep anything, and than a page's delays grow."""

full = pytest.mark.skipif(
    os.environ.get("TRAYAPP_TEST_FULL") != "1", reason="minutes long: TRAYAPP_TEST_FULL=1"
)

BODY = '<h1>{}</h1><script src="app.js"></script>'
SCRIPT = "window.version = {}"
LEADS = "() => navigator.locks.query().then(({ held }) => held.map((one) => one.clientId))"


def open_page(page: Page, site: Site, running: Running, control: Control) -> PageWatch:
    watch = PageWatch(page)

    def write() -> str:
        return site.write_page(running.url, body=BODY.format("old"))

    if not (site.folder / "index.html").exists():
        settled(partial(site.write, "app.js", SCRIPT.format(1)), "app.js", running, control)
        settled(write, "index.html", running, control)
    watch.open(f"{site.url}/index.html")
    return watch


def leave_alone(running: Running, page: Page, seconds: float) -> None:
    """trayapp is gone, as if its computer were, for a while."""
    running.process.kill()
    running.process.wait()
    page.wait_for_timeout(seconds * 1000)


@full
@pytest.mark.timeout(300)
def test_a_long_absence_with_an_edit_is_shown_within_two_seconds(
    run_trayapp: Run, site: Site, page: Page, control: Control
) -> None:
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running, control)

    leave_alone(running, page, LONG)
    site.write("app.js", SCRIPT.format(2))
    run_trayapp(site.folder, "--port", str(running.port))
    back = time.monotonic()

    page.wait_for_function("() => window.version === 2", timeout=5000)
    assert time.monotonic() - back < 2.0
    watch.connected()
    page.wait_for_timeout(1000)  # a page in a loop would load again
    assert watch.loads == 2


@full
@pytest.mark.timeout(300)
def test_a_long_absence_without_an_edit_loads_nothing(
    run_trayapp: Run, site: Site, page: Page, publish: Publish, control: Control
) -> None:
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running, control)

    leave_alone(running, page, LONG)
    again = run_trayapp(site.folder, "--port", str(running.port))
    back = time.monotonic()

    watch.connected()
    assert time.monotonic() - back < 2.0
    publish(again, "notify", "after it came back")
    expect(page.get_by_text("after it came back")).to_be_visible()
    page.wait_for_timeout(1000)  # longer than a page waits for what it missed
    assert watch.loads == 1
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


def test_a_hidden_page_shows_all_it_missed_by_one_update(
    run_trayapp: Run, site: Site, page: Page, publish: Publish, control: Control
) -> None:
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running, control)
    requests: list[str] = []
    page.on("request", lambda one: requests.append(one.url))
    show(page, hidden=True)

    for number in (2, 3, 4):
        shade = f"body {{ color: rgb({number}, {number}, {number}) }}"
        settled(partial(site.write, "css/style.css", shade), "css/style.css", running, control)
        text = BODY.format(number)
        settled(partial(site.write_page, running.url, body=text), "index.html", running, control)
    publish(running, "notify", "the last of all")
    expect(page.get_by_text("the last of all")).to_be_visible()
    assert not [url for url in requests if url.startswith(site.url)]
    show(page, hidden=False)

    expect(page.locator("h1")).to_have_text("4")
    watch.wait_for_style("body", "rgb(4, 4, 4)")
    assert watch.kept
    sheets = {url for url in requests if "style.css?trayapp=" in url}
    assert len(sheets) == 1


def test_a_hidden_page_loads_once_for_several_scripts(
    run_trayapp: Run, site: Site, page: Page, control: Control
) -> None:
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running, control)
    show(page, hidden=True)

    for number in (2, 3, 4):
        text = SCRIPT.format(number)
        settled(partial(site.write, "app.js", text), "app.js", running, control)
    assert watch.loads == 1
    show(page, hidden=False)

    page.wait_for_function("() => window.version === 4")
    watch.connected()
    page.wait_for_timeout(300)  # for a load too many
    assert watch.loads == 2


def test_a_hidden_tab_gives_the_stream_to_one_that_is_seen(
    run_trayapp: Run, site: Site, browser_context: BrowserContext, control: Control
) -> None:
    running = run_trayapp(site.folder)
    tabs = [open_page(browser_context.new_page(), site, running, control) for _ in range(2)]
    [leader] = tabs[0].page.evaluate(LEADS)
    show(tabs[0].page, hidden=True)
    hidden = time.monotonic()

    wait_for(lambda: leader not in tabs[1].page.evaluate(LEADS), 10)

    assert 4.5 < time.monotonic() - hidden < 6.5
    wait_for(lambda: len(tabs[1].page.evaluate(LEADS)) == 1)
    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    tabs[1].wait_for_style("body", "rgb(2, 2, 2)")
    show(tabs[0].page, hidden=False)
    tabs[0].wait_for_style("body", "rgb(2, 2, 2)")
    assert all(tab.kept for tab in tabs)
