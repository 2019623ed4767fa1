"""What keeps the updates from a page is said in its console, once, with a remedy that works."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.parts import exposed
from tests.doctor import played
from tests.doctor.played import Played, Server
from tests.support import Running, wait_for
from trayapp.web import client

Run = Callable[..., Running]

pytestmark = pytest.mark.browser

STRANGER = "https://dev.example"


def advice(watch: PageWatch) -> list[str]:
    return [text for text in watch.console if text.startswith("trayapp:")]


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The method and the path of each request of the page."""
    seen: list[str] = []
    page.on("request", lambda one: seen.append(f"{one.method} {re.sub('[?].*', '', one.url)}"))
    return seen


@pytest.fixture
def stranger(page: Page) -> Callable[[str], str]:
    """Have a page of an origin that is not this computer's, with this body; its address. Chromium
    asks its user before such a page may use this computer."""
    page.context.grant_permissions(["local-network-access"])

    def make(body: str) -> str:
        page.route(
            f"{STRANGER}/**",
            lambda route: route.fulfill(body=f"<!doctype html>{body}", content_type="text/html"),
        )
        return f"{STRANGER}/"

    return make


@pytest.fixture
def server() -> Iterator[Server]:
    """Serves the page script with its modules, and nothing else yet."""
    one = Server().start()
    one.answers["/client.js"] = Played(client.script(), played.SCRIPT)
    for name in client.EXTRAS:
        one.answers[f"/client/{name}.js"] = Played(client.module(name), played.SCRIPT)
    yield one
    one.stop()


@pytest.mark.parametrize(
    ("policy", "remedy"),
    [
        ("default-src 'self' data:; script-src {ours}", "connect-src 'self' data: {ours}"),
        ("default-src *; connect-src 'none'", "connect-src {ours}"),
        ("script-src *; Connect-Src", "connect-src {ours}"),
        ("connect-src 'self'; default-src *", "connect-src 'self' {ours}"),
    ],
)
def test_the_remedy_for_a_policy_is_the_whole_directive(
    run_trayapp: Run, site: Site, page: Page, asked: list[str], policy: str, remedy: str
) -> None:
    running = run_trayapp(site.folder)
    text = policy.format(ours=running.url)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{text}">'
    url = site.write_page(running.url, body=meta)
    watch = PageWatch(page)

    page.goto(url)
    wait_for(lambda: page.evaluate("1") and advice(watch))
    page.wait_for_timeout(1500)  # for asserting that it does not try again

    assert [one.partition("Put into it: ")[2] for one in advice(watch)] == [
        remedy.format(ours=running.url)
    ]
    # A request that a policy blocks is told as one too.
    assert asked.count(f"GET {running.url}/stream") <= 1
    cured = f"script-src *; {remedy.format(ours=running.url)}"
    page.goto(site.write_page(running.url, name="b.html", body=meta.replace(text, cured)))
    watch.connected()


def test_a_policy_that_only_reports_blocks_nothing(server: Server, page: Page) -> None:
    site = Server().start()
    watch = PageWatch(page)
    try:
        server.answers["/stream"] = Played(played.HELLO, played.STREAM, stays=True)
        page.goto(
            site.page(
                f'<script src="{server.url}/client.js"></script>',
                Content_Security_Policy_Report_Only="default-src 'none'",
            )
        )
        watch.connected()
    finally:
        site.stop()
    assert advice(watch) == []


def test_a_page_without_access_is_told_the_setting(
    run_trayapp: Run, site: Site, page: Page, stranger: Callable[[str], str], asked: list[str]
) -> None:
    running = run_trayapp(site.folder)
    watch = PageWatch(page)

    page.goto(stranger(f'<script src="{running.url}/client.js"></script>'))
    wait_for(lambda: page.evaluate("1") and advice(watch))
    page.wait_for_timeout(2000)  # for asserting that it is not told, nor looked for, again

    assert advice(watch) == [
        f"trayapp: pages of {STRANGER} have no access. "
        f'Put into config.toml: origins = ["{STRANGER}"]'
    ]
    assert asked.count(f"HEAD {running.url}/stream") == 1
    assert asked.count(f"GET {running.url}/stream") > 1


