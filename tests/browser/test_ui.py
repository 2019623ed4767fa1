"""What the script shows has one place of its own, on every kind of page, and leaves the page be."""

import io
import json
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.uiparts import contrasts, notify, open_page, refuse_offer
from tests.support import Running

pytestmark = pytest.mark.browser

XHTML = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body><p/></body></html>'
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><circle r="5"/></svg>'
FRAMES = '<frameset cols="*"><frame src="about:blank"></frameset>'


@pytest.fixture(autouse=True)
def said_no(page: Page) -> None:
    refuse_offer(page)


def show_everything(page: Page) -> None:
    notify(page, "words", title="Title", tags=["tag"], priority=5)
    notify(page, "less", priority=1, click="https://example.com/")
    page.evaluate("parts.showBadge(true); parts.showReady(() => {})")
    page.evaluate("parts.onCommand({ name: 'build', ok: false, output: 'red' })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_page(page)
    show_everything(page)

    found = contrasts(page)

    assert len(found) > 12
    assert {what: ratio for what, ratio in found.items() if ratio < 4.5} == {}


def test_it_is_one_element_with_one_style_and_prints_nothing(page: Page) -> None:
    open_page(page)
    show_everything(page)

    assert page.evaluate("document.querySelectorAll('trayapp-ui').length") == 1
    page.emulate_media(media="print")
    expect(page.locator(".badge")).to_be_hidden()


def test_the_page_s_styles_do_not_reach_it(page: Page) -> None:
    strange = "html > * { all: unset !important; color: lime !important; display: none !important }"
    open_page(page, f"<style>{strange} [popover] {{ inset: 50% !important }}</style>")
    notify(page, "seen")

    toast = page.locator(".toast")
    expect(toast).to_be_visible()
    expect(toast).to_have_css("color", "rgb(29, 33, 39)")
    box, size = toast.bounding_box(), page.viewport_size
    assert box is not None
    assert size is not None
    assert box["x"] + box["width"] == pytest.approx(size["width"] - 16)


def test_a_modal_dialog_does_not_cover_it(page: Page) -> None:
    open_page(
        page,
        "<style>dialog { inset: 0; width: 100vw; height: 100vh; max-width: none;"
        " max-height: none; background: rgb(255, 0, 0) }</style><dialog>Terms</dialog>",
    )
    notify(page, "first")
    page.evaluate("document.querySelector('dialog').showModal()")

    notify(page, "second")

    box = page.locator(".toast").first.bounding_box()
    assert box is not None
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    assert picture.getpixel((int(box["x"]) + 200, int(box["y"]) + 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "change",
    [
        "document.documentElement.innerHTML = '<body>new</body>'",
        "document.documentElement.replaceWith(document.createElement('html'))",
    ],
)
def test_it_comes_back_when_the_page_renders_itself_anew(page: Page, change: str) -> None:
    open_page(page)
    notify(page, "still here", priority=5)

    page.evaluate(change)

    expect(page.locator(".toast")).to_be_visible()


def test_a_page_that_insists_has_its_way(page: Page) -> None:
    open_page(page)
    page.evaluate(
        """() => {
        window.taken = 0;
        const take = () => document.querySelectorAll("trayapp-ui").forEach((one) => {
          window.taken += 1;
          one.remove();
        });
        new MutationObserver(take).observe(document.documentElement, { childList: true });
        }"""
    )

    notify(page, "unwanted", priority=5)

    page.wait_for_function("window.taken >= 21")
    page.evaluate(  # it comes back with a turn of its own, if at all
        "async () => { for (let i = 30; i; i--) await new Promise((next) => setTimeout(next)); }"
    )
    assert page.evaluate("window.taken") == 21
    expect(page.locator("trayapp-ui")).to_have_count(0)


def test_a_page_of_xhtml_shows_it(page: Page) -> None:
    errors = open_page(page, XHTML, "application/xhtml+xml")

    show_everything(page)

    expect(page.locator(".toast")).to_have_count(2)
    expect(page.locator(".badge")).to_be_visible()
    assert errors == []


@pytest.mark.parametrize(("html", "kind"), [(SVG, "image/svg+xml"), (FRAMES, "text/html")])
def test_where_there_is_no_room_nothing_is_shown(page: Page, html: str, kind: str) -> None:
    errors = open_page(page, html, kind)

    show_everything(page)

    assert page.evaluate("document.querySelectorAll('trayapp-ui').length") == 0
    assert errors == []


def test_escape_closes_what_has_the_focus_and_the_page_does_not_hear_it(page: Page) -> None:
    open_page(page, "<button id=here>Here</button>")
    page.evaluate("addEventListener('keydown', ({ key }) => { window.heard = key; })")
    notify(page, "one", priority=5)
    notify(page, "two", priority=5)
    page.focus("#here")
    page.keyboard.press("Tab")

    page.keyboard.press("Escape")

    expect(page.locator(".toast .text")).to_have_text(["two"])
    expect(page.locator("#here")).to_be_focused()
    assert page.evaluate("window.heard") == "Tab"
    page.keyboard.press("Escape")
    assert page.evaluate("window.heard") == "Escape", "nothing of ours was to close"


def test_a_strict_policy_forbids_nothing_of_it(
    run_trayapp: Callable[..., Running], site: Site, page: Page, publish: Callable[..., None]
) -> None:
    started = run_trayapp(site.folder)
    server = started.url
    allowed = f"default-src 'self'; script-src {server}; connect-src 'self' {server}"
    policy = f'<meta http-equiv="Content-Security-Policy" content="{allowed}">'
    watch = PageWatch(page)
    page.add_init_script(
        "window.blocked = []; document.addEventListener('securitypolicyviolation',"
        " ({ effectiveDirective }) => window.blocked.push(effectiveDirective))"
    )
    site.write("css/plain.css", "")
    tag = f'<script src="{server}/client.js" data-badge="on" data-update="off"></script>'
    site.write("index.html", f'<!doctype html>{policy}<link rel="icon" href="/css/plain.css">{tag}')
    page.goto(f"{site.url}/index.html")
    expect(page.locator(".badge span")).to_have_text("connected")

    publish(started, "notify", "words", Title="Title")
    publish(started, "command", json.dumps({"name": "build", "ok": False, "output": "red"}))

    expect(page.locator(".toast")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator(".panel pre")).to_have_text("red")
    assert page.evaluate("window.blocked") == []
    assert watch.errors == []


def test_a_command_that_succeeds_again_clears_the_page(
    run_trayapp: Callable[..., Running], site: Site, page: Page, publish: Callable[..., None]
) -> None:
    started = run_trayapp(site.folder)
    PageWatch(page).open(site.write_page(started.url, options='data-update="off"'))
    publish(started, "command", "not JSON {")
    publish(started, "command", json.dumps({"name": "build", "ok": False, "output": "red"}))
    expect(page.locator(".panel b")).to_have_text("build failed")

    publish(started, "command", json.dumps({"name": "build", "ok": True}))

    expect(page.locator(".panel")).to_have_count(0)
