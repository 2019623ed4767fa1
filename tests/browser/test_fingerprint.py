"""What the page makes of each order of hello, reset, change and bye, played from a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.scripted import END, ScriptedServer, change, frame, hello, notify
from tests.support import wait_for

pytestmark = pytest.mark.browser


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    scripted.start()
    yield scripted
    scripted.stop()


def play(
    page: Page, site: Site, server: ScriptedServer, *streams: list[str], options: str = ""
) -> PageWatch:
    """Open a page of `server` and wait for the notification that ends its last stream."""
    server.streams = list(streams)
    watch = PageWatch(page)
    watch.open(site.write_page(server.url, options=options))
    expect(page.get_by_text("the end")).to_be_visible()
    return watch


def test_a_change_that_is_known_already_is_skipped(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    stream = [hello(site="f1"), change("reload", "index.html", "f1"), notify("the end")]

    watch = play(page, site, server, stream)

    assert watch.loads == 1


@pytest.mark.parametrize("ahead", [-20.0, 0.0, 20.0])
def test_a_clock_that_is_wrong_makes_nothing_old_to_news(
    site: Site, page: Page, server: ScriptedServer, ahead: float
) -> None:
    """Also of a server that seems to be on this computer: its port may be another one's."""
    stream = [hello(ahead=ahead), notify("before the page", ahead - 10)]
    stream += [notify("in time", ahead + 10), notify("the end")]

    play(page, site, server, stream)

    expect(page.get_by_text("in time")).to_be_visible()
    expect(page.get_by_text("before the page")).to_have_count(0)


def test_the_first_fingerprint_is_what_the_page_shows(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    stream = [hello(site=""), change("none", "", "f1"), notify("the end")]

    watch = play(page, site, server, stream)

    assert watch.loads == 1


def test_what_no_replay_explains_reloads_once(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    lost = [hello(site="f1"), END]
    server.streams = [lost, [hello(site="f2")], [hello(site="f2"), notify("the end")]]
    watch = PageWatch(page)
    page.goto(site.write_page(server.url))

    expect(page.get_by_text("the end")).to_be_visible()
    assert watch.loads == 2


def test_what_a_replay_explains_is_only_swapped(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    replay = [hello(site="f2"), change("css", "css/style.css", "f2"), notify("the end")]

    watch = play(page, site, server, [hello(site="f1"), END], replay)

    page.wait_for_timeout(600)  # twice as long as a page waits for a replay
    assert watch.loads == 1
    expect(page.locator('link[href$="trayapp=f2"]')).to_have_count(1)


def test_a_page_out_of_the_browser_s_cache_is_as_old_as_it_was_left(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    """Saved after the page was left and just before it is asked for again, but it is not asked for:
    the browser has kept it, and its sheet."""
    site.let_browsers_cache(3600)
    watch = play(page, site, server, [hello(site="f1"), notify("the end")])
    site.write("other.html", "<!doctype html>")
    page.goto(f"{site.url}/other.html")
    again = [hello(site="f2"), change("css", "css/style.css", "f2", after=-0.5)]
    server.streams = [[*again, notify("the end")]]

    page.go_back()

    expect(page.get_by_text("the end")).to_be_visible()
    assert page.evaluate("performance.getEntriesByType('navigation')[0].transferSize") == 0
    expect(page.locator('link[href$="trayapp=f2"]')).to_have_count(1)
    assert watch.loads == 3


def test_a_reset_means_that_no_replay_will_come(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    """Each stream ends at once: whoever waits for a replay waits for ever. The last one is paused,
    so it is not what makes the page reload."""
    short = [hello(site="f2"), frame("reset"), END]
    last = [hello(paused=True, site="f2"), notify("the end")]
    server.streams = [[hello(site="f1"), END], short, short, short, last]
    watch = PageWatch(page)
    page.goto(site.write_page(server.url))

    expect(page.get_by_text("the end")).to_be_visible()
    assert watch.loads == 2


def test_a_root_scanned_after_a_restart_is_compared_then(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    scanned = [hello(site=""), frame("reset"), change("none", "", "f2")]
    server.streams = [[hello(site="f1"), END], scanned, [hello(site="f2"), notify("the end")]]
    watch = PageWatch(page)
    page.goto(site.write_page(server.url))

    expect(page.get_by_text("the end")).to_be_visible()
    assert watch.loads == 2


def test_a_paused_server_updates_nothing(site: Site, page: Page, server: ScriptedServer) -> None:
    paused = [hello(paused=True, site="f2"), notify("the end")]

    watch = play(page, site, server, [hello(site="f1"), END], paused)

    page.wait_for_timeout(600)  # twice as long as a page waits for a replay
    assert watch.loads == 1


def test_other_roots_are_none_of_its_business(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    later = [
        hello(site="f1", blog="b2"),
        change("reload", "a.html", "b3", root="blog"),
        notify("the end"),
    ]

    watch = play(
        page, site, server, [hello(site="f1", blog="b1"), END], later, options='data-root="site"'
    )

    page.wait_for_timeout(600)  # twice as long as a page waits for a replay
    assert watch.loads == 1
    assert all("root=site" in address for address, _ in server.asked)


def test_a_root_within_its_root_is_its_business_too(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    within = {"css": ["site"]}
    first = [
        hello(site="f1", css="c1", within=within),
        change("css", "style.css", "c2", root="css", within=("site",)),
        END,
    ]
    missed = [hello(site="f1", css="c3", within=within)]
    last = [hello(site="f1", css="c3", within=within), notify("the end")]
    server.streams = [first, missed, last]
    watch = PageWatch(page)

    page.goto(site.write_page(server.url, options='data-root="site"'))

    expect(page.get_by_text("the end")).to_be_visible()
    assert watch.loads == 2, "what was missed in the inner root reloads once"


def test_the_key_of_the_script_s_address_opens_the_stream(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    server.streams = [[hello(site="f1")]]
    site.write("key.html", f'<script src="{server.url}/client.js?key=abc%2B1"></script>')

    page.goto(f"{site.url}/key.html")

    wait_for(lambda: server.asked)
    assert "key=abc%2B1" in server.asked[0][0]


def test_it_never_waits_longer_than_its_promise_allows(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    server.streams = [503]
    page.goto(site.write_page(server.url))

    wait_for(lambda: len(server.asked) >= 10, 15)

    times = [moment for _, moment in server.asked]
    pauses = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert max(pauses) < 1.5
    assert pauses[-1] > pauses[0]  # and does not hammer


def test_a_busy_server_is_left_alone_for_a_while(
    site: Site, page: Page, server: ScriptedServer
) -> None:
    server.streams = [[frame("busy"), END], [hello(site="f1"), notify("the end")]]
    page.goto(site.write_page(server.url))

    expect(page.get_by_text("the end")).to_be_visible(timeout=10_000)

    (_, first), (_, second) = server.asked
    assert second - first > 3.0


@pytest.mark.parametrize(("chance", "soonest", "latest"), [(0.999, 0.3, 0.7), (0, 1.4, 2.0)])
def test_pages_that_are_sent_away_come_back_spread_over_a_second(
    site: Site, page: Page, server: ScriptedServer, chance: float, soonest: float, latest: float
) -> None:
    page.add_init_script(f"Math.random = () => {chance}")

    play(page, site, server, [hello(), frame("bye"), END], [hello(), notify("the end")])

    (_, sent_away), (_, back) = server.asked
    assert soonest <= back - sent_away < latest
