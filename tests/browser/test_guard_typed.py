"""What a person typed is never thrown away: an update that would do so waits for the person."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import settled
from tests.support import Running

Run = Callable[..., Running]
Publish = Callable[..., None]
Control = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.browser

FORM = '<h1>{}</h1><form><input id="words"><input id="box" type="checkbox"></form>'
APP = '<script src="app.js"></script>'


class Typed:
    """A page with a form into which somebody types, and a script."""

    def __init__(self, page: Page, site: Site, running: Running, control: Control) -> None:
        self.page = page
        self.watch = PageWatch(page)
        self._site = site
        self._running = running
        self._control = control
        self.save_script(1)

    def open(self) -> None:
        self.watch.open(
            settled(lambda: self._write("old"), "index.html", self._running, self._control)
        )

    def save_script(self, version: int) -> None:
        text = f"window.version = {version}"
        settled(lambda: self._site.write("app.js", text), "app.js", self._running, self._control)

    def save_page(self, title: str) -> None:
        self._write(title)

    def _write(self, title: str) -> str:
        return self._site.write_page(self._running.url, body=FORM.format(title) + APP)

    @property
    def bar(self) -> Any:
        return self.page.get_by_text("Update ready")


@pytest.fixture
def typed(run_trayapp: Run, site: Site, page: Page, control: Control) -> Typed:
    one = Typed(page, site, run_trayapp(site.folder), control)
    one.open()
    return one


def test_a_load_waits_until_it_is_applied(typed: Typed) -> None:
    typed.page.fill("#words", "typed")

    typed.save_script(2)
    expect(typed.bar).to_be_visible()
    typed.page.wait_for_timeout(500)  # for a load that must not come
    assert typed.watch.kept
    assert typed.page.input_value("#words") == "typed"

    typed.page.get_by_role("button", name="Apply").click()

    typed.page.wait_for_function("() => window.version === 2")
    typed.watch.connected()
    assert typed.watch.loads == 2
    expect(typed.bar).to_have_count(0)


def test_later_keeps_the_page_and_the_next_save_asks_again(typed: Typed) -> None:
    typed.page.fill("#words", "typed")
    typed.save_script(2)

    typed.page.get_by_role("button", name="Later").click()
    expect(typed.bar).to_have_count(0)
    assert typed.watch.kept
    assert typed.page.input_value("#words") == "typed"

    typed.save_script(3)
    typed.page.get_by_role("button", name="Apply").click()

    typed.page.wait_for_function("() => window.version === 3")
    typed.watch.connected()
    assert typed.watch.loads == 2


def test_a_ticked_box_is_as_good_as_words(typed: Typed) -> None:
    typed.page.check("#box")

    typed.save_script(2)

    expect(typed.bar).to_be_visible()
    assert typed.watch.kept
    assert typed.page.is_checked("#box")


def test_what_was_typed_and_taken_back_holds_nothing_up(typed: Typed) -> None:
    typed.page.fill("#words", "typed")
    typed.page.fill("#words", "")

    typed.save_script(2)

    typed.page.wait_for_function("() => window.version === 2")
    typed.watch.connected()
    assert typed.watch.loads == 2


def test_html_is_shown_around_what_was_typed(typed: Typed) -> None:
    typed.page.fill("#words", "typed")
    typed.page.check("#box")

    for title in ("new", "newer"):
        typed.save_page(title)
        expect(typed.page.locator("h1")).to_have_text(title)

    assert typed.watch.kept
    assert typed.page.input_value("#words") == "typed"
    assert typed.page.is_checked("#box")
    expect(typed.bar).to_have_count(0)
