"""What the tests in a browser share."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browser.devsite import Site
from tests.conftest import chromium_of
from tests.support import Running, wait_for


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Last of all: playwright keeps an asyncio loop in the main thread, which tests of other
    folders could not bear. A folder that is no package has no scope of its own."""
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """One for all tests of this folder."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One for all tests of this folder: each has a profile of its own in it."""
    with chromium_of(playwright) as browser:
        yield browser


@pytest.fixture(scope="package")
def whole_chromium(playwright: Playwright) -> Iterator[Browser]:
    """The browser with all that is around its pages, for tests that this could matter to."""
    with chromium_of(playwright, whole=True) as browser:
        yield browser


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A folder to watch, with one style sheet, and a server that shows it."""
    folder = tmp_path / "site"
    folder.mkdir()
    shown = Site(folder)
    shown.write("css/style.css", "body { color: rgb(1, 1, 1) }")
    shown.start()
    yield shown
    shown.stop()


@pytest.fixture
def publish() -> Callable[..., None]:
    """Publish as a program of this computer does: `publish(running, "notify", "hi", Title="t")`."""

    def post(running: Running, topic: str, text: str, **headers: str) -> None:
        url = f"{running.url}/{topic}"
        request = urllib.request.Request(url, data=text.encode(), headers=headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert answer.status == 200

    return post


@pytest.fixture
def control(home: Path) -> Callable[..., dict[str, Any]]:
    """Ask the control API with the token of the home: `control(running, "state")` reads,
    `control(running, "pause", {})` switches."""

    def ask(running: Running, name: str, body: object = None) -> dict[str, Any]:
        token = json.loads((home / "instance.json").read_text())["token"]
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-TrayApp-Token": token, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{running.url}/api/{name}", data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            said: dict[str, Any] = json.load(answer)
        return said

    return ask


@pytest.fixture
def browser_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which a stand-in for the user's browser notes the address it was given."""
    note = tmp_path / "opened.txt"
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{note}.new"\nmv "{note}.new" "{note}"\n')
    program.chmod(0o700)
    monkeypatch.setenv("BROWSER", str(program))
    return note


@pytest.fixture
def run(
    run_trayapp: Callable[..., Running], browser_note: Path, tmp_path: Path
) -> Callable[..., Running]:
    """As `run_trayapp`, with the stand-in for the browser."""

    def start(*arguments: str | Path) -> Running:
        return run_trayapp(*arguments, environ={"BROWSER": str(tmp_path / "browser")})

    return start


@pytest.fixture
def open_dashboard(
    page: Page, browser_note: Path, control: Callable[..., dict[str, Any]]
) -> Callable[[Running], None]:
    """Open it as the tray does: trayapp gives the browser an address with a one-time code."""

    def open_it(running: Running) -> None:
        browser_note.unlink(missing_ok=True)
        control(running, "open", {})
        wait_for(browser_note.exists)
        page.goto(browser_note.read_text())
        expect(page.locator("#switch")).to_be_visible()

    return open_it
