"""One stream for all tabs of a browser: how many there are, and that no tab misses or doubles."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from tests.browser.devsite import Site, SiteHandler
from tests.browser.pagewatch import PageWatch
from tests.support import Running, wait_for

Run = Callable[..., Running]
Publish = Callable[..., None]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

COLLECT = """
    window.heard = [];
    document.addEventListener("trayapp:message", ({ detail }) => heard.push(detail.data));
"""


def streams(running: Running) -> int:
    with urllib.request.urlopen(f"{running.url}/health", timeout=5) as answer:
        count: int = json.load(answer)["streams"]
    return count


def open_tabs(context: BrowserContext, url: str, count: int) -> list[PageWatch]:
    tabs = []
    for _ in range(count):
        page = context.new_page()
        page.add_init_script(COLLECT)
        tabs.append(PageWatch(page))
        page.goto(url)
    for tab in tabs:
        tab.connected()
        tab.page.evaluate("window.mark = 'kept'")
    return tabs


def heard(tab: PageWatch) -> list[str]:
    data: list[str] = tab.page.evaluate("heard")
    return data


def until_all_heard(tabs: list[PageWatch], last: str) -> None:
    for tab in tabs:
        tab.page.wait_for_function("last => heard.includes(last)", arg=last, timeout=10_000)


def test_fifty_tabs_share_one_stream_and_all_show_a_change(
    run_trayapp: Run, site: Site, browser_context: BrowserContext
) -> None:
    running = run_trayapp(site.folder)
    url = site.write_page(running.url, body="<h1>old</h1>")

    tabs = open_tabs(browser_context, url, 50)
    assert streams(running) == 1

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    for tab in tabs:
        tab.wait_for_style("body", "rgb(2, 2, 2)")
    assert all(tab.kept for tab in tabs)

    site.write_page(running.url, body="<h1>new</h1>")
    for tab in tabs:
        tab.page.wait_for_function("document.querySelector('h1').textContent === 'new'")
    wait_for(lambda: streams(running) == 1)


def test_no_event_is_missed_or_doubled_when_the_tab_with_the_stream_closes(
    run_trayapp: Run, site: Site, browser_context: BrowserContext, publish: Publish
) -> None:
    running = run_trayapp(site.folder)
    url = site.write_page(running.url, options='data-topics="count"')
    tabs = open_tabs(browser_context, url, 22)
    said = []

    for number in range(20):
        for word in ("before", "after"):
            said.append(f"{number} {word}")
            publish(running, "count", said[-1])
            if word == "before":
                tabs.pop(0).page.close()  # the first in line has the stream
        until_all_heard(tabs[-1:], said[-1])

    until_all_heard(tabs, said[-1])
    assert [heard(tab) for tab in tabs] == [said, said]
    assert streams(running) == 1


def test_two_origins_have_a_stream_each(
    run_trayapp: Run, site: Site, browser_context: BrowserContext
) -> None:
    running = run_trayapp(site.folder)
    url = site.write_page(running.url)

    open_tabs(browser_context, url, 2)
    open_tabs(browser_context, url.replace("127.0.0.1", "localhost"), 2)

    assert streams(running) == 2


def test_tabs_that_want_other_topics_do_not_share(
    run_trayapp: Run, site: Site, browser_context: BrowserContext, publish: Publish
) -> None:
    running = run_trayapp(site.folder)
    plain = site.write_page(running.url, name="plain.html")
    topical = site.write_page(running.url, name="topical.html", options='data-topics="count"')
    [tab] = open_tabs(browser_context, topical, 1)
    open_tabs(browser_context, plain, 1)

    publish(running, "count", "one")

    until_all_heard([tab], "one")
    assert streams(running) == 2


@pytest.mark.parametrize("missing", ["Navigator.prototype.locks", "window.BroadcastChannel"])
def test_each_tab_has_its_own_stream_where_the_browser_cannot_share(
    run_trayapp: Run, site: Site, browser_context: BrowserContext, missing: str
) -> None:
    browser_context.add_init_script(f"delete {missing}")
    running = run_trayapp(site.folder)
    tabs = open_tabs(browser_context, site.write_page(running.url), 3)

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")

    for tab in tabs:
        tab.wait_for_style("body", "rgb(2, 2, 2)")
    assert streams(running) == 3


class Proxied(SiteHandler):
    """A site whose server passes what it does not have on to trayapp: one origin for both."""

    upstream = ""

    def do_GET(self) -> None:
        if not self.path.startswith(("/client.js", "/stream")):
            super().do_GET()
            return
        request = urllib.request.Request(f"{self.upstream}{self.path}")
        if cursor := self.headers["Last-Event-ID"]:
            request.add_header("Last-Event-ID", cursor)
        with urllib.request.urlopen(request, timeout=60) as answer:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            SimpleHTTPRequestHandler.end_headers(self)
            while piece := answer.read1():
                self.wfile.write(piece)

    def do_POST(self) -> None:
        self.send_error(404)


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "proxied"
    folder.mkdir()
    shown = Site(folder, Proxied)
    shown.write("css/style.css", "body { color: rgb(1, 1, 1) }")
    shown.start()
    yield shown
    shown.stop()


def test_a_worker_has_the_stream_where_the_script_comes_from_the_page_s_origin(
    run_trayapp: Run,
    proxied: Site,
    browser_context: BrowserContext,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = run_trayapp(proxied.folder)
    monkeypatch.setattr(Proxied, "upstream", running.url)
    url = proxied.write_page("", options='data-topics="count"')
    tabs = open_tabs(browser_context, url, 3)
    assert streams(running) == 1
    assert not tabs[0].page.evaluate("navigator.locks.query().then(({ held }) => held.length)")

    publish(running, "count", "one")
    tabs.pop(0).page.close()
    publish(running, "count", "two")

    until_all_heard(tabs, "two")
    assert [heard(tab) for tab in tabs] == [["one", "two"]] * 2
    late = open_tabs(browser_context, url, 1)
    publish(running, "count", "three")
    until_all_heard([*tabs, *late], "three")
    assert heard(late[0]) == ["three"]
    running.process.kill()  # ends the stream that the proxy reads
    running.process.wait()


def test_a_tab_that_comes_later_hears_what_was_published_while_it_loaded(
    run_trayapp: Run, site: Site, browser_context: BrowserContext, page: Page, publish: Publish
) -> None:
    running = run_trayapp(site.folder)
    url = site.write_page(running.url, options='data-topics="count"')
    open_tabs(browser_context, url, 1)
    publish(running, "count", "before")
    page.add_init_script(COLLECT)

    def serve(route: Route) -> None:
        publish(running, "count", "meanwhile")
        route.continue_()

    page.route("**/client.js", serve)
    page.goto(url)

    page.wait_for_function("heard.length > 0")
    assert page.evaluate("heard") == ["meanwhile"]
