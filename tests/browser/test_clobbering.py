"""The page script believes nothing of the document that markup can change."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page

from tests.browser.clobbering import markup, names
from tests.browser.devsite import Site
from tests.support import Running

Run = Callable[..., Running]
Publish = Callable[..., None]

pytestmark = pytest.mark.browser

PROBE = """<script>
const find = Document.prototype.querySelector.bind(document);
const listen = EventTarget.prototype.addEventListener.bind(document);
window.seen = {};
listen("trayapp:stream", ({ detail }) => { seen.connected = detail.connected; });
listen("trayapp:notify", ({ detail }) => { seen.notice = detail.message; });
window.look = () => ({ ...seen, colour: getComputedStyle(find("h1")).color,
  title: find("h1").textContent, toast: find("trayapp-ui")?.shadowRoot.textContent || "" });
</script>"""
"""What a test asks of a page whose document answers otherwise than a document should."""


class Elsewhere(BaseHTTPRequestHandler):
    """Another server: counts who asks it for a script."""

    asked: list[str]

    def do_GET(self) -> None:
        if "script" in self.headers.get("Sec-Fetch-Dest", "") or "client/" in self.path:
            self.asked.append(self.path)
        self.send_response(404)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def elsewhere() -> Iterator[ThreadingHTTPServer]:
    handler = type("Handler", (Elsewhere,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("kind", ["img", "form", "object", "a"])
def test_the_script_works_on_a_page_that_clobbers_all_it_reads(
    run_trayapp: Run,
    site: Site,
    page: Page,
    publish: Publish,
    elsewhere: ThreadingHTTPServer,
    kind: str,
) -> None:
    running = run_trayapp(site.folder)
    clobbers = markup(kind, elsewhere.server_port)

    def write(title: str) -> str:
        return site.write_page(running.url, body=f"{PROBE}{clobbers}<h1>{title}</h1>")

    page.goto(write("old"))
    page.wait_for_function("look().connected")

    site.write("css/style.css", "h1 { color: rgb(2, 2, 2) }")
    page.wait_for_function("look().colour === 'rgb(2, 2, 2)'")
    publish(running, "notify", "hello there")
    page.wait_for_function("look().toast.includes('hello there')")
    write("new")
    page.wait_for_function("look().title === 'new' && look().connected")

    assert elsewhere.RequestHandlerClass.asked == []  # type: ignore[attr-defined]


def test_an_element_is_not_taken_for_the_interface(
    run_trayapp: Run, site: Site, page: Page
) -> None:
    running = run_trayapp(site.folder)
    page.goto(site.write_page(running.url, body='<a id=trayapp href="x"></a>'))
    assert page.evaluate("typeof trayapp.on") == "function"
    page.goto(site.write_page(running.url, body="<script>var trayapp = 5;</script>"))
    assert page.evaluate("trayapp") == 5, "what the page has made itself stays"


def test_what_is_clobbered_is_what_the_script_reads() -> None:
    assert {"currentScript", "querySelectorAll", "addEventListener", "hidden"} <= set(names())
