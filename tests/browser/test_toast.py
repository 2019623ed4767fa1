"""A published notification shows in the page's corner and disturbs nothing else."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
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


def test_it_follows_the_reader_s_wish_for_dark_and_for_stillness(
    running: Running, page: Page, publish: Publish
) -> None:
    publish(running, "notify", "seen", Priority="5")
    toast = page.locator(".toast")
    expect(toast).to_have_css("background-color", "rgb(255, 255, 255)")

    page.emulate_media(color_scheme="dark", reduced_motion="reduce")

    expect(toast).to_have_css("background-color", "rgb(34, 38, 45)")
    expect(toast).to_have_css("animation-name", "none")


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
    expect(page.locator("trayapp-ui")).to_have_count(0)
