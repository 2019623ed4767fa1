"""The browser's own notifications: after consent on a button, for a hidden tab, one per browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pagewatch import PageWatch
from tests.browser.uiparts import URL, notify, open_page
from tests.support import Running

Shown = Callable[[], list[dict[str, Any]]]

pytestmark = pytest.mark.browser

DESKTOP = """
window.shown = [];
window.Notification = class {
  static permission = "default";
  static answer = "granted";
  static async requestPermission() {
    return (window.Notification.permission = window.Notification.answer);
  }
  constructor(title, options) {
    if (window.illegal) throw new TypeError("Illegal constructor.");
    this.close = () => { this.closed = true; };
    window.shown.push(Object.assign(this, { title }, options));
  }
};
Object.defineProperty(Document.prototype, "hidden", { get: () => window.away === true });
window.open = (...how) => { window.opened = how; };
window.focus = () => { window.focused = true; };
"""
"""A browser with a desktop that shows notifications; this one has none."""

OFFER = "Also show when this tab is hidden"


@pytest.fixture
def errors(page: Page) -> list[str]:
    page.add_init_script(DESKTOP)
    return open_page(page)


@pytest.fixture
def shown(page: Page, errors: list[str]) -> Shown:
    return lambda: page.evaluate("JSON.parse(JSON.stringify(window.shown))")


@pytest.fixture
def granted(page: Page, errors: list[str]) -> None:
    page.evaluate("Notification.permission = 'granted'; window.away = true")


@pytest.mark.usefixtures("errors")
def test_a_toast_offers_them_once_and_asks_on_the_button(page: Page) -> None:
    notify(page, "one", priority=5)
    notify(page, "two", priority=5)
    expect(page.get_by_role("button", name=OFFER)).to_have_count(1)
    assert page.evaluate("Notification.permission") == "default", "nobody was asked"

    page.get_by_role("button", name=OFFER).click()

    expect(page.get_by_role("button", name=OFFER)).to_have_count(0)
    assert page.evaluate("Notification.permission") == "granted"
    expect(page.locator(".toast")).to_have_count(2)


@pytest.mark.usefixtures("errors")
@pytest.mark.parametrize("no", ["No thanks", OFFER])
def test_a_no_is_remembered(page: Page, no: str) -> None:
    """A question closed without an answer is one too."""
    page.evaluate("Notification.answer = 'default'")
    notify(page, "one", priority=5)

    page.get_by_role("button", name=no).click()

    expect(page.get_by_role("button", name=OFFER)).to_have_count(0)
    open_page(page)
    notify(page, "after the next load", priority=5)
    expect(page.locator(".toast")).to_have_count(1)
    expect(page.get_by_role("button", name=OFFER)).to_have_count(0)


@pytest.mark.parametrize("permission", ["denied", "granted"])
def test_an_answered_question_is_not_asked_again(
    page: Page, errors: list[str], permission: str
) -> None:
    page.evaluate("(permission) => { Notification.permission = permission; }", permission)

    notify(page, "one", priority=5)

    expect(page.locator(".toast")).to_have_count(1)
    expect(page.get_by_role("button", name=OFFER)).to_have_count(0)
    assert errors == []


def test_a_page_without_storage_offers_them_too(page: Page) -> None:
    page.add_init_script(DESKTOP)
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })"
    )
    errors = open_page(page)
    notify(page, "one", priority=5)

    page.get_by_role("button", name="No thanks").click()

    expect(page.get_by_role("button", name=OFFER)).to_have_count(0)
    assert errors == []


@pytest.mark.usefixtures("granted")
def test_a_hidden_page_shows_one_with_the_event_as_its_tag(page: Page, shown: Shown) -> None:
    page.evaluate(
        "parts.onNotify({ title: 'Tests', message: 'green', icon: 'https://e.com/i.png' },"
        " { id: 'e-7' })"
    )

    [one] = shown()
    assert (one["title"], one["body"], one["tag"]) == ("Tests", "green", "e-7")
    assert one["icon"] == "https://e.com/i.png"


@pytest.mark.usefixtures("granted")
def test_without_a_title_the_message_is_the_title(page: Page, shown: Shown) -> None:
    notify(page, "green", icon="file:///secret.png")

    [one] = shown()
    assert (one["title"], one["body"], one["icon"]) == ("green", "", "")


@pytest.mark.usefixtures("granted")
@pytest.mark.parametrize(
    "but",
    [
        "window.away = false",
        "window.holding = false",
        "options.toast = false",
        "Notification.permission = 'denied'",
        "document.addEventListener('trayapp:notify', (event) => event.preventDefault())",
    ],
)
def test_none_is_shown_by_a_page_that_is_seen_or_does_not_hold_the_stream(
    page: Page, shown: Shown, but: str
) -> None:
    page.evaluate(f"() => {{ {but} }}")

    notify(page, "green")

    assert shown() == []


@pytest.mark.usefixtures("granted")
@pytest.mark.parametrize(
    ("click", "opened"),
    [
        ("https://example.com/", ["https://example.com/", "_blank", "noopener"]),
        ("javascript:alert(1)", None),
        (None, None),
    ],
)
def test_a_click_shows_the_page_and_opens_web_addresses_only(
    page: Page, click: str | None, opened: list[str] | None
) -> None:
    notify(page, "green", **({"click": click} if click else {}))

    page.evaluate("window.shown[0].onclick()")

    assert page.evaluate("[window.focused, window.shown[0].closed]") == [True, True]
    assert page.evaluate("window.opened") == opened


@pytest.mark.usefixtures("granted")
def test_a_browser_that_refuses_the_constructor_shows_the_toast(
    page: Page, errors: list[str]
) -> None:
    page.evaluate("window.illegal = true")

    notify(page, "green")

    expect(page.locator(".toast")).to_have_count(1)
    assert errors == []


@pytest.mark.parametrize("missing", ["Notification", "isSecureContext"])
def test_where_they_do_not_exist_nothing_is_offered(page: Page, missing: str) -> None:
    page.add_init_script(DESKTOP)
    page.add_init_script(f"Object.defineProperty(window, '{missing}', {{ value: undefined }})")
    errors = open_page(page)

    notify(page, "green")

    expect(page.locator(".toast")).to_have_count(1)
    expect(page.get_by_role("button", name=OFFER)).to_have_count(0)
    assert errors == []


def test_a_real_browser_shows_one(whole_chromium: Browser) -> None:
    hidden = "Object.defineProperty(Document.prototype, 'hidden', { get: () => true })"
    with whole_chromium.new_context() as context:
        context.grant_permissions(["notifications"], origin=URL)
        page = context.new_page()
        page.add_init_script(hidden)
        errors = open_page(page)

        notify(page, "green", title="Tests")

        assert page.evaluate("Notification.permission") == "granted"
        assert errors == []


def test_pages_that_share_a_worker_show_one_by_its_tag(
    run_trayapp: Callable[..., Running], page: Page, publish: Callable[..., None]
) -> None:
    started = run_trayapp()
    page.add_init_script(DESKTOP)
    page.add_init_script("Notification.permission = 'granted'; window.away = true")
    tag = f'<script src="{started.url}/client.js"></script>'
    page.route(
        f"{started.url}/page.html",
        lambda route: route.fulfill(body=f"<!doctype html>{tag}", content_type="text/html"),
    )
    PageWatch(page).open(f"{started.url}/page.html")

    publish(started, "notify", "green")

    page.wait_for_function("window.shown.length === 1 && window.shown[0].tag !== ''")
