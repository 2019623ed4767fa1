"""Control sessions: the dashboard lists and ends them, and says which commands wait for a yes."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.devsite import Site
from tests.support import Running, launched, wait_for

Run = Callable[..., Running]
Control = Callable[..., dict[str, Any]]
Open = Callable[[Running], None]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]


def test_a_session_that_is_ended_can_only_look(
    run: Run, site: Site, page: Page, open_dashboard: Open, control: Control
) -> None:
    running = run(site.folder)
    open_dashboard(running)
    rows = page.locator("#sessions li")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("this page")
    expect(rows).to_contain_text("opened by a one-time code")

    (session,) = control(running, "state")["sessions"]
    assert session["browser"]
    control(running, "sessions/end", {"session": session["session"]})

    expect(page.locator("#locked")).to_be_visible()
    expect(page.locator("#switch")).to_be_hidden()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_dashboard_ends_another_and_all(
    run: Run,
    site: Site,
    page: Page,
    chromium: Browser,
    browser_note: Path,
    open_dashboard: Open,
    control: Control,
) -> None:
    running = run(site.folder)
    open_dashboard(running)
    browser_note.unlink()
    control(running, "open", {})
    wait_for(browser_note.exists)
    other = chromium.new_page()
    other.goto(browser_note.read_text())
    expect(other.locator("#switch")).to_be_visible()
    expect(page.locator("#sessions li")).to_have_count(2)

    page.get_by_role("button", name="End session 2").click()

    expect(page.locator("#sessions li")).to_have_count(1)
    expect(other.locator("#locked")).to_be_visible()
    expect(page.locator("#locked")).to_be_hidden()
    page.get_by_role("button", name="End all, this page too").click()
    expect(page.locator("#locked")).to_be_visible()
    assert control(running, "state")["sessions"] == []
    other.close()


def test_a_browser_that_reads_no_files_is_let_in_by_its_connection(
    run_trayapp: Run, site: Site, page: Page, tmp_path: Path, control: Control
) -> None:
    note, program = tmp_path / "noted", tmp_path / "snap/bin/firefox"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{note}.new"\nmv "{note}.new" "{note}"\n')
    program.chmod(0o700)
    running = run_trayapp(site.folder, environ={"BROWSER": str(program)})
    page.goto(f"{running.url}/#launch")  # a link that anybody may make opens nothing
    expect(page.locator("#problem")).to_be_visible()
    page.goto("about:blank")

    control(running, "open", {})
    wait_for(note.exists)
    page.goto(note.read_text())

    expect(page.locator("#switch")).to_be_visible()
    expect(page.locator("#sessions li")).to_contain_text("opened by this user's browser")
    assert re.fullmatch(running.dashboard.removesuffix("#c="), page.url)


def test_a_command_that_waits_says_how_to_say_yes(
    run: Run, site: Site, page: Page, open_dashboard: Open, tmp_path: Path, control: Control
) -> None:
    home, theirs = tmp_path / "home", tmp_path / "their site"
    home.mkdir(exist_ok=True)
    theirs.mkdir()
    (home / "config.toml").write_text('[[on_change]]\nrun = "touch made"\npaths = ["*.src"]\n')
    running = run(site.folder)
    open_dashboard(running)
    page.get_by_label("Add a folder").fill(str(theirs))
    page.get_by_role("button", name="Watch", exact=True).click()
    wait_for(
        lambda: [r for r in control(running, "state")["roots"] if r["status"] == "watching"][1:]
    )
    (theirs / "a.src").write_text("1")

    row = page.locator("#commands li")
    expect(row).to_contain_text("waits for your yes, in the tray or by: trayapp allow 'their site'")
    assert not (theirs / "made").exists()
    control(running, "roots/allow", {"root": "their site"})
    (theirs / "a.src").write_text("2")
    wait_for((theirs / "made").exists)
    expect(row).to_contain_text("succeeded")


def test_the_address_with_the_code_is_in_no_history_entry(
    run: Run, site: Site, page: Page, browser_note: Path, control: Control
) -> None:
    running = run(site.folder)
    control(running, "open", {})
    wait_for(browser_note.exists)
    file = browser_note.read_text()
    code = launched(file).partition("#c=")[2]
    page.goto("about:blank")
    page.goto(file)
    expect(page.locator("#switch")).to_be_visible()
    assert code not in page.evaluate("location.href + document.referrer")
    page.go_back()
    assert page.url == "about:blank"
