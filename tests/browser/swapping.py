"""Pages of a site whose sheets and images are swapped as the page script does it, by hand."""

from typing import Any

from playwright.sync_api import Page

from tests.browser.devsite import Site
from tests.browser.parts import exposed

PRELUDE = """
const options = { server: new URL("http://127.0.0.1:9") };
const fenced = false;
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
"""

SUPPORT = """
parts.watchUses();
window.swap = async (path, stamp) => {
    const swapped = (/css$/i.test(path) ? parts.swapSheets : parts.swapImages)(path, stamp);
    await Promise.all(swapped);
    return swapped.length;
};
window.color = (found) => getComputedStyle(found).color.match(/\\d+/)[0];
window.one = (selector) => document.querySelector(selector);
window.seen = [];
window.probe = (value) => {
    const look = () => {
        const now = value();
        if (seen.at(-1) !== now) seen.push(now);
        requestAnimationFrame(look);
    };
    look();
};
undefined;
"""


class Swapping:
    """One page; each swap gets a stamp that was never used before."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page = page
        self._site = site
        self._stamp = 0

    def open(self, html: str) -> None:
        self.open_as("index.html", f'<!doctype html><meta charset="utf-8">{html}')

    def open_as(self, name: str, text: str) -> None:
        self._site.write(name, text)
        self.page.goto(f"{self._site.url}/{name}")
        self.page.evaluate(
            exposed("paths", "uses", "roots", "sheets", "images", prelude=PRELUDE) + SUPPORT
        )

    def swap(self, path: str, text: str | None = None) -> int:
        """Save `text` as `path` and wait until each use of it shows it; the number of uses."""
        if text is not None:
            self._site.write(path, text)
        self._stamp += 1
        swapped: int = self.page.evaluate(f"swap({path!r}, 's{self._stamp}')")
        return swapped

    def color(self, selector: str) -> int:
        """The red in the color of the text."""
        return int(self.page.evaluate(f"color(one({selector!r}))"))

    def value(self, script: str) -> Any:
        return self.page.evaluate(f"(async () => {{ {script} }})()")

    def settled(self) -> None:
        """Return when no clone is left."""
        self.page.wait_for_function("!one('[media=\"not all\"]')")
