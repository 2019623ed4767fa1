"""A save reaches the page: by a reload, by swapping what was saved, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import older
from tests.support import Running

Run = Callable[..., Running]
Publish = Callable[..., None]
Control = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.browser

PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8">'
    '<rect width="8" height="8" fill="{}"/></svg>'
)


@pytest.fixture(scope="module")
def chromium(whole_chromium: Browser) -> Browser:
    """What is told everywhere else in its shell, the browser that people have shows here."""
    return whole_chromium


def open_page(page: Page, site: Site, running: Running, **parts: str) -> PageWatch:
    watch = PageWatch(page)
    watch.open(older(lambda: site.write_page(running.url, **parts), "index.html", running))
    return watch


def after_all_events(page: Page, running: Running, publish: Publish) -> None:
    """Return once the page has dealt with all that was sent before: a toast comes last."""
    publish(running, "notify", "the last of all")
    expect(page.get_by_text("the last of all")).to_be_visible()


def write_then_run(site: Site, run_trayapp: Run, page: Page, **parts: str) -> PageWatch:
    """Run on a site whose page is written before it is watched."""
    running = run_trayapp(site.folder)
    return open_page(page, site, running, **parts)


def test_saved_html_is_shown_without_a_load(run_trayapp: Run, site: Site, page: Page) -> None:
    tall = '<h1>{}</h1><input id="words"><p style="height: 4000px">tall</p>'
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running, body=tall.format("old"))
    page.fill("#words", "typed")
    page.evaluate("scrollTo(0, 1500)")

    for words in ("new", "newer"):
        site.write_page(running.url, body=tall.format(words))
        expect(page.locator("h1")).to_have_text(words)

    assert page.evaluate("scrollY") == 1500
    assert page.input_value("#words") == "typed"
    assert watch.kept
    assert watch.errors == []


def test_a_saved_script_reloads_the_page_where_it_was_scrolled(
    run_trayapp: Run, site: Site, page: Page
) -> None:
    inner = '<ul style="height: 90px; overflow: auto"><li style="height: 900px">in</ul>'
    body = f'{inner}<p style="height: 4000px">tall</p><script src="app.js"></script>'
    site.write("app.js", "window.version = 1")
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running, body=body)
    page.evaluate("scrollTo(0, 1500); document.querySelector('ul').scrollTop = 200")

    site.write("app.js", "window.version = 2")

    page.wait_for_function("window.version === 2 && scrollY === 1500")
    page.wait_for_function("document.querySelector('ul').scrollTop === 200")
    assert not watch.kept
    assert watch.loads == 2
    assert watch.errors == []


def test_saved_css_is_swapped_without_a_load(run_trayapp: Run, site: Site, page: Page) -> None:
    watch = write_then_run(site, run_trayapp, page, body='<input id="words">')
    page.fill("#words", "typed")

    for shade in (2, 3, 4):
        site.write("css/style.css", f"body {{ color: rgb({shade}, {shade}, {shade}) }}")
        watch.wait_for_style("body", f"rgb({shade}, {shade}, {shade})")

    expect(page.locator("link[rel=stylesheet]")).to_have_count(1)
    assert page.input_value("#words") == "typed"
    assert watch.kept
    assert watch.loads == 1


def test_the_page_is_styled_at_every_moment_of_a_swap(
    run_trayapp: Run, site: Site, page: Page
) -> None:
    watch = write_then_run(site, run_trayapp, page)
    site.delay_swaps(0.3)
    page.evaluate(
        """() => {
            window.seen = new Set();
            const look = () => {
                window.seen.add(getComputedStyle(document.body).color);
                requestAnimationFrame(look);
            };
            look();
        }"""
    )

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    watch.wait_for_style("body", "rgb(2, 2, 2)")

    assert page.evaluate("[...window.seen].sort()") == ["rgb(1, 1, 1)", "rgb(2, 2, 2)"]


def test_an_imported_sheet_is_swapped(run_trayapp: Run, site: Site, page: Page) -> None:
    site.let_browsers_cache(60)
    site.write("css/style.css", "@import url('parts/head.css');")
    site.write("css/parts/head.css", "h1 { color: rgb(5, 5, 5) }")
    watch = write_then_run(site, run_trayapp, page, body="<h1>head</h1>")
    watch.wait_for_style("h1", "rgb(5, 5, 5)")

    site.write("css/parts/head.css", "h1 { color: rgb(6, 6, 6) }")

    watch.wait_for_style("h1", "rgb(6, 6, 6)")
    assert watch.kept


def test_a_sheet_that_the_page_does_not_use_changes_nothing(
    run_trayapp: Run, site: Site, page: Page, publish: Publish
) -> None:
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running)

    with page.expect_event("console", lambda message: message.text == "print.css"):
        page.evaluate(
            "document.addEventListener('trayapp:change', (e) => console.log(e.detail.cause))"
        )
        site.write("print.css", "body { color: red }")
    after_all_events(page, running, publish)

    assert watch.kept
    href = page.locator("link[rel=stylesheet]").get_attribute("href")
    assert href == "css/style.css"


def test_a_deleted_sheet_that_the_page_uses_reloads_it(
    run_trayapp: Run, site: Site, page: Page
) -> None:
    watch = write_then_run(site, run_trayapp, page)

    (site.folder / "css/style.css").unlink()

    watch.wait_for_style("body", "rgb(0, 0, 0)")
    assert watch.loads == 2


def test_a_saved_image_is_swapped_wherever_it_shows(
    run_trayapp: Run, site: Site, page: Page
) -> None:
    site.write("img/a.svg", PICTURE.format("red"))
    site.write(
        "css/style.css", ".back { width: 8px; height: 8px; background: url('../img/a.svg') }"
    )
    body = (
        '<img id="plain" src="img/a.svg"><img id="set" srcset="img/a.svg 1x, img/a.svg?2 2x">'
        '<div class="back"></div><div id="inline" style="background-image: url(img/a.svg)"></div>'
    )
    watch = write_then_run(site, run_trayapp, page, body=body)

    site.write("img/a.svg", PICTURE.format("blue"))

    page.wait_for_function("document.querySelector('#plain').src.includes('trayapp=')")
    page.wait_for_function("document.querySelector('#set').srcset.split('trayapp=').length === 3")
    shown = "(s) => getComputedStyle(document.querySelector(s)).backgroundImage"
    page.wait_for_function(f"({shown})('.back').includes('trayapp=')")
    page.wait_for_function(f"({shown})('#inline').includes('trayapp=')")
    assert pixel(page, "#plain") == [0, 0, 255, 255]
    assert watch.kept


def pixel(page: Page, selector: str) -> list[int]:
    """Red, green, blue and alpha in the middle of an image, as the page paints it."""
    value: list[int] = page.locator(selector).evaluate(
        """async (image) => {
            await image.decode();
            const canvas = document.createElement('canvas').getContext('2d');
            canvas.drawImage(image, 0, 0);
            return [...canvas.getImageData(4, 4, 1, 1).data];
        }"""
    )
    return value


def test_html_and_css_saved_together_both_show(run_trayapp: Run, site: Site, page: Page) -> None:
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running, body="<h1>old</h1>")

    site.write_page(running.url, body="<h1>new</h1>")
    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")

    expect(page.locator("h1")).to_have_text("new")
    watch.wait_for_style("body", "rgb(2, 2, 2)")


def test_update_reload_loads_the_page_for_a_sheet_too(
    run_trayapp: Run, site: Site, page: Page
) -> None:
    watch = write_then_run(site, run_trayapp, page, options='data-update="reload"')

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")

    watch.wait_for_style("body", "rgb(2, 2, 2)")
    assert not watch.kept


def test_update_off_tells_the_page_and_leaves_it_alone(
    run_trayapp: Run, site: Site, page: Page, publish: Publish
) -> None:
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running, options='data-update="off"')
    page.evaluate(
        "document.addEventListener('trayapp:change', (e) => { window.told = e.detail.cause; })"
    )

    site.write_page(running.url, body="<h1>new</h1>", options='data-update="off"')

    page.wait_for_function("window.told === 'index.html'")
    after_all_events(page, running, publish)
    assert watch.kept


def test_a_page_can_take_an_update_over(
    run_trayapp: Run, site: Site, page: Page, publish: Publish
) -> None:
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running)
    page.evaluate(
        """document.addEventListener('trayapp:change', (e) => {
            e.preventDefault();
            window.told = e.detail;
        })"""
    )

    site.write("data.json", "{}")

    page.wait_for_function("window.told?.action === 'reload'")
    after_all_events(page, running, publish)
    assert watch.kept


def test_root_narrows_a_page_to_its_own_folder(
    run_trayapp: Run, site: Site, page: Page, publish: Publish
) -> None:
    site.write("shop/a.txt", "1")
    site.write("blog/a.txt", "1")
    running = run_trayapp(site.folder / "shop", site.folder / "blog")
    watch = PageWatch(page)
    watch.open(site.write_page(running.url, options='data-root="shop"'))

    site.write("blog/a.txt", "22")
    after_all_events(page, running, publish)
    assert watch.kept
    with page.expect_event("load"):
        site.write("shop/a.txt", "22")


def test_messages_of_named_topics_become_events_of_the_page(
    run_trayapp: Run, site: Site, page: Page, publish: Publish
) -> None:
    running = run_trayapp(site.folder)
    watch = open_page(page, site, running, options='data-topics="builds, deploys"')
    page.evaluate(
        "document.addEventListener('trayapp:message', (e) => { window.told = e.detail; })"
    )

    publish(running, "other", "not for this page")
    publish(running, "builds", "green \u2028 line")

    page.wait_for_function("window.told")
    told = page.evaluate("window.told")
    assert (told["topic"], told["data"]) == ("builds", "green \u2028 line")
    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    watch.wait_for_style("body", "rgb(2, 2, 2)")


def test_it_works_under_a_strict_policy(
    run_trayapp: Run, site: Site, page: Page, publish: Publish
) -> None:
    running = run_trayapp(site.folder)
    policy = f"default-src 'self'; script-src {running.url}; connect-src {running.url}"
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    watch = open_page(page, site, running, body=meta)

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    watch.wait_for_style("body", "rgb(2, 2, 2)")
    publish(running, "notify", "styled")

    expect(page.locator(".toast")).to_have_css("display", "flex")
    assert watch.kept


def test_a_policy_that_blocks_the_stream_is_told_with_its_remedy(
    run_trayapp: Run, site: Site, page: Page
) -> None:
    running = run_trayapp(site.folder)
    policy = f"script-src {running.url}; connect-src 'self'"
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    url = site.write_page(running.url, body=meta)

    with page.expect_console_message(lambda message: message.text.startswith("trayapp:")) as heard:
        page.goto(url)

    assert heard.value.text.endswith(f"Put into it: connect-src 'self' {running.url}")


def test_a_saved_script_that_the_browser_keeps_is_loaded_anew(
    run_trayapp: Run, site: Site, page: Page
) -> None:
    site.write("script.js", "window.script = 1;")
    running = run_trayapp(site.folder)
    site.let_browsers_cache(3600)
    watch = open_page(page, site, running, body='<script src="script.js"></script>')

    site.write("script.js", "window.script = 2;")

    page.wait_for_function("window.script === 2")
    assert watch.loads == 2
