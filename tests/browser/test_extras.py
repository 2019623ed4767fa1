"""What most loads of a page never need comes as a module, when it is needed first and only then."""

import gzip
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import settled
from tests.browser.uiparts import refuse_offer
from tests.support import Running, wait_for
from trayapp.web import client

Run = Callable[..., Running]
Publish = Callable[..., None]
Have = Callable[..., str]

BUDGETS = {"morph": 3584, "notices": 5120, "doctor": 1228}
"""Bytes of each module under gzip."""

CLOCKS = 0.5
"""Seconds, more than a page may be wrong about trayapp's clock, which it reads off the hello."""

VIOLATIONS = (
    "window.blocked = []; document.addEventListener('securitypolicyviolation',"
    " ({ effectiveDirective }) => window.blocked.push(effectiveDirective))"
)


@pytest.fixture
def running(run_trayapp: Run, site: Site) -> Running:
    return run_trayapp(site.folder)


@pytest.fixture
def watch(page: Page) -> PageWatch:
    return PageWatch(page)


@pytest.fixture
def have(running: Running, site: Site, control: Callable[..., dict[str, Any]]) -> Have:
    """Have a page under this policy, with a style sheet and the script; its URL. It is older than
    what two clocks may differ by: a page that is opened as it is saved looks at itself again."""

    def make(
        policy: str = "", *, server: str = running.url, key: str = "", options: str = ""
    ) -> str:
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
        links = '<link rel="stylesheet" href="css/style.css"><link rel="icon" href="css/style.css">'
        tag = f'<script src="{server}/client.js{key}" {options}></script>'
        html = f"<!doctype html>{meta}{links}<p>Words</p>{tag}"
        settled(lambda: site.write("index.html", html), "index.html", running, control)
        told = time.monotonic()
        wait_for(lambda: time.monotonic() > told + CLOCKS)
        return f"{site.url}/index.html"

    return make


@pytest.fixture
def asked(page: Page) -> list[str]:
    """What the page asked for of modules, without the server; its reader has said no to the
    browser's own notifications."""
    refuse_offer(page)
    seen: list[str] = []

    def note(url: str) -> None:
        if "/client/" in url:
            seen.append(url.partition("/client/")[2])

    page.on("request", lambda request: note(request.url))
    return seen


@pytest.mark.parametrize("name", client.EXTRAS)
def test_a_module_is_small(name: str) -> None:
    assert len(gzip.compress(client.module(name).encode())) <= BUDGETS[name]


@pytest.mark.parametrize("name", client.EXTRAS)
def test_a_module_reads_the_same_in_every_encoding(name: str) -> None:
    assert client.module(name).isascii()


def test_the_script_s_side_and_the_modules_name_the_same() -> None:
    """What a module takes is there, and what is asked of it is what it exports."""
    script = client.script()
    shared = names(re.findall(r"window\[LOADED\] = (\{.*?\})", script, re.DOTALL))
    for name in client.EXTRAS:
        text = client.module(name)
        taken = names(re.findall(r"(\{[^}]*\}) =\s+window\[Symbol", text))
        acts = set(re.findall(rf'\bask\("{name}", "(\w+)"', script))
        exported = names(re.findall(r"^export (\{.*\});", text, re.MULTILINE))
        assert taken
        assert taken <= shared
        assert acts | ({"morphPage"} if name == "morph" else set()) == exported


def names(lists: list[str]) -> set[str]:
    """The words of `{ these, lists }`."""
    return {word for found in lists for word in re.findall(r"\w+", found)}


@pytest.mark.browser
def test_a_page_whose_styles_are_saved_asks_for_none(
    site: Site, watch: PageWatch, have: Have, asked: list[str]
) -> None:
    watch.open(have())

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    watch.wait_for_style("body", "rgb(2, 2, 2)")
    site.write("css/style.css", "body { color: rgb(3, 3, 3) }")
    watch.wait_for_style("body", "rgb(3, 3, 3)")

    assert watch.kept
    assert asked == []


@pytest.mark.browser
def test_notifications_ask_for_theirs_once(
    running: Running, page: Page, watch: PageWatch, have: Have, publish: Publish, asked: list[str]
) -> None:
    watch.open(have())
    assert asked == []

    publish(running, "notify", "one")
    publish(running, "notify", "two")
    publish(running, "command", '{"name": "build", "ok": false, "output": "red"}')

    expect(page.locator(".toast .text")).to_have_text(["one", "two"])
    expect(page.locator(".panel pre")).to_have_text("red")
    assert asked == ["notices.js"]
    assert watch.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("key", ["", "?key=some"])
def test_a_module_that_did_not_come_is_asked_for_again(
    running: Running,
    page: Page,
    watch: PageWatch,
    have: Have,
    publish: Publish,
    asked: list[str],
    key: str,
) -> None:
    page.route(re.compile("/client/notices"), lambda route: route.abort(), times=1)
    watch.open(have(key=key))

    publish(running, "notify", "one")
    publish(running, "notify", "two")

    expect(page.locator(".toast .text")).to_have_text(["one", "two"])
    # Under a name of its own: a browser keeps the failure under the first one.
    assert asked[0] == f"notices.js{key}"
    assert re.fullmatch(re.escape(f"notices.js{key}") + r"[?&]\d+", asked[1])
    assert len(asked) == 2
    assert watch.errors == []


