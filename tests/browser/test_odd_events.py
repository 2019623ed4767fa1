"""An event of any shape stops no front end: the next one is shown."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devsite import Site
from tests.browser.parts import exposed
from tests.support import Running

Run = Callable[..., Running]
Publish = Callable[..., None]
Open = Callable[[Running], None]

pytestmark = pytest.mark.browser

ODD: list[Any] = [
    {"paths": 5},
    {"paths": [None]},
    {"paths": {"map": 1}},
    {"action": "css", "paths": [None]},
    {"action": "__proto__", "paths": [5]},
    {"name": 5, "ok": "no", "output": {}, "time": 1e300},
    {"name": "build", "ok": False, "output": None, "time": -1e300},
    {"title": 5, "message": {"a": []}, "tags": "abc", "priority": "x"},
    [[]],
    None,
    5,
    "\u0000",
    {"toString": 1, "valueOf": 1, "__proto__": 5},
]


def publish_odd(running: Running, publish: Publish) -> None:
    for topic in ("anything", "command", "notify"):
        for value in ODD:
            text = json.dumps(value)
            publish(running, topic, text if topic != "notify" else f"n {text}")


def test_a_dashboard_opened_after_odd_events_goes_on(
    run: Run, site: Site, page: Page, publish: Publish, open_dashboard: Open
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    running = run(site.folder)
    publish_odd(running, publish)
    open_dashboard(running)
    expect(page.locator("#events")).to_contain_text('{"paths": 5}')

    publish(running, "notify", "after all that")
    expect(page.locator("#events")).to_contain_text("after all that")
    publish_odd(running, publish)
    publish(running, "notify", "and again")
    expect(page.locator("#events")).to_contain_text("and again")
    assert errors == []


def test_a_page_goes_on(run: Run, site: Site, page: Page, publish: Publish) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    running = run(site.folder)
    body = (
        "<script>document.addEventListener('trayapp:stream', () => { window.on = true; });</script>"
    )
    page.goto(site.write_page(running.url, body=body, options='data-topics="anything"'))
    page.wait_for_function("window.on")
    publish_odd(running, publish)
    publish(running, "notify", "after all that")
    expect(page.locator("trayapp-ui .toast").last).to_contain_text("after all that")
    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    page.wait_for_function("getComputedStyle(document.body).color === 'rgb(2, 2, 2)'")
    assert errors == []


PRELUDE = """
const options = { roots: [], topics: [] };
const relay = {};
const complain = () => {};
const queued = [];
"""


@pytest.mark.parametrize("value", ODD, ids=json.dumps)
def test_a_change_of_another_shape_is_left_out(page: Page, value: Any) -> None:
    """As another computer on the same Redis may send it."""
    page.goto("about:blank")
    page.evaluate(exposed("fingerprints", prelude=PRELUDE))
    assert page.evaluate(
        "(value) => { try { return Boolean(parts.isChange(value)); } catch { return false; } }",
        value,
    ) in (False,)


def test_panels_of_failed_commands_are_five_and_a_counter(
    run: Run, site: Site, page: Page, publish: Publish
) -> None:
    running = run(site.folder)
    body = (
        "<script>document.addEventListener('trayapp:stream', () => { window.on = true; });</script>"
    )
    page.goto(site.write_page(running.url, body=body))
    page.wait_for_function("window.on")
    for number in range(45):
        publish(running, "command", json.dumps({"name": f"job {number}", "ok": False}))
    expect(page.locator("trayapp-ui .more")).to_contain_text("40 more failed")
    titles = [f"job {number} failed" for number in (44, 43, 42, 41, 40)]
    expect(page.locator("trayapp-ui .panel b")).to_have_text(titles)

    publish(running, "command", json.dumps({"name": "job 44", "ok": True}))
    expect(page.locator("trayapp-ui .more")).to_contain_text("39 more failed")
    titles = [f"job {number} failed" for number in (43, 42, 41, 40, 39)]
    expect(page.locator("trayapp-ui .panel b")).to_have_text(titles)
    page.locator("body").press("Escape")
    expect(page.locator("trayapp-ui .more")).to_contain_text("38 more failed")
    page.locator("trayapp-ui .more button").click()
    expect(page.locator("trayapp-ui .panel")).to_have_count(0)
    expect(page.locator("trayapp-ui .more")).to_have_count(0)
