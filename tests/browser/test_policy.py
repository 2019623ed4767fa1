"""Under a Content-Security-Policy of the page itself that allows trayapp and nothing more."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devsite import Site, SiteHandler
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import scanned, settled
from tests.support import Running, wait_for

Run = Callable[..., Running]
Fenced = Callable[[str], Site]
Open = Callable[[Site, Running, str], PageWatch]
Control = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.browser

EXACT = "default-src 'self'; connect-src {ours}; script-src {ours}"


@pytest.fixture
def fenced(tmp_path: Path) -> Iterator[Fenced]:
    """A site whose server sends a policy with everything it answers: `fenced(policy)` sets it."""

    class Handler(SiteHandler):
        policy = ""

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", type(self).policy)
            super().end_headers()

    def make(policy: str) -> Site:
        Handler.policy = policy
        return site

    folder = tmp_path / "site"
    folder.mkdir()
    # A site makes a class of its own of the handler, which has the policy from here.
    site = Site(folder, Handler)
    site.write("css/style.css", "body { color: rgb(1, 1, 1) } p { height: 4000px }")
    site.write("icon.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
    site.start()
    yield make
    site.stop()


def write_page(site: Site, running: Running, body: str, name: str = "index.html") -> str:
    """A page all of whose parts are of its own server, but for our script."""
    sheet = '<link rel="icon" href="icon.svg"><link rel="stylesheet" href="css/style.css">'
    tag = f'<script src="{running.url}/client.js"></script>'
    site.write(name, f"<!doctype html>{sheet}<title>fenced</title>{body}{tag}")
    return f"{site.url}/{name}"


@pytest.fixture
def open_page(page: Page, control: Control) -> Callable[[Site, Running, str], PageWatch]:
    """Open a page with that body, when trayapp knows it."""

    def make(site: Site, running: Running, body: str) -> PageWatch:
        watch = PageWatch(page)
        watch.open(settled(lambda: write_page(site, running, body), "index.html", running, control))
        return watch

    return make


def test_css_is_swapped_by_a_page_that_may_connect_to_trayapp_only(
    run_trayapp: Run, fenced: Fenced, page: Page, tmp_path: Path, open_page: Open
) -> None:
    running = run_trayapp(tmp_path / "site")
    site = fenced(EXACT.format(ours=running.url))
    watch = open_page(site, running, "<h1>fenced</h1>")
    assert watch.console == [], "\n".join(watch.console)

    for shade in (2, 3):
        site.write("css/style.css", f"body {{ color: rgb({shade}, {shade}, {shade}) }}")
        watch.wait_for_style("body", f"rgb({shade}, {shade}, {shade})")

    assert watch.kept
    assert watch.errors == []


def test_html_is_shown_by_one_load_of_a_page_that_may_not_fetch_itself(
    run_trayapp: Run, fenced: Fenced, page: Page, tmp_path: Path, open_page: Open
) -> None:
    running = run_trayapp(tmp_path / "site")
    site = fenced(EXACT.format(ours=running.url))
    watch = open_page(site, running, "<h1>old</h1><p>tall</p>")
    page.evaluate("scrollTo(0, 1500)")

    for loads, words in enumerate(("new", "newer"), start=2):
        write_page(site, running, f"<h1>{words}</h1><p>tall</p>")
        expect(page.locator("h1")).to_have_text(words)
        watch.connected()
        assert watch.loads == loads
    page.wait_for_function("() => scrollY === 1500")
    page.wait_for_timeout(500)  # a page in a loop would load again
    assert watch.loads == 3
    assert watch.errors == []


def test_a_script_is_shown_by_one_load(
    run_trayapp: Run, fenced: Fenced, page: Page, tmp_path: Path, open_page: Open, control: Control
) -> None:
    running = run_trayapp(tmp_path / "site")
    scanned(running, control)
    site = fenced(EXACT.format(ours=running.url).replace("script-src", "script-src 'self'"))
    site.write("app.js", "window.version = 1")
    watch = open_page(site, running, '<script src="app.js"></script>')

    site.write("app.js", "window.version = 2")

    page.wait_for_function("() => window.version === 2")
    watch.connected()
    assert watch.loads == 2
    assert watch.errors == []


@pytest.mark.parametrize(
    ("policy", "remedy"),
    [
        ("default-src 'self'; script-src {ours}", "connect-src 'self' {ours}"),
        ("default-src 'self'; script-src {ours}; connect-src 'none'", "connect-src {ours}"),
    ],
)
def test_without_the_permission_the_console_names_the_directive(
    run_trayapp: Run, fenced: Fenced, page: Page, tmp_path: Path, policy: str, remedy: str
) -> None:
    running = run_trayapp(tmp_path / "site")
    site = fenced(policy.format(ours=running.url))
    watch = PageWatch(page)

    page.goto(write_page(site, running, ""))

    ours = wait_for(
        lambda: page.evaluate("1") and [one for one in watch.console if one.startswith("trayapp")]
    )
    assert ours == [
        "trayapp: the Content-Security-Policy blocks the updates. "
        f"Put into it: {remedy.format(ours=running.url)}"
    ]
