"""A phone is paired: one scan, and its pages follow. In a real browser, behind the real guard."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Route,
    expect,
)

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.phone import COMPUTER, Shared, a_browser, a_phone
from tests.support import wait_for
from trayapp.event import NOTIFY
from trayapp.sites import create_site, prepare_demo

pytestmark = pytest.mark.browser

PAIRED = re.compile(r"/pair$")


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with a_browser(playwright) as browser:
        yield browser


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = a_phone(browser)
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext) -> Page:
    return phone.new_page()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What breaks the page's own rules: a blocked style, an uncaught error."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "Security Policy" in message.text:
            heard.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    shared = Shared(tmp_path)
    shared.start()
    yield shared
    shared.stop()


def pair(page: Page, shared: Shared) -> None:
    page.goto(shared.invite())
    expect(page.locator("#status")).to_have_text("Live")


def notify(shared: Shared, message: str) -> None:
    shared.site.bus.publish(NOTIFY, f'{{"message": "{message}", "time": 1}}', type=NOTIFY)


# The page


def test_one_scan_pairs_and_the_next_event_is_shown(
    shared: Shared, page: Page, complaints: list[str]
) -> None:
    notify(shared, "of before")
    pair(page, shared)
    expect(page.locator("h1")).to_contain_text("Connected to")
    expect(page).to_have_url(f"{shared.url}/pair")
    (device,) = shared.site.devices.states({})
    assert device.name == "Pixel 7, Chrome"

    notify(shared, "tests passed")
    shared.site.bus.publish("builds", "<img src=x onerror=alert(1)>", type="done")

    events = page.locator("#events .what")
    expect(events).to_have_text(["done: <img src=x onerror=alert(1)>", "tests passed"])
    assert complaints == []


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    shared: Shared, page: Page, phone: BrowserContext
) -> None:
    pair(page, shared)
    (cookie,) = phone.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert page.evaluate("document.cookie") == ""


def test_a_code_pairs_once(shared: Shared, page: Page, phone: BrowserContext) -> None:
    address = shared.invite()
    page.goto(address)
    expect(page.locator("#status")).to_have_text("Live")
    phone.clear_cookies()
    page.goto(address)
    expect(page.locator("#problem")).to_contain_text("used or older than two minutes")
    expect(page.locator("#how")).to_contain_text("trayapp pair")
    assert page.url == f"{shared.url}/pair"
    assert len(shared.site.devices.states({})) == 1


def test_loading_the_page_without_its_script_spends_no_code(
    shared: Shared, browser: Browser, page: Page
) -> None:
    address = shared.invite()
    ahead = a_phone(browser, java_script_enabled=False)
    blind = ahead.new_page()
    blind.goto(address)
    expect(blind.locator("h1")).to_be_visible()
    ahead.close()
    page.goto(address)
    expect(page.locator("#status")).to_have_text("Live")


def test_without_a_code_it_says_how_to_get_one(
    shared: Shared, page: Page, complaints: list[str]
) -> None:
    page.goto(f"{shared.url}/")
    assert page.url == f"{shared.url}/pair"
    expect(page.locator("#how")).to_contain_text("Scan the code")
    expect(page.locator("#problem")).to_be_hidden()
    assert complaints == []


def test_a_scan_of_a_paired_device_renews_it_and_keeps_its_name(shared: Shared, page: Page) -> None:
    pair(page, shared)
    page.locator("#name").fill("My phone")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("#said")).to_have_text("Renamed.")
    (before,) = shared.site.devices.states({})
    assert before.name == "My phone"

    pair(page, shared)

    (after,) = shared.site.devices.states({})
    assert (after.device, after.name) == (before.device, "My phone")
    assert after.paired > before.paired
    page.reload()
    expect(page.locator("#status")).to_have_text("Live")
    expect(page.locator("#name")).to_have_value("My phone")


def test_an_old_address_in_the_history_does_not_worry_a_paired_device(
    shared: Shared, page: Page
) -> None:
    address = shared.invite()
    page.goto(address)
    expect(page.locator("#status")).to_have_text("Live")
    page.goto(address)
    expect(page.locator("#status")).to_have_text("Live")
    assert page.url == f"{shared.url}/pair"


def test_a_paired_device_that_comes_from_another_site_is_known(
    shared: Shared, page: Page, site: Site
) -> None:
    pair(page, shared)
    site.write("index.html", f'<!doctype html><a href="{shared.url}/pair">there</a>')
    page.goto(f"{site.url}/index.html")
    page.get_by_role("link").click()  # without the cookie: it is Strict
    expect(page.locator("#status")).to_have_text("Live")
    assert page.url == f"{shared.url}/pair"


def test_it_says_hello_to_the_computer(shared: Shared, page: Page) -> None:
    pair(page, shared)
    page.get_by_role("button", name="Say hello").click()
    expect(page.locator("#events .what")).to_have_text("Hello from Pixel 7, Chrome")
    assert "Hello from" in shared.site.bus.recent(1)[0].data


def test_what_was_missed_is_shown_when_the_stream_is_back(shared: Shared, page: Page) -> None:
    pair(page, shared)
    notify(shared, "first")
    expect(page.locator("#events .what")).to_have_text("first")
    shared.hub.end(lambda reader: True)  # says bye
    notify(shared, "second")
    expect(page.locator("#events .what")).to_have_text(["second", "first"])


def test_a_device_that_was_forgotten_is_told_so(shared: Shared, page: Page) -> None:
    pair(page, shared)
    (device,) = shared.site.devices.states({})
    shared.site.devices.forget(device.device)
    shared.hub.end(lambda reader: reader.device == device.device)
    expect(page.locator("#status")).to_contain_text("not paired any longer")
    page.reload()
    expect(page.locator("#how")).to_be_visible()


def test_a_computer_that_is_gone_is_found_again(shared: Shared, page: Page) -> None:
    pair(page, shared)
    page.context.set_offline(True)
    shared.hub.end(lambda reader: True)
    expect(page.locator("#status")).to_contain_text("does not answer")
    page.context.set_offline(False)
    expect(page.locator("#status")).to_have_text("Live")


def test_a_browser_without_cookies_is_told_what_is_missing(shared: Shared, page: Page) -> None:
    def without_cookie(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=200, json={})
        else:
            route.continue_()

    page.route("**/pair", without_cookie)
    page.goto(shared.invite())
    expect(page.locator("#problem")).to_contain_text("keeps no cookies")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_of_a_small_screen(
    shared: Shared, browser: Browser, scheme: str
) -> None:
    context = a_phone(browser, color_scheme=scheme)
    page = context.new_page()
    pair(page, shared)
    shared.site.bus.publish("builds", "x" * 200)
    expect(page.locator("#events .what")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


# Pages of the computer, on the phone


def snippet(page: Page) -> str:
    return page.locator("#tag").inner_text().replace(":8765/", ":PORT/")


def dev_page(site: Site, tag: str) -> str:
    site.write("index.html", f'<!doctype html><link rel="icon" href="data:,"><h1>dev</h1>{tag}')
    return f"http://{COMPUTER}:{site.url.rpartition(':')[2]}/index.html"


def change(shared: Shared, path: str, fingerprint: str) -> None:
    data = (
        f'{{"root": "site", "action": "css", "paths": [{{"path": "{path}", "change": "modified"}}],'
        f' "more": 0, "fingerprint": "{fingerprint}", "cause": "{path}", "time": 9e9}}'
    )
    shared.site.bus.publish("change", data, type="change", root="site")


def test_a_dev_page_on_another_port_follows_by_the_cookie(
    shared: Shared, page: Page, phone: BrowserContext, site: Site
) -> None:
    pair(page, shared)
    tag = snippet(page).replace(":PORT/", f":{shared.port}/")
    watch = PageWatch(phone.new_page())
    watch.open(dev_page(site, tag + '<link rel="stylesheet" href="css/style.css">'))
    reports = shared.site.service.reports
    wait_for(lambda: reports)  # it has posted with the cookie

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    change(shared, "css/style.css", "f2")
    watch.wait_for_style("body", "rgb(2, 2, 2)")
    notify(shared, "to all")  # by a module
    expect(watch.page.locator("trayapp-ui .toast")).to_contain_text("to all")
    said = watch.page.evaluate("trayapp.publish('builds', 'from the phone')")
    assert shared.site.bus.recent(1)[0].id == said
    assert watch.errors == []


def test_a_dev_page_of_a_device_that_is_not_paired_says_how_to(
    shared: Shared, page: Page, site: Site
) -> None:
    watch = PageWatch(page)
    page.goto(dev_page(site, f'<script src="{shared.url}/client.js"></script>'))
    line = "trayapp: this device is not paired. Scan the code of trayapp's dashboard; what it "
    wait_for(lambda: page.evaluate("1") and f"{line}opens is {shared.url}/pair" in watch.console)
    assert shared.site.service.reports == []


def test_a_page_of_another_host_is_told_which_host_works(
    shared: Shared, page: Page, site: Site
) -> None:
    pair(page, shared)
    watch = PageWatch(page)
    dev_page(site, f'<script src="{shared.url}/client.js"></script>')
    page.goto(f"{site.url.replace('127.0.0.1', 'localhost')}/index.html")
    wait_for(
        lambda: (
            page.evaluate("1")
            and any(f"only pages of http://{COMPUTER}" in line for line in watch.console)
        )
    )


def test_the_demo_follows_on_the_phone(
    shared: Shared, page: Page, phone: BrowserContext, tmp_path: Path
) -> None:
    folder = prepare_demo(tmp_path / "demo", f"http://localhost:{shared.port}")
    url = shared.serve(create_site(folder))
    stranger = page.goto(url)
    assert stranger is not None
    assert stranger.status == 401
    pair(page, shared)
    watch = PageWatch(phone.new_page())
    watch.open(f"{url}/")
    expect(watch.page.locator("#stream")).to_contain_text("Connected to trayapp")
    style = folder / "style.css"
    style.write_text(style.read_text().replace("#3f74e0", "rgb(2, 2, 2)"))
    change(shared, "style.css", "f2")
    watch.wait_for_style("h1", "rgb(2, 2, 2)")
    assert watch.kept
