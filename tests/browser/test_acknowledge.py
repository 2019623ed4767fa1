"""What pages report, seen in the state of the trayapp that they report to."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import settled
from tests.support import Running, wait_for

Run = Callable[..., Running]
Control = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.browser

TITLE = "<title>Shop</title>"


@pytest.fixture
def views(page: Page, control: Control) -> Callable[[Running], list[dict[str, Any]]]:
    def ask(running: Running) -> list[dict[str, Any]]:
        page.wait_for_timeout(10)  # lets the browser go on
        found: list[dict[str, Any]] = control(running, "state")["views"]
        return found

    return ask


Views = Callable[[Running], list[dict[str, Any]]]


def reports(page: Page) -> list[dict[str, Any]]:
    """What the page tells trayapp from now on; the list grows."""
    told: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.url.partition("?")[0].endswith("/applied"):
            told.append(json.loads(request.post_data or ""))

    page.on("request", note)
    return told


def open_shop(page: Page, site: Site, running: Running, options: str = "", body: str = "") -> None:
    watch = PageWatch(page)
    page.goto(site.write_page(running.url, body=TITLE + body, options=options))
    watch.connected()


def test_a_page_is_there_until_it_leaves(run: Run, site: Site, page: Page, views: Views) -> None:
    running = run(site.folder)
    open_shop(page, site, running)
    wait_for(lambda: [view["title"] for view in views(running)] == ["Shop"])
    page.goto("about:blank")
    wait_for(lambda: views(running) == [])


@pytest.mark.parametrize(
    ("name", "text", "action"),
    [
        ("css/style.css", "body { color: rgb(9, 9, 9) }", "css"),
        ("other.css", "p {}", "none"),
        ("made/here.html", "<p>", "none"),
    ],
)
def test_each_change_is_answered(
    run: Run,
    site: Site,
    page: Page,
    views: Views,
    control: Control,
    name: str,
    text: str,
    action: str,
) -> None:
    running = run(site.folder)
    settled(lambda: site.write_page(running.url, body=TITLE), "index.html", running, control)
    watch = PageWatch(page)
    page.goto(f"{site.url}/index.html")
    watch.connected()
    told = reports(page)

    site.write(name, text)

    while not told:
        page.wait_for_timeout(10)
    assert [(one["event"], one["action"]) for one in told] == [("applied", action)]
    assert 0 <= told[0]["ms"] < 5000
    if action == "css":
        wait_for(lambda: views(running)[0]["cause"] == name)


def test_a_load_is_answered_by_the_page_that_came_of_it(
    run: Run, site: Site, page: Page, views: Views, control: Control
) -> None:
    running = run(site.folder)
    settled(lambda: site.write("app.js", "window.one = 1"), "app.js", running, control)
    open_shop(page, site, running, body='<script src="app.js"></script>')
    wait_for(lambda: views(running))
    site.write("app.js", "window.two = 2")
    wait_for(lambda: [view["action"] for view in views(running)] == ["reload"])


def test_a_change_that_the_page_takes_over_is_answered_too(
    run: Run, site: Site, page: Page
) -> None:
    open_shop(page, site, run(site.folder))
    page.evaluate("document.addEventListener('trayapp:change', (event) => event.preventDefault())")
    told = reports(page)
    site.write("css/style.css", "body { color: rgb(9, 9, 9) }")
    while not told:
        page.wait_for_timeout(10)
    assert told[0]["action"] == "none"


def test_a_page_that_follows_some_roots_says_which(run: Run, site: Site, page: Page) -> None:
    told = reports(page)
    open_shop(page, site, run(site.folder), 'data-root="blog, site"')
    assert told[0]["roots"] == ["blog", "site"]


def test_a_page_that_wants_no_updates_owes_none(run: Run, site: Site, page: Page) -> None:
    told = reports(page)
    open_shop(page, site, run(site.folder), 'data-update="off"')
    assert told[0]["roots"] == []


def test_a_title_may_hold_anything(run: Run, site: Site, page: Page, views: Views) -> None:
    running = run(site.folder)
    open_shop(
        page, site, running, body=f"<script>document.title = '{'x' * 199}\\u{{1f600}}'</script>"
    )
    wait_for(lambda: [view["title"][:200] for view in views(running)] == ["x" * 199 + "\ufffd"])


def test_a_new_run_of_trayapp_learns_of_the_pages_that_are_there(
    run: Run, site: Site, page: Page, views: Views, tmp_path: Path
) -> None:
    running = run(site.folder)
    open_shop(page, site, running)
    wait_for(lambda: views(running))
    running.stop()
    again = run(site.folder, "--port", str(running.port))
    wait_for(lambda: [view["title"] for view in views(again)] == ["Shop"], 10)
