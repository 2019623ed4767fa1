"""What shows something on a page: the module "notices" as pages get it and the side of the page
script that asks for it, on pages of any kind and without a server."""

from playwright.sync_api import Page, Route

from tests.browser.parts import exposed
from trayapp.web import client

URL = "http://localhost:9/"
"""Answered by the test, no program is asked. A secure context, as pages of this computer are."""

PRELUDE = """
const options = window.options = { toast: true, badge: false, server: new URL(location) };
let paused = false;
window[Symbol.for("trayapp.page")] = {
  dom: document, holdsStream, options, pauseUpdates, resumeUpdates, updatesPaused,
  get stands() { return stands; },
};
function tell(name, detail) {
  return document.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));
}
function pauseUpdates() { paused = true; stand({}); }
function resumeUpdates() { paused = false; stand({}); }
function updatesPaused() { return paused; }
function holdsStream() { return window.holding !== false; }
function isNews() { return true; }
function serverUrl(path) { return new URL(path, options.server); }
function pause(ms) { return new Promise((end) => setTimeout(end, ms)); }
function complain(problem) { throw problem; }
function parsed(data) { return data; }
"""
"""What other parts provide, in its simplest form."""

ASKING = exposed("extras", prelude=PRELUDE)
"""The side of the page script, with its functions in `parts`."""


def open_page(page: Page, html: str = "<p>Words", content_type: str = "text/html") -> list[str]:
    """Open a page that holds `html`, with the side of the page script in `parts`; the errors it
    will have. The module is there already, so what the script asks of it is done at once."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    whole = f"<!doctype html><meta charset='utf-8'>{html}" if content_type == "text/html" else html

    def answer(route: Route) -> None:
        route.fulfill(body=whole, content_type=content_type)

    module = client.module("notices")
    page.route(f"{URL}**", answer)
    page.route(
        f"{URL}client/notices.js",
        lambda route: route.fulfill(body=module, content_type="text/javascript"),
    )
    page.goto(URL)
    page.evaluate(ASKING)
    page.evaluate("async () => { await parts.extra('notices'); }")
    return errors


def refuse_offer(page: Page) -> None:
    """The reader has said no to the browser's notifications, so that toasts do not offer them."""
    page.add_init_script(
        "try { localStorage.setItem('trayapp.notifications', 'no') } catch { /* no storage */ }"
    )


def notify(page: Page, message: str, **fields: object) -> None:
    page.evaluate("(notice) => parts.onNotify(notice, {})", {"message": message, **fields})


def contrasts(page: Page) -> dict[str, float]:
    """Of each text that we show the contrast of its colour with its card (WCAG 2.2 §1.4.3)."""
    pairs: dict[str, list[str]] = page.evaluate(
        """() => {
        const ui = document.querySelector("trayapp-ui").shadowRoot;
        const own = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data);
        return Object.fromEntries([...ui.querySelectorAll(".card *")].filter(own).map((one) =>
          [`${one.className || one.localName} ${one.textContent}`, [getComputedStyle(one).color,
            getComputedStyle(one.closest(".card")).backgroundColor]]));
        }"""
    )
    return {what: _ratio(_luminance(ink), _luminance(back)) for what, (ink, back) in pairs.items()}


def _ratio(first: float, second: float) -> float:
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


def _luminance(rgb: str) -> float:
    """Of "rgb(1, 2, 3)"."""
    parts = [int(part) / 255 for part in rgb.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
