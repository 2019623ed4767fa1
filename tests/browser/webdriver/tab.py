"""A page in a window of its own: what a person does in it, and what it shows."""

import base64
import contextlib
from pathlib import Path
from typing import Any

from tests.browser.webdriver.drivers import Driver, DriverError
from tests.support import wait_for

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element's reference (W3C WebDriver §12)."""

LISTENER = (
    "<script>document.addEventListener('trayapp:stream',"
    " ({ detail }) => { window.stream = detail; });</script>"
)
"""Stands in a page before the script's tag: notes whether the stream is open."""


class Tab:
    """Opened with the object, and visible: of tabs in one window WebKitGTK shows only the first.
    Every command goes to the tab it is given to."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._handle = driver.command("NewWindow", {"type": "window"})["handle"]
        self._open = True

    def open(self, url: str) -> None:
        """Load `url` and wait until its stream is open; a window variable `mark` is set."""
        self.go(url)
        self.connected()
        self.run("window.mark = 'kept'")

    def go(self, url: str) -> None:
        self._command("Navigate", url=url)

    def back(self) -> None:
        self._command("Back")

    def connected(self) -> None:
        self.wait_until("window.stream && window.stream.connected", 10)

    def run(self, script: str) -> Any:
        """What the function with this body returns."""
        return self._command("ExecuteScript", script=script, args=[])

    def wait_until(self, expression: str, seconds: float = 5) -> None:
        """Return once `expression` is true, in this document or in one that is loaded meanwhile."""

        def holds() -> bool:
            with contextlib.suppress(DriverError):  # between two documents
                return bool(self.run(f"return {expression}"))
            return False

        wait_for(holds, seconds, expression)

    def write(self, selector: str, text: str) -> None:
        """Type `text` into an element, as a person does."""
        found = self._command("FindElement", using="css selector", value=selector)
        element = (found.get("value") or found)[ELEMENT]
        self._command("ElementSendKeys", id=element, text=text)

    @property
    def kept(self) -> bool:
        """Whether it is still the document that `open` loaded."""
        return bool(self.run("return window.mark === 'kept'"))

    def picture(self, file: Path) -> None:
        """Save what it shows as PNG."""
        shown = self._command("TakeScreenshot")
        file.write_bytes(base64.b64decode(shown))

    def close(self) -> None:
        """Idempotent."""
        if self._open:
            self._command("CloseWindow")
        self._open = False

    def _command(self, name: str, **parameters: Any) -> Any:
        self._driver.command("SwitchToWindow", {"handle": self._handle})
        return self._driver.command(name, parameters)
