"""The badge tells what the page shows and why; the bar offers an update that waits for a person."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.uiparts import open_page, refuse_offer

pytestmark = pytest.mark.browser

CONNECTED = "parts.stand({ connected: true, paused: false })"
UPDATED = "parts.stand({ updated: new Date(), cause: 'css/a.css, 41 ms' })"


@pytest.fixture(autouse=True)
def opened(page: Page) -> None:
    refuse_offer(page)
    open_page(page, "<input id=words><button id=last>Last</button>")


def test_nothing_shows_until_it_is_asked_for(page: Page) -> None:
    page.evaluate(f"() => {{ {CONNECTED}; {UPDATED} }}")

    expect(page.locator("trayapp-ui")).to_have_count(0)


def test_it_tells_the_last_update_with_its_time(page: Page) -> None:
    page.clock.set_fixed_time("2026-03-04T12:04:03")
    page.evaluate(f"parts.showBadge(true); {CONNECTED}")
    expect(page.locator(".badge span")).to_have_text("connected")

    page.evaluate(UPDATED)

    expect(page.locator(".badge span")).to_have_text("updated 12:04:03: css/a.css, 41 ms")


@pytest.mark.parametrize(
    ("doing", "text"),
    [
        ("", "connecting"),
        ("parts.stand({ connected: false, paused: false })", "disconnected"),
        ("parts.stand({ connected: true, paused: true })", "paused in trayapp"),
        (f"{CONNECTED}; parts.showReady(() => {{}})", "update ready"),
    ],
)
def test_it_tells_how_things_stand(page: Page, doing: str, text: str) -> None:
    page.evaluate(f"() => {{ parts.showBadge(true); {doing} }}")

    expect(page.locator(".badge span")).to_have_text(text)


def test_it_pauses_this_tab_by_keyboard_and_keeps_the_focus(page: Page) -> None:
    page.evaluate(f"parts.showBadge(true); {CONNECTED}")
    page.focus("#last")
    page.keyboard.press("Tab")
    button = page.get_by_role("group", name="trayapp: updates of this tab").get_by_role("button")
    expect(button).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.locator(".badge span")).to_have_text("paused here")
    expect(button).to_have_text("Resume")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".badge span")).to_have_text("connected")


def test_it_goes_when_it_is_switched_off(page: Page) -> None:
    page.evaluate("parts.showBadge(true)")
    expect(page.locator(".badge")).to_be_visible()

    page.evaluate(f"parts.showBadge(false); {CONNECTED}")

    expect(page.locator(".badge")).to_have_count(0)
    assert page.evaluate("options.badge") is False


def test_a_waiting_update_is_applied_when_a_person_says_so(page: Page) -> None:
    page.focus("#words")
    page.evaluate("parts.showReady(() => { window.applied = (window.applied || 0) + 1; })")
    bar = page.get_by_role("status").locator(".ready")
    expect(bar).to_contain_text("Applying it would lose what you typed here.")
    expect(page.locator("#words")).to_be_focused()

    page.get_by_role("button", name="Apply").click()

    expect(bar).to_have_count(0)
    assert page.evaluate("window.applied") == 1


def test_later_only_closes_the_bar(page: Page) -> None:
    page.evaluate("parts.showBadge(true); parts.showReady(() => { window.applied = 1; })")

    page.get_by_role("button", name="Later").click()

    expect(page.locator(".ready")).to_have_count(0)
    expect(page.locator(".badge span")).to_have_text("update ready")
    assert page.evaluate("window.applied") is None


def test_the_bar_of_a_paused_tab_speaks_of_no_loss(page: Page) -> None:
    page.evaluate("parts.showBadge(true)")
    page.get_by_role("button", name="Pause").click()

    page.evaluate("parts.showReady(() => {})")

    expect(page.locator(".ready .said")).to_have_text("Update ready.")


def test_a_newer_update_takes_the_place_of_the_bar(page: Page) -> None:
    page.evaluate("parts.showReady(() => { window.applied = 'first'; })")
    page.evaluate("parts.showReady(() => { window.applied = 'second'; })")
    expect(page.locator(".ready")).to_have_count(1)

    page.get_by_role("button", name="Apply").click()

    assert page.evaluate("window.applied") == "second"


def test_the_bar_goes_when_nothing_waits_any_more(page: Page) -> None:
    page.evaluate("parts.showBadge(true); parts.showReady(() => {})")

    page.evaluate("parts.hideReady()")

    expect(page.locator(".ready")).to_have_count(0)
    expect(page.locator(".badge span")).to_have_text("connecting")
