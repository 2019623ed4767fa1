"""A published notification shows in the page's corner and disturbs nothing else."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.uiparts import notify, open_page, refuse_offer
from tests.support import Running

Run = Callable[..., Running]
Publish = Callable[..., None]

pytestmark = pytest.mark.browser


@pytest.fixture
def running(run_trayapp: Run, site: Site, page: Page) -> Running:
    """trayapp, with a page of the site open and its text field focused. Its reader has said no to
    the browser's own notifications, which a toast would offer."""
    started = run_trayapp(site.folder)
    page.add_init_script("localStorage.setItem('trayapp.notifications', 'no')")
    body = '<input id="words"><button id="next">Next</button>'
    PageWatch(page).open(site.write_page(started.url, body=body))
    page.focus("#words")
    return started


def test_it_shows_title_and_text_and_leaves_the_focus(
    running: Running, page: Page, publish: Publish
) -> None:
    publish(running, "notify", "all <b>green</b>", Title="Tests")

    toast = page.locator(".toast")
    expect(toast).to_contain_text("Tests")
    expect(toast).to_contain_text("all <b>green</b>")
    expect(page.locator("#words")).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("Tests")


def test_it_closes_by_click(running: Running, page: Page, publish: Publish) -> None:
    publish(running, "notify", "one")
    publish(running, "notify", "two")
    expect(page.locator(".toast")).to_have_count(2)

    page.get_by_role("button", name="Close notification").first.click()

    expect(page.locator(".toast")).to_have_text(["two×"])


def test_closing_by_keyboard_gives_the_focus_back(
    running: Running, page: Page, publish: Publish
) -> None:
    publish(running, "notify", "one")
    close = page.get_by_role("button", name="Close notification")
    expect(close).to_be_visible()
    page.focus("#next")

    page.keyboard.press("Tab")
    expect(close).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_have_count(0)
    expect(page.locator("#next")).to_be_focused()


def test_levels_differ_by_more_than_colour(running: Running, page: Page, publish: Publish) -> None:
    publish(running, "notify", "look", Priority="5")
    publish(running, "notify", "whisper", Priority="1")

    expect(page.get_by_role("alert")).to_have_text(re.compile("Urgent.*look"))
    expect(page.locator(".toast")).to_have_count(2)
    edge = "border-left-width"
    expect(page.locator(".toast", has_text="look")).to_have_css(edge, "4px")
    expect(page.locator(".toast", has_text="whisper")).to_have_css(edge, "1px")
    expect(page.get_by_role("alert")).not_to_contain_text("whisper")


def test_an_urgent_one_outlives_the_others(running: Running, page: Page, publish: Publish) -> None:
    publish(running, "notify", "urgent", Priority="4")
    for number in range(1, 7):
        publish(running, "notify", f"number {number}")

    shown = [*(f"number {n}" for n in range(3, 7)), "urgent"]
    expect(page.locator(".toast .text")).to_have_text(shown)


def test_only_web_addresses_become_links(running: Running, page: Page, publish: Publish) -> None:
    publish(running, "notify", "good", Click="https://example.com/build/7")
    publish(running, "notify", "bad", Click="mailto:somebody@example.com")

    expect(page.locator(".toast")).to_have_count(2)
    links = page.locator(".toast a")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://example.com/build/7")
    expect(links).to_have_attribute("rel", "noopener noreferrer")


def test_five_are_shown_and_the_oldest_goes(running: Running, page: Page, publish: Publish) -> None:
    for number in range(1, 8):
        publish(running, "notify", f"number {number}")

    expect(page.locator(".toast .text")).to_have_text([f"number {n}" for n in range(3, 8)])


def test_it_follows_the_reader_s_wish_for_dark_and_never_moves(
    running: Running, page: Page, publish: Publish
) -> None:
    publish(running, "notify", "seen", Priority="5")
    toast = page.locator(".toast")
    expect(toast).to_have_css("background-color", "rgb(255, 255, 255)")
    assert toast.evaluate("(shown) => shown.getAnimations().length") == 0

    page.emulate_media(color_scheme="dark")

    expect(toast).to_have_css("background-color", "rgb(34, 38, 45)")
    assert toast.evaluate("(shown) => shown.getAnimations().length") == 0


def test_toasts_can_be_switched_off(
    run_trayapp: Run, site: Site, page: Page, publish: Publish
) -> None:
    started = run_trayapp(site.folder)
    PageWatch(page).open(site.write_page(started.url, options='data-toast="off"'))
    page.evaluate(
        "document.addEventListener('trayapp:notify', (e) => { window.told = e.detail.message; })"
    )

    publish(started, "notify", "unseen")

    page.wait_for_function("window.told === 'unseen'")
    # Had the script asked for it, it would have come by now.
    page.evaluate("async (url) => { await import(url); }", f"{started.url}/client/notices.js")
    expect(page.locator("trayapp-ui")).to_have_count(0)


@pytest.fixture
def slow_page(page: Page) -> Page:
    """A page of the parts alone, whose time passes only by `page.clock`."""
    page.clock.install()
    refuse_offer(page)
    open_page(page)
    return page


def test_it_goes_after_a_while_and_an_urgent_one_stays(slow_page: Page) -> None:
    notify(slow_page, "normal")
    notify(slow_page, "urgent", priority=4)
    slow_page.clock.run_for(6000)  # the time that the test takes passes as well
    expect(slow_page.locator(".toast")).to_have_count(2)

    slow_page.clock.run_for(2100)

    expect(slow_page.locator(".toast .text")).to_have_text(["urgent"])


def test_it_waits_for_who_reads_it(slow_page: Page) -> None:
    notify(slow_page, "normal")
    slow_page.locator(".toast").hover()
    slow_page.clock.run_for(30_000)
    expect(slow_page.locator(".toast")).to_have_count(1)

    slow_page.mouse.move(0, 0)
    slow_page.clock.run_for(9000)

    expect(slow_page.locator(".toast")).to_have_count(0)


def test_in_a_hidden_tab_it_waits_to_be_seen(slow_page: Page) -> None:
    slow_page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => !window.back, configurable: true })"
    )
    notify(slow_page, "normal")
    slow_page.clock.run_for(60_000)
    expect(slow_page.locator(".toast")).to_have_count(1)

    slow_page.evaluate("window.back = true")
    slow_page.clock.run_for(9000)

    expect(slow_page.locator(".toast")).to_have_count(0)


@pytest.mark.parametrize("priority", [None, 0, 6, "high", {}])
def test_odd_priorities_show_all_the_same(page: Page, priority: object) -> None:
    errors = open_page(page)

    notify(page, "odd", priority=priority)

    expect(page.locator(".toast .text")).to_have_text("odd")
    assert errors == []