@pytest.mark.browser
def test_a_page_whose_module_never_comes_is_kept_up_to_date_all_the_same(
    site: Site, page: Page, watch: PageWatch, have: Have, asked: list[str]
) -> None:
    page.route(re.compile("/client/notices"), lambda route: route.abort())
    watch.open(have(options='data-badge="on"'))
    wait_for(lambda: page.evaluate("1") and len(asked) == 2)

    page.evaluate("trayapp.pause()")
    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    page.evaluate("trayapp.resume()")
    watch.wait_for_style("body", "rgb(2, 2, 2)")
    site.write("css/style.css", "body { color: rgb(3, 3, 3) }")

    watch.wait_for_style("body", "rgb(3, 3, 3)")
    assert watch.kept
    # Twice for each time that there was something to show: the stream, the pause, the update.
    assert {name.partition("?")[0] for name in asked} == {"notices.js"}
    assert asked[0] == "notices.js"
    assert asked[1].startswith("notices.js?")


@pytest.mark.browser
def test_a_policy_that_names_trayapp_lets_them_in(
    running: Running,
    site: Site,
    page: Page,
    watch: PageWatch,
    have: Have,
    publish: Publish,
    asked: list[str],
) -> None:
    ours = f"http://localhost:{urlsplit(running.url).port}"
    policy = f"default-src 'self'; script-src {ours}; connect-src {ours}"
    page.add_init_script(VIOLATIONS)
    watch.open(have(policy, server=ours))

    publish(running, "notify", "words")
    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")

    expect(page.locator(".toast .text")).to_have_text("words")
    expect(page.locator(".toast")).to_have_css("background-color", "rgb(255, 255, 255)")
    watch.wait_for_style("body", "rgb(2, 2, 2)")
    assert watch.kept
    assert asked == ["notices.js"]
    assert [one for one in page.evaluate("window.blocked") if one.startswith("script")] == []
    assert watch.errors == []


@pytest.mark.browser
def test_a_policy_of_nonces_lets_them_in(
    running: Running,
    site: Site,
    page: Page,
    watch: PageWatch,
    have: Have,
    publish: Publish,
    asked: list[str],
) -> None:
    page.add_init_script(VIOLATIONS)
    watch.open(have("script-src 'nonce-x'", options='nonce="x"'))

    publish(running, "notify", "words")
    expect(page.locator(".toast .text")).to_have_text("words")
    file = site.folder / "index.html"
    site.write("index.html", file.read_text().replace("<p>Words", "<p>New words"))

    expect(page.locator("p")).to_have_text("New words")
    assert watch.kept
    assert asked == ["notices.js", "morph.js"]
    assert page.evaluate("window.blocked") == []
    assert watch.errors == []


@pytest.mark.browser
def test_an_update_of_a_paused_page_waits_behind_a_button(
    site: Site, page: Page, watch: PageWatch, have: Have, asked: list[str]
) -> None:
    watch.open(have())
    page.evaluate("trayapp.pause()")

    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    expect(page.locator(".ready .said")).to_have_text("Update ready.")
    assert watch.style("body") == "rgb(1, 1, 1)"
    page.get_by_role("button", name="Apply").click()

    watch.wait_for_style("body", "rgb(2, 2, 2)")
    expect(page.locator(".ready")).to_have_count(0)
    site.write("css/style.css", "body { color: rgb(3, 3, 3) }")
    watch.wait_for_style("body", "rgb(3, 3, 3)")
    expect(page.locator(".ready")).to_have_count(0)
    assert watch.kept
    assert asked == ["notices.js"]


@pytest.mark.browser
def test_the_badge_follows_what_the_page_s_own_script_does(
    site: Site, page: Page, watch: PageWatch, have: Have
) -> None:
    refuse_offer(page)
    watch.open(have(options='data-badge="on"'))
    text = page.locator(".badge span")
    toggle = page.locator(".badge button")
    expect(text).to_have_text("connected")
    expect(toggle).to_have_text("Pause")

    page.evaluate("trayapp.pause()")
    expect(text).to_have_text("paused here")
    expect(toggle).to_have_text("Resume")
    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    expect(text).to_have_text("update ready")
    expect(page.locator(".ready")).to_have_count(1)

    page.evaluate("trayapp.resume()")
    watch.wait_for_style("body", "rgb(2, 2, 2)")
    expect(page.locator(".ready")).to_have_count(0)
    expect(text).to_have_text(re.compile(r"^updated \d\d:\d\d:\d\d: css/style\.css, \d+ ms$"))
    expect(toggle).to_have_text("Pause")
    page.evaluate("trayapp.badge(false)")
    expect(text).to_have_count(0)
