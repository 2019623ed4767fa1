"""What the script shows looks and works alike in the other browsers."""

import pytest

from tests.browser.devsite import Site
from tests.browser.uiparts import ASKING
from tests.browser.webdriver.tab import Tab
from trayapp.web import client

pytestmark = pytest.mark.browser

UI = "document.querySelector('trayapp-ui').shadowRoot"
SHOW = """
window.onerror = (message) => { window.failed = message; };
localStorage.setItem('trayapp.notifications', 'no');
parts.onNotify({ message: 'words', title: 'Title', priority: 5 }, {});
parts.onNotify({ message: 'less', priority: 1, click: 'https://example.com/' }, {});
parts.showBadge(true);
parts.showReady(() => { window.applied = true; });
parts.onCommand({ name: 'build', ok: false, output: '\\x1b[31mred\\x1b[0m' });
"""


@pytest.fixture
def shown(tab: Tab, site: Site) -> Tab:
    """A page with a modal dialog open over it, and then all that we show."""
    style = "<style>* { color: lime }</style>"
    asking = f"<script>{ASKING}</script>"
    site.write("index.html", f"<!doctype html>{style}<dialog>Hi</dialog>{asking}")
    site.write("client/notices.js", client.module("notices"))
    tab.go(f"{site.url}/index.html")
    tab.run("document.querySelector('dialog').showModal()")
    tab.run(SHOW)
    tab.wait_until(f"{UI}.querySelector('.panel')")
    return tab


def test_everything_is_there_above_a_dialog_and_styled(shown: Tab) -> None:
    assert shown.run(f"return {UI}.host.matches(':popover-open')") is True
    for name in (".toast", ".badge", ".ready", ".panel"):
        assert shown.run(f"return {UI}.querySelector('{name}').offsetHeight > 20"), name
    style = f"getComputedStyle({UI}.querySelector('.badge'))"
    colours = [shown.run(f"return {style}.{name}") for name in ("color", "backgroundColor")]
    assert colours in (
        ["rgb(29, 33, 39)", "rgb(255, 255, 255)"],
        ["rgb(232, 234, 238)", "rgb(34, 38, 45)"],
    )
    assert shown.run(f"return {UI}.querySelector('pre').textContent") == "red"
    # WebKit lets nobody scroll by keyboard what has no place in the tab order.
    assert shown.run(f"return {UI}.querySelector('pre').tabIndex") == 0
    assert shown.run("return window.failed || null") is None


def test_buttons_and_escape_close_it(shown: Tab) -> None:
    shown.run("document.querySelector('dialog').close()")
    shown.run(f"{UI}.querySelector('.ready button').click()")
    shown.run(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', "
        "{ key: 'Escape', bubbles: true, cancelable: true }))"
    )

    assert shown.run("return window.applied") is True
    assert shown.run(f"return {UI}.querySelectorAll('.ready, .panel').length") == 0
