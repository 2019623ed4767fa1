"""A page in Firefox ESR and one in WebKitGTK: each test that takes `tab` runs in both."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.browser.webdriver.drivers import Driver, firefox, webkit
from tests.browser.webdriver.tab import Tab
from tests.conftest import need
from tests.rig.screen import display_server

Start = Callable[[Path, Mapping[str, str]], AbstractContextManager[Driver]]

BROWSERS: dict[str, tuple[Start, str]] = {
    "firefox": (firefox, "firefox-esr"),
    "webkit": (webkit, "WebKitWebDriver"),
}


@pytest.fixture(scope="package", params=BROWSERS)
def driver(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Driver]:
    """A browser for the tests of this folder, with a home and a display of its own."""
    start, program = BROWSERS[request.param]
    need(program, "Xvfb")
    folder: Path = tmp_path_factory.mktemp(request.param)
    with display_server(folder) as display:
        environ = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        with start(folder, environ | {"DISPLAY": display}) as started:
            yield started


@pytest.fixture
def new_tab(driver: Driver) -> Iterator[Callable[[], Tab]]:
    """Open one more tab; all are closed after the test."""
    tabs: list[Tab] = []

    first = driver.command("GetWindowHandle", {})

    def to_first() -> None:
        driver.command("SwitchToWindow", {"handle": first})

    def opened() -> Tab:
        to_first()  # nothing is opened from a window that was closed
        tabs.append(Tab(driver))
        return tabs[-1]

    yield opened
    for tab in tabs:
        tab.close()
    to_first()


@pytest.fixture
def tab(new_tab: Callable[[], Tab]) -> Tab:
    return new_tab()
