"""The examples of docs/client.md run, and window.trayapp does what is told there."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import settled
from tests.support import Running

Run = Callable[..., Running]
Control = Callable[..., dict[str, Any]]
Publish = Callable[..., None]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

MANUAL = (Path(__file__).parent.parent.parent / "docs" / "client.md").read_text("utf-8")


def example(word: str) -> str:
    """The example of the manual in which `word` occurs."""
    (found,) = [text for text in re.findall(r"```js\n(.*?)```", MANUAL, re.S) if word in text]
    return f'<script type="module">{found}</script>'


def test_a_page_hears_what_it_publishes(run_trayapp: Run, site: Site, page: Page) -> None:
    running = run_trayapp(site.folder)
    watch = PageWatch(page)

    page.goto(site.write_page(running.url, body=example('"builds"')))

    expect(page).to_have_title("api: 3 s")
    assert watch.errors == []


def test_a_page_pauses_and_shows_its_badge(run_trayapp: Run, site: Site, page: Page) -> None:
    running = run_trayapp(site.folder)
    watch = PageWatch(page)

    page.goto(site.write_page(running.url, body=example("badge()")))

    expect(page.locator("trayapp-ui .toast")).to_contain_text("The updates of this tab wait.")
    badge = page.locator("trayapp-ui .badge")
    expect(badge).to_contain_text(re.compile("paused here|update ready"))
    badge.locator("button").click()
    expect(badge).to_contain_text("Pause")
    assert watch.errors == []


def test_a_page_takes_a_change_over(run_trayapp: Run, site: Site, page: Page) -> None:
    running = run_trayapp(site.folder)
    load = "<script>window.loadData = () => { window.seen = true; };</script>"
    url = site.write_page(running.url, body=load + example("loadData()"))
    watch = PageWatch(page)
    watch.open(url)

    site.write("data.json", "[1]")

    page.wait_for_function("window.seen", timeout=5_000)
    assert watch.kept


def test_a_page_that_loads_itself_for_a_change_does_so_once(
    run_trayapp: Run, site: Site, page: Page, control: Control
) -> None:
    """The new page asks for what came before it too, and must not take it for news."""
    running = run_trayapp(site.folder)
    listen = "<script type=module>trayapp.on('change', () => location.reload())</script>"
    url = settled(
        lambda: site.write_page(running.url, body=listen, options='data-update="off"'),
        "index.html",
        running,
        control,
    )
    watch = PageWatch(page)
    watch.open(url)
    loads = watch.loads

    site.write("data.json", "[1]")

    page.wait_for_function("window.mark !== 'kept'", timeout=5_000)
    watch.connected()
    page.evaluate("window.mark = 'second'")
    page.evaluate("trayapp.publish('notify', 'a later event')")
    expect(page.locator("trayapp-ui .toast")).to_contain_text("a later event")
    assert page.evaluate("window.mark") == "second"
    assert watch.loads == loads + 1
