"""What pages show of commands that run on changes, and of rules."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import scanned
from tests.support import Running, wait_for

Control = Callable[..., dict[str, Any]]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(40)]

SETTINGS = '''
[[on_change]]
run = """
cp css/style.scss css/style.css; echo looks at it
until test -e .go; do sleep 0.05; done; rm .go
! grep broken css/style.scss"""
paths = ["*.scss"]
name = "styles"

[[rules]]
topic = "build"
text = "* done"
do = ["toast", "sound"]
'''

COUNT_TONES = """
window.tones = 0;
window.AudioContext = class extends AudioContext {
  createOscillator() { window.tones += 1; return super.createOscillator(); }
};
localStorage.setItem("trayapp.notifications", "no");
"""


@pytest.fixture
def running(run_trayapp: Callable[..., Running], home: Path, site: Site) -> Running:
    (home / "config.toml").write_text(SETTINGS)
    return run_trayapp(site.folder)


@pytest.fixture
def watch(running: Running, site: Site, page: Page, control: Control) -> PageWatch:
    page.add_init_script(COUNT_TONES)
    scanned(running, control)
    watch = PageWatch(page)
    watch.open(site.write_page(running.url, body="<p>Words"))
    return watch


def test_the_old_page_stays_while_it_runs_and_after_a_failure(
    watch: PageWatch, page: Page, site: Site, running: Running, control: Control
) -> None:
    def save(colour: str, comment: str = "") -> None:
        text = f"p {{ color: {colour} }} /* {comment} */"
        site.write("css/style.scss", text)
        wait_for(lambda: (site.folder / "css/style.css").read_text() == text)

    def go_on() -> None:
        site.write(".go", "")

    def status() -> list[tuple[str, int]]:
        return [(one["status"], one["exit"]) for one in control(running, "state")["commands"]]

    before = watch.style("p")
    save("rgb(9, 9, 9)")
    wait_for(lambda: status() == [("running", 0)])
    page.wait_for_timeout(300)
    assert watch.style("p") == before  # although the file on disk is new
    go_on()
    watch.wait_for_style("p", "rgb(9, 9, 9)")

    save("rgb(8, 8, 8)", "broken")
    go_on()
    panel = page.get_by_role("region", name="styles failed")
    expect(panel.locator("pre")).to_contain_text("looks at it")
    assert status() == [("failed", 1)]
    page.wait_for_timeout(300)
    assert watch.style("p") == "rgb(9, 9, 9)"

    save("rgb(7, 7, 7)")
    go_on()
    watch.wait_for_style("p", "rgb(7, 7, 7)")
    expect(panel).to_have_count(0)
    assert status() == [("ok", 0)]
    assert watch.kept


def test_a_rule_shows_a_toast_with_a_sound_and_a_reload_reloads(
    watch: PageWatch, page: Page, running: Running, control: Control, publish: Callable[..., None]
) -> None:
    publish(running, "build", "not yet")
    publish(running, "build", "the <b>image</b> is done")

    expect(page.locator(".toast")).to_have_count(1)
    expect(page.locator(".toast")).to_contain_text("the <b>image</b> is done")
    page.wait_for_function("() => window.tones === 2")

    with page.expect_event("load"):
        control(running, "reload", {})
    watch.connected()
    page.wait_for_timeout(300)
    assert watch.loads == 2
    assert (watch.errors, watch.console) == ([], [])