def test_the_setting_lets_the_page_in(
    run_trayapp: Run, site: Site, page: Page, home: Path, stranger: Callable[[str], str]
) -> None:
    (home / "config.toml").write_text(f'origins = ["{STRANGER}"]\n')
    running = run_trayapp(site.folder)
    watch = PageWatch(page)

    page.goto(stranger(f'<script src="{running.url}/client.js"></script>'))

    watch.connected()
    assert advice(watch) == []


def test_a_page_opened_from_disk_is_told_of_the_key(
    run_trayapp: Run, site: Site, page: Page, home: Path
) -> None:
    running = run_trayapp(site.folder)
    site.write_page(running.url)
    watch = PageWatch(page)
    file = (site.folder / "index.html").as_uri()

    page.goto(file)
    wait_for(lambda: page.evaluate("1") and advice(watch))

    assert advice(watch) == [
        'trayapp: a page opened from disk needs the read key: src=".../client.js?key=..."'
    ]
    key = (home / "read-key").read_text()
    text = (site.folder / "index.html").read_text()
    site.write("index.html", text.replace("client.js", f"client.js?key={key}"))
    page.goto(file)
    watch.connected()


def test_a_server_that_is_down_is_nothing_to_tell(
    server: Server, page: Page, site: Site, asked: list[str]
) -> None:
    """It went down right after it had sent the script."""

    def answer(route: Route) -> None:
        if route.request.resource_type == "script":
            route.continue_()
        else:
            route.abort()

    page.route(f"{server.url}/**", answer)
    watch = PageWatch(page)

    page.goto(site.write_page(server.url))
    wait_for(lambda: page.evaluate("1") and asked.count(f"GET {server.url}/client.js") > 2)

    assert advice(watch) == []


def test_a_stream_that_breaks_off_is_nothing_to_tell(
    server: Server, page: Page, site: Site, asked: list[str]
) -> None:
    """trayapp that starts anew lets the page in, as the head of a stream shows."""
    server.answers["/stream"] = Played("", played.STREAM)
    watch = PageWatch(page)

    page.goto(site.write_page(server.url))
    wait_for(lambda: page.evaluate("1") and f"HEAD {server.url}/stream" in asked)
    page.wait_for_timeout(300)  # for asserting that nothing is said

    assert advice(watch) == []


def test_a_stream_that_says_nothing_is_told(server: Server, page: Page, site: Site) -> None:
    server.answers["/stream"] = Played("", played.STREAM, stays=True)
    watch = PageWatch(page)

    page.goto(site.write_page(server.url))
    wait_for(lambda: page.evaluate("1") and advice(watch), 8)

    assert advice(watch) == [
        "trayapp: a proxy holds the updates back. nginx: proxy_buffering off; gzip off;"
    ]


def test_a_browser_without_eventsource_is_told(server: Server, page: Page, site: Site) -> None:
    page.add_init_script("delete window.EventSource")
    watch = PageWatch(page)

    page.goto(site.write_page(server.url))

    assert advice(watch) == ["trayapp: this browser needs event-source-polyfill."]
    assert watch.errors == []


@pytest.mark.parametrize(
    ("page_scheme", "server", "mixed"),
    [
        ("https", "http://10.0.0.7:8765", True),
        ("https", "http://dev.example", True),
        ("https", "http://localhost.example", True),
        ("https", "http://localhost:8765", False),
        ("https", "http://a.localhost:8765", False),
        ("https", "http://127.0.0.1:8765", False),
        ("https", "http://[::1]:8765", False),
        ("https", "https://10.0.0.7", False),
        ("http", "http://10.0.0.7:8765", False),
    ],
)
def test_a_page_of_https_and_a_server_of_http(
    page: Page, page_scheme: str, server: str, mixed: bool
) -> None:
    def answer(route: Route) -> None:
        route.fulfill(body="<!doctype html>", content_type="text/html")

    page.route("**/*", answer)
    watch = PageWatch(page)
    page.goto(f"{page_scheme}://site.example/")
    page.evaluate(exposed("doctor", prelude=f"const options = {{ server: new URL('{server}') }};"))

    said = [page.evaluate("parts.isMixed()") for _ in range(2)]

    assert said == [mixed, mixed]
    assert advice(watch) == (
        [f"trayapp: a page of https may not connect to {server}. Open the page by http."]
        if mixed
        else []
    )
