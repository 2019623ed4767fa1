"""What a page does in Firefox ESR and in WebKitGTK: the core of what Chromium is tested for."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import settling
from tests.browser.clobbering import every_kind
from tests.browser.devsite import Site
from tests.browser.webdriver.tab import LISTENER, Tab
from tests.support import Running, wait_for

Run = Callable[..., Running]
Publish = Callable[..., None]
Control = Callable[..., dict[str, Any]]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="8"/>'
COLOUR = "getComputedStyle(document.body).color === '{}'"
TITLE = "document.querySelector('h1').textContent === '{}'"
RETURN = 2.0
"""Seconds after which a page is right again when the server is back."""


@pytest.fixture
def running(run_trayapp: Run, site: Site) -> Running:
    return run_trayapp(site.folder)


def write_page(site: Site, running: Running, title: str = "old", body: str = "") -> str:
    return site.write_page(running.url, body=f"{LISTENER}<h1>{title}</h1>{body}")


def open_page(tab: Tab, site: Site, running: Running, body: str = "") -> None:
    tab.open(write_page(site, running, body=body))


def streams(running: Running) -> int:
    with urllib.request.urlopen(f"{running.url}/health", timeout=5) as answer:
        count: int = json.load(answer)["streams"]
    return count


def test_saved_css_is_swapped_without_a_load(tab: Tab, site: Site, running: Running) -> None:
    open_page(tab, site, running)

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")

    tab.wait_until(COLOUR.format("rgb(2, 2, 2)"))
    tab.wait_until("document.querySelectorAll('link[rel=stylesheet]').length === 1")
    assert tab.kept


def test_a_page_that_clobbers_the_document_is_updated(
    tab: Tab, site: Site, running: Running
) -> None:
    """<img name=currentScript> and all other names that the script reads."""
    probe = (
        "<script>const find = Document.prototype.querySelector.bind(document);"
        "window.addEventListener('trayapp:stream', (e) => { window.stream = e.detail }, true);"
        "window.colour = () => getComputedStyle(find('h1')).color;</script>"
    )
    body = f"{probe}{every_kind(site_port(site))}<h1>x</h1>"
    tab.go(site.write_page(running.url, body=body))
    tab.connected()
    site.write("css/style.css", "h1 { color: rgb(2, 2, 2) }")
    tab.wait_until("window.colour() === 'rgb(2, 2, 2)'")


def site_port(site: Site) -> int:
    return int(site.url.rpartition(":")[2])


def test_a_saved_image_is_swapped_without_a_load(tab: Tab, site: Site, running: Running) -> None:
    site.write("picture.svg", PICTURE.format(8))
    open_page(tab, site, running, body='<img src="picture.svg">')
    tab.wait_until("document.querySelector('img').width === 8")

    site.write("picture.svg", PICTURE.format(16))

    tab.wait_until("document.querySelector('img').width === 16")
    assert tab.kept


def test_saved_html_keeps_what_was_typed(tab: Tab, site: Site, running: Running) -> None:
    body = '<input id="words"><details><summary>More</summary>Text</details>'
    open_page(tab, site, running, body=body)
    tab.write("#words", "typed")
    tab.run("document.querySelector('details').open = true")

    write_page(site, running, title="new", body=body)

    tab.wait_until(TITLE.format("new"))
    assert tab.kept
    assert tab.run("return document.querySelector('#words').value") == "typed"
    assert tab.run("return document.activeElement.id") == "words"
    assert tab.run("return document.querySelector('details').open") is True


def test_a_saved_script_is_loaded_where_the_page_was_scrolled(
    tab: Tab, site: Site, running: Running, control: Control
) -> None:
    settling.settled(
        lambda: site.write("script.js", "window.version = 1"), "script.js", running, control
    )
    body = '<script src="script.js"></script><p style="height: 4000px">tall</p>'
    open_page(tab, site, running, body=body)
    tab.run("scrollTo(0, 1500)")

    site.write("script.js", "window.version = 2")

    tab.wait_until("window.version === 2 && Math.round(scrollY) === 1500")
    assert not tab.kept


def test_a_notification_shows(tab: Tab, site: Site, running: Running, publish: Publish) -> None:
    open_page(tab, site, running)

    publish(running, "notify", "The build is done", Title="Build")

    tab.wait_until(
        "[...document.querySelectorAll('*')].some(({ shadowRoot }) =>"
        " shadowRoot && shadowRoot.textContent.includes('The build is done'))"
    )


def restarted(run_trayapp: Run, site: Site, running: Running) -> tuple[Running, float]:
    """The server once more, on the port it had, and when it was ready (monotonic)."""
    again = run_trayapp(site.folder, "--port", str(running.port))
    return again, time.monotonic()


def kill(tab: Tab, running: Running) -> None:
    running.process.kill()
    running.process.wait()
    tab.wait_until("window.stream.connected === false")


def settled(running: Running, control: Control) -> None:
    """Wait until the watch root has its fingerprint, so that a restart can be compared with it."""
    wait_for(lambda: control(running, "state")["roots"][0]["fingerprint"], 10)


def test_a_restart_without_an_edit_loads_nothing(
    tab: Tab, site: Site, running: Running, run_trayapp: Run, control: Control, publish: Publish
) -> None:
    settled(running, control)
    open_page(tab, site, running)
    settled(running, control)
    kill(tab, running)

    again, ready = restarted(run_trayapp, site, running)

    tab.wait_until("window.stream.connected")
    assert time.monotonic() - ready < RETURN
    settled(again, control)
    publish(again, "notify", "after it")
    tab.wait_until("document.querySelector('trayapp-ui, trayapp-toasts')")
    assert tab.kept


def test_an_edit_while_the_server_was_down_shows_when_it_is_back(
    tab: Tab, site: Site, running: Running, run_trayapp: Run, control: Control
) -> None:
    open_page(tab, site, running)
    settled(running, control)
    kill(tab, running)
    write_page(site, running, title="new")

    _, ready = restarted(run_trayapp, site, running)

    tab.wait_until(TITLE.format("new"))
    assert time.monotonic() - ready < RETURN


def test_tabs_share_one_stream_and_all_show_a_change(
    new_tab: Callable[[], Tab], site: Site, running: Running
) -> None:
    url = write_page(site, running)
    tabs = [new_tab() for _ in range(4)]
    for tab in tabs:
        tab.open(url)
    assert streams(running) == 1

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")

    for tab in tabs:
        tab.wait_until(COLOUR.format("rgb(2, 2, 2)"))
        assert tab.kept
    assert streams(running) == 1


def test_the_stream_outlives_the_tab_that_opened_it(
    new_tab: Callable[[], Tab], site: Site, running: Running
) -> None:
    url = write_page(site, running)
    first, second = new_tab(), new_tab()
    for tab in (first, second):
        tab.open(url)

    first.close()
    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")

    second.wait_until(COLOUR.format("rgb(2, 2, 2)"))
    assert second.kept


def test_a_page_that_comes_back_shows_what_was_saved_meanwhile(
    tab: Tab, site: Site, running: Running
) -> None:
    open_page(tab, site, running)
    site.write("other.html", "<!doctype html><p>Another page")
    tab.go(f"{site.url}/other.html")

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    tab.back()

    tab.wait_until(COLOUR.format("rgb(2, 2, 2)"))
