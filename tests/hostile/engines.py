"""Chromium, Firefox ESR and WebKitGTK in one vocabulary: a window that hostile pages are opened in.

`evil.test` leads to this computer in Chromium and in Firefox. WebKitGTK asks the system for names
and takes no other answer, so there the foreign site is this computer under its own address.
"""

import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Error, sync_playwright

from tests.browser.webdriver import drivers
from tests.browser.webdriver.tab import Tab
from tests.conftest import CHROMIUM_OPTIONS, chromium_program, need
from tests.rig.screen import display_server
from tests.support import wait_for

FOREIGN = "evil.test"
INSECURE = {"acceptInsecureCerts": True}
PREFERENCES = {
    "network.dns.localDomains": FOREIGN,
    "dom.disable_open_during_load": False,
    "devtools.jsonview.enabled": False,
}


class Window(Protocol):
    """A window of a browser."""

    def go(self, url: str) -> None:
        """Load `url`."""
        ...

    def run(self, script: str) -> Any:
        """What the function with this body returns."""
        ...

    def wait_until(self, expression: str, seconds: float = 5) -> None:
        """Return once `expression` is true."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Engine:
    """A running browser. `foreign` is the host of a site that trayapp knows nothing of."""

    name: str
    foreign: str
    open: Callable[[], Window]


class ChromiumWindow:
    """A page of playwright's as a Window."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def go(self, url: str) -> None:
        self._page.goto(url)

    def run(self, script: str) -> Any:
        return self._page.evaluate(f"() => {{ {script} }}")

    def wait_until(self, expression: str, seconds: float = 5) -> None:
        def holds() -> bool:
            try:
                return bool(self._page.evaluate(f"() => Boolean({expression})"))
            except Error:  # between two documents
                return False

        wait_for(holds, seconds, expression)

    def close(self) -> None:
        self._page.context.close()


@contextmanager
def chromium(folder: Path, within: str = "") -> Iterator[Engine]:
    """With `within` it is its shell that runs in that network namespace, as the browser of another
    computer: the network below it is the same."""
    program = shutil.which(chromium_program(whole=not within)) or ""
    if within:
        command = f'exec nsenter --net=/run/netns/{within} {program} "$@"'
        program = str(folder / "chromium")
        Path(program).write_text(f"#!/bin/sh\n{command}\n")
        Path(program).chmod(0o700)
    rules = f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=[*CHROMIUM_OPTIONS, rules]
        )

        def opened() -> Window:
            return ChromiumWindow(browser.new_context(ignore_https_errors=True).new_page())

        yield Engine("chromium", FOREIGN, opened)
        browser.close()


@contextmanager
def firefox(folder: Path) -> Iterator[Engine]:
    need("firefox-esr", "Xvfb")
    with (
        display_server(folder) as display,
        drivers.firefox(folder, _environ(display), PREFERENCES, INSECURE) as driver,
    ):
        yield Engine("firefox", FOREIGN, _opener(driver))


@contextmanager
def webkit(folder: Path) -> Iterator[Engine]:
    need("WebKitWebDriver", "Xvfb")
    with (
        display_server(folder) as display,
        drivers.webkit(
            folder, _environ(display), {"capabilities": {"alwaysMatch": INSECURE}}
        ) as driver,
    ):
        yield Engine("webkit", own_address(), _opener(driver))


ENGINES = {"chromium": chromium, "firefox": firefox, "webkit": webkit}


def own_address() -> str:
    """An address of this computer that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing
        return str(probe.getsockname()[0])


def _opener(driver: drivers.Driver) -> Callable[[], Window]:
    first = driver.command("GetWindowHandle", {})

    def opened() -> Window:
        driver.command("SwitchToWindow", {"handle": first})  # nothing opens from a closed window
        return Tab(driver)

    return opened


def _environ(display: str) -> Mapping[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    return kept | {"DISPLAY": display}
