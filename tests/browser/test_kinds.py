"""Pages of every kind: without head and body, of XML, of frames, with a service worker.

Each is brought up to date as any other, and nothing is complained of.
"""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import settled
from tests.support import Running

Run = Callable[..., Running]
Control = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.browser

ICON = '<link rel="icon" href="data:," />'
SHEET = '<link rel="stylesheet" href="css/style.css" />'
APP = '<script src="app.js"></script>'


class Kinds:
    """A site of files that a test writes as they are; `TAG` in them is the tag of the script."""

    def __init__(self, page: Page, site: Site, running: Running, control: Control) -> None:
        self.page = page
        self.site = site
        self.watch = PageWatch(page)
        self._running = running
        self._control = control
        self.write("favicon.ico", "")  # of no bytes, so it is told half a second late
        self.save("app.js", "window.version = 1")

    def write(self, name: str, text: str) -> None:
        tag = f'<script src="{self._running.url}/client.js"></script>'
        self.site.write(name, text.replace("TAG", tag))

    def save(self, name: str, text: str) -> None:
        settled(lambda: self.write(name, text), name, self._running, self._control)

    def open(self, name: str, text: str) -> None:
        self.save(name, text)
        self.watch.open(f"{self.site.url}/{name}")

    def follows_css(self, selector: str = "body", frame: Frame | None = None) -> None:
        for shade in ("rgb(2, 2, 2)", "rgb(3, 3, 3)"):
            self.save("css/style.css", f"{selector} {{ color: {shade} }}")
            (frame or self.page.main_frame).wait_for_function(
                "([s, c]) => getComputedStyle(document.querySelector(s)).color === c",
                arg=[selector, shade],
            )

    def follows_js(self, loads: int = 2) -> None:
        self.save("app.js", "window.version = 2")
        self.page.wait_for_function("() => window.version === 2")
        self.is_well(loads)

    def is_well(self, loads: int) -> None:
        self.watch.connected()
        self.page.wait_for_timeout(300)  # for a load too many
        assert self.watch.loads == loads
        assert self.watch.errors == []
        assert self.watch.console == []


@pytest.fixture
def kinds(run_trayapp: Run, site: Site, page: Page, control: Control) -> Kinds:
    return Kinds(page, site, run_trayapp(site.folder), control)


@pytest.mark.parametrize(
    "text",
    [
        f"TAG{APP}{ICON}{SHEET}<p>old",
        f"<!doctype html><title>bare</title>{ICON}{SHEET}<p>old<p>TAG{APP}",
        f"<p>old</p>{ICON}{SHEET}TAG{APP}",
    ],
    ids=["quirks", "standard", "tag last"],
)
def test_a_page_without_head_and_body(kinds: Kinds, text: str) -> None:
    kinds.open("index.html", text)

    kinds.follows_css()
    kinds.save("index.html", text.replace("old", "new"))
    expect(kinds.page.get_by_text("new")).to_be_visible()
    assert kinds.watch.kept
    kinds.follows_js()


XHTML = f"""<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml">
<head><title>XHTML</title>{ICON}{SHEET}TAG{APP}</head>
<body><p>old</p><br/></body>
</html>
"""


def test_a_page_of_xml(kinds: Kinds) -> None:
    kinds.open("index.xhtml", XHTML)
    assert kinds.page.evaluate("document.contentType") == "application/xhtml+xml"

    kinds.follows_css()
    kinds.save("index.xhtml", XHTML.replace("old", "new &amp; <b>bold</b>"))
    expect(kinds.page.get_by_text("new & bold")).to_be_visible()
    assert kinds.watch.kept
    kinds.save("index.xhtml", XHTML.replace("old", "half <b>"))  # ill-formed
    kinds.save("index.xhtml", XHTML.replace("old", "whole"))
    expect(kinds.page.get_by_text("whole")).to_be_visible()
    assert kinds.watch.kept
    kinds.follows_js()


FRAMESET = (
    f"<html><head><title>frames</title>{ICON}TAG{APP}</head>"
    '<frameset cols="50%,50%"><frame name="a" src="a.html"><frame name="b" src="b.html">'
    "</frameset></html>"
)
FRAME = f"<!doctype html><title>frame</title>{SHEET}<p>old</p>"


def test_a_frameset_with_the_tag(kinds: Kinds) -> None:
    for name in ("a.html", "b.html"):
        kinds.save(name, FRAME)
    kinds.open("index.html", FRAMESET)

    kinds.save("index.html", FRAMESET.replace("50%,50%", "30%,70%"))
    kinds.page.wait_for_function("() => document.querySelector('frameset').cols === '30%,70%'")
    loads = kinds.watch.loads
    kinds.save("a.html", FRAME.replace("old", "new"))
    expect(kinds.page.frame_locator("[name=a]").get_by_text("new")).to_be_visible()
    kinds.is_well(loads + 1)
    kinds.follows_js(loads + 2)


def test_a_frame_with_the_tag(kinds: Kinds) -> None:
    kinds.save("a.html", f"{FRAME}TAG")
    kinds.save("b.html", FRAME)
    kinds.save("index.html", FRAMESET.replace("TAG", ""))
    kinds.page.goto(f"{kinds.site.url}/index.html")
    frame = kinds.page.frame("a")
    assert frame is not None
    frame.wait_for_function("() => window.stream?.connected === true")

    kinds.follows_css("p", frame)
    kinds.save("a.html", f"{FRAME}TAG".replace("old", "new"))

    expect(kinds.page.frame_locator("[name=a]").get_by_text("new")).to_be_visible()
    assert kinds.watch.loads == 1
    assert kinds.watch.errors == kinds.watch.console == []


PARENT = f"<!doctype html>{ICON}{SHEET}<h1>parent</h1><iframe src='child.html'></iframe>TAG{APP}"
CHILD = f"<!doctype html>{SHEET}<p>old</p>"


def test_a_frame_and_the_page_around_it_both_with_the_tag(kinds: Kinds) -> None:
    kinds.save("child.html", f"{CHILD}TAG")
    kinds.open("index.html", PARENT)
    child = kinds.page.frames[1]
    child.wait_for_function("() => window.stream?.connected === true")
    child.evaluate("window.mark = 'kept'")

    kinds.save("child.html", f"{CHILD}TAG".replace("old", "new"))
    expect(kinds.page.frame_locator("iframe").get_by_text("new")).to_be_visible()
    assert child.evaluate("window.mark") == "kept"
    kinds.follows_css("p", child)
    kinds.save("index.html", PARENT.replace("parent", "around"))
    expect(kinds.page.get_by_text("around")).to_be_visible()

    assert child.evaluate("window.mark") == "kept"
    assert kinds.watch.kept
    kinds.follows_js()


def test_a_frame_without_the_tag_is_loaded_with_the_page_around_it(kinds: Kinds) -> None:
    kinds.save("child.html", CHILD)
    kinds.open("index.html", PARENT)

    kinds.save("child.html", CHILD.replace("old", "new"))

    expect(kinds.page.frame_locator("iframe").get_by_text("new")).to_be_visible()
    kinds.is_well(2)
    kinds.follows_js(3)


WORKER = """
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (origin !== location.origin || !/[.](css|html)$/.test(pathname)) return;
  event.respondWith(caches.open("first").then(async (cache) => {
    const kept = await cache.match(event.request OPTIONS);
    if (kept) return kept;
    const answer = await fetch(event.request);
    await cache.put(event.request, answer.clone());
    return answer;
  }));
});
"""
REGISTER = "navigator.serviceWorker.register('worker.js'); window.version = 1"
WORKED = f"<!doctype html>{ICON}{SHEET}<p>old</p>TAG{APP}"


def open_worked(kinds: Kinds, worker: str) -> None:
    """The page and its sheet come out of the worker's cache."""
    kinds.save("worker.js", worker)
    kinds.save("app.js", REGISTER)
    kinds.open("index.html", WORKED)
    kinds.page.wait_for_function("() => navigator.serviceWorker.controller")
    kinds.page.reload()
    kinds.watch.connected()
    kinds.page.evaluate("window.mark = 'kept'")


def test_a_worker_that_keeps_files_lets_a_style_sheet_through(kinds: Kinds) -> None:
    """A swap asks under a name that the worker has not kept."""
    open_worked(kinds, WORKER.replace("OPTIONS", ""))

    kinds.follows_css()

    assert kinds.watch.kept
    kinds.is_well(2)


@pytest.mark.parametrize("options", ["", ", { ignoreSearch: true }"], ids=["name", "path"])
def test_what_a_worker_holds_back_is_no_error_and_no_loop(kinds: Kinds, options: str) -> None:
    """The page is as its own worker has it: nothing that trayapp could do about it."""
    open_worked(kinds, WORKER.replace("OPTIONS", options))

    kinds.save("css/style.css", "body { color: rgb(2, 2, 2) }")
    kinds.save("index.html", WORKED.replace("old", "new"))
    kinds.page.wait_for_timeout(1000)

    assert kinds.page.get_by_text("old").is_visible()
    kinds.is_well(2)
    kinds.save("app.js", f"{REGISTER} + 1")
    kinds.page.wait_for_function("() => window.version === 2")
    kinds.is_well(3)
