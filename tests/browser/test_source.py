"""A page finds out what its source was and is, and whether that can be shown without a load."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.devsite import Site, SiteHandler
from tests.browser.parts import exposed

pytestmark = pytest.mark.browser

PRELUDE = """
const tag = document.currentScript;
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
const pageUrl = () => location.href.split("#")[0];
"""
OURS = '<script src="parts.js"></script>'
START = "\nparts.rememberStart();"


class PageHandler(SiteHandler):
    """As the site's, and counts and answers as a test wants it."""

    forbid_storing = False
    encoding = ""
    status = 200

    def end_headers(self) -> None:
        if type(self).forbid_storing:
            self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def guess_type(self, path: object) -> str:
        guessed = super().guess_type(path)  # type: ignore[arg-type]
        return f"{guessed}; charset={self.encoding}" if self.encoding else guessed

    def send_response(self, code: int, message: str | None = None) -> None:
        super().send_response(type(self).status if code == 200 else code, message)


class Shown:
    """A page of a site with only the parts that morph it."""

    def __init__(self, page: Page, site: Site, handler: type[PageHandler]) -> None:
        self.page = page
        self.site = site
        self.handler = handler
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def save(self, body: str, *, name: str = "index.html", head: str = "") -> None:
        self.site.write(name, f"<!doctype html><head>{head}{OURS}</head><body>{body}</body>")

    def open(self, body: str, *, head: str = "", name: str = "index.html") -> None:
        self.save(body, head=head, name=name)
        self.page.goto(f"{self.site.url}/{name}")
        self.page.evaluate("window.mark = 'kept'")

    def morph(self) -> str:
        did: str = self.page.evaluate("parts.morphPage()")
        return did


@pytest.fixture(params=["stored", "not stored"])
def shown(page: Page, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shown]:
    """On servers whose pages the browser holds in its cache, and on others."""
    handler = type("Handler", (PageHandler,), {"forbid_storing": request.param == "not stored"})
    site = Site(tmp_path, handler)
    site.write("parts.js", exposed("keep", "source", "morph", prelude=PRELUDE) + START)
    site.start()
    yield Shown(page, site, handler)
    site.stop()


def test_a_saved_page_is_shown_again_and_again(shown: Shown) -> None:
    shown.open("<p>first</p>")

    for words in ("second", "third", "fourth"):
        shown.save(f"<p>{words}</p>")
        assert shown.morph() == "morph"
        assert shown.page.text_content("p") == words
        assert shown.morph() == "none"
    assert shown.page.evaluate("mark") == "kept"
    assert shown.errors == []


def test_an_unchanged_page_is_left_as_it_is(shown: Shown) -> None:
    shown.open(
        "<p>words</p><pre>\n\ntext</pre><noscript><b>no</b></noscript><table><tr><td>1</table>"
    )

    assert shown.morph() == "none"


def test_what_scripts_did_meanwhile_stays(shown: Shown) -> None:
    deferred = '<script defer src="app.js"></script>'
    shown.site.write("app.js", "document.querySelector('p').hidden = true;")
    shown.open("<p>words</p><h1>old</h1>", head=deferred)
    shown.page.evaluate("document.body.append(document.createElement('footer'))")

    shown.save("<p>words</p><h1>new</h1>", head=deferred)

    assert shown.morph() == "morph"
    assert shown.page.text_content("h1") == "new"
    assert shown.page.evaluate("document.querySelector('p').hidden")
    assert shown.page.locator("footer").count() == 1


def test_a_script_that_worked_during_the_load_is_not_undone(shown: Shown) -> None:
    theme = "<script>document.documentElement.className = 'dark'</script>"
    fill = "<script>document.querySelector('main').innerHTML = '<b>made</b>'</script>"
    shown.open(f"<main></main>{fill}<p>old</p>", head=theme)

    shown.save(f"<main></main>{fill}<p>new</p>", head=theme)

    assert shown.morph() == "morph"
    assert shown.page.text_content("p") == "new"
    assert shown.page.text_content("b") == "made"
    assert shown.page.get_attribute("html", "class") == "dark"


ONCE = [
    ("", "<script>1</script>"),
    ("<script>1</script>", "<script>2</script>"),
    ("<script src=a.js></script>", "<script src=b.js></script>"),
    (
        "<script src=a.js></script><script>1</script>",
        "<script>1</script><script src=a.js></script>",
    ),
    ("<script type=application/json>{}</script>", "<script type=application/json>[]</script>"),
    ("<template><p>1</template>", "<template><p>2</template>"),
    ("<base href=/>", "<base href=/a/>"),
    ("<video><source src=a></video>", "<video><source src=b></video>"),
    ('<meta http-equiv="x" content="1">', '<meta http-equiv="x" content="2">'),
]


def test_what_does_its_work_at_the_load_needs_one(shown: Shown) -> None:
    for before, after in ONCE:
        shown.open("<p>old</p>", head=before)
        shown.save("<p>new</p>", head=after)

        assert shown.morph() == "reload", after
        assert shown.page.text_content("p") == "old"


def test_scripts_do_not_run_again(shown: Shown) -> None:
    count = "<script>window.count = (window.count || 0) + 1</script>"
    shown.open(f"<p>old</p>{count}")

    shown.save(f"<div><h1>new</h1></div><p>new</p>{count}")

    assert shown.morph() == "morph"
    assert shown.page.evaluate("count") == 1


def test_title_icons_and_attributes_of_the_root_follow(shown: Shown) -> None:
    shown.open("<p>1", head="<title>old</title><meta name=theme-color content=red>")

    shown.site.write(
        "index.html",
        "<!doctype html><html lang=de><head><title>new</title>"
        f"<meta name=theme-color content=blue><link rel=icon href=data:,>{OURS}</head>"
        "<body id=b><p>1</body>",
    )

    assert shown.morph() == "morph"
    assert shown.page.title() == "new"
    assert shown.page.get_attribute("html", "lang") == "de"
    assert shown.page.get_attribute("meta", "content") == "blue"
    assert shown.page.get_attribute("body", "id") == "b"


def test_a_page_that_became_no_page_needs_a_load(shown: Shown) -> None:
    shown.open("<p>old</p>")
    shown.save("<p>new</p>")

    shown.handler.status = 500

    assert shown.morph() == "reload"
    assert shown.page.text_content("p") == "old"


def test_an_address_that_a_script_made_needs_a_load(shown: Shown) -> None:
    shown.open("<p>old</p>")
    shown.page.evaluate("history.pushState({}, '', '/other.html')")
    shown.save("<p>other</p>", name="other.html")

    assert shown.morph() == "reload"


def test_a_server_that_is_down_is_told_from_a_changed_page(shown: Shown) -> None:
    shown.open("<p>old</p>")
    shown.page.context.set_offline(True)

    failed = shown.page.evaluate("parts.morphPage().catch((error) => error.name)")

    assert failed == "TypeError"


def test_old_encodings_are_read_as_the_browser_reads_them(shown: Shown) -> None:
    shown.handler.encoding = "windows-1252"
    page = shown.site.folder / "index.html"
    page.write_bytes(f"<!doctype html><p>caf\xe9</p>{OURS}".encode("cp1252"))
    shown.page.goto(f"{shown.site.url}/index.html")
    assert shown.page.text_content("p") == "caf\xe9"

    page.write_bytes(f"<!doctype html><p>d\xe9j\xe0 vu</p>{OURS}".encode("cp1252"))

    assert shown.morph() == "morph"
    assert shown.page.text_content("p") == "d\xe9j\xe0 vu"


def test_a_nonce_of_each_answer_is_no_change(shown: Shown) -> None:
    shown.open("<p>old</p>", head="<script nonce=one>1</script><style nonce=one>p{}</style>")

    shown.save("<p>new</p>", head="<script nonce=two>1</script><style nonce=two>p{}</style>")

    assert shown.morph() == "morph"
    assert shown.page.text_content("p") == "new"
    assert shown.page.evaluate("document.querySelector('style').nonce") == "one"


def test_pages_without_head_and_body_and_framesets(shown: Shown) -> None:
    shown.site.write("index.html", f"{OURS}<p>old")
    shown.page.goto(shown.site.url)
    shown.site.write("index.html", f"{OURS}<p>new<p>more")
    assert shown.morph() == "morph"
    assert shown.page.locator("p").all_text_contents() == ["new", "more"]

    shown.site.write("a.html", "<p>a")
    shown.site.write("b.html", "<p>b")
    frames = f"<head>{OURS}</head><frameset cols=50%,50%><frame src=a.html>{{}}</frameset>"
    shown.site.write("frames.html", frames.format("<frame src=a.html>"))
    shown.page.goto(f"{shown.site.url}/frames.html")
    shown.site.write("frames.html", frames.format("<frame src=b.html>"))
    assert shown.morph() == "morph"
    shown.page.wait_for_function("frames[1].document.body?.textContent === 'b'")
    assert shown.errors == []


def test_xhtml_is_parsed_as_such_and_shown_only_when_it_is_well_formed(shown: Shown) -> None:
    text = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title>'
        '<script src="parts.js"></script></head><body><p>{}</p></body></html>'
    )
    shown.site.write("page.xhtml", text.format("old"))
    shown.page.goto(f"{shown.site.url}/page.xhtml")

    shown.site.write("page.xhtml", text.format("half <b>"))
    assert shown.morph() == "none"
    shown.site.write("page.xhtml", text.format("<b>new</b>"))
    assert shown.morph() == "morph"

    assert shown.page.text_content("b") == "new"
    namespace = shown.page.evaluate("document.querySelector('b').namespaceURI")
    assert namespace == "http://www.w3.org/1999/xhtml"


def test_a_declarative_shadow_tree_that_stays_is_kept(shown: Shown) -> None:
    host = "<div id=h><template shadowrootmode=open><p>in</p></template></div><h1>{}</h1>"
    shown.open(host.format("old"))
    shown.save(host.format("new"))

    did = shown.morph()

    assert did == ("reload" if shown.handler.forbid_storing else "morph")
    assert shown.page.evaluate("h.shadowRoot.textContent") == "in"


def test_a_page_whose_policy_forbids_the_parser_needs_a_load(shown: Shown) -> None:
    """Trusted Types. They forbid the driver's own way to run a script, too."""
    policy = "require-trusted-types-for 'script'"
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    shown.save("<p>old</p>", head=meta)
    shown.page.goto(f"{shown.site.url}/index.html")
    shown.save("<p>new</p>", head=meta)
    session = shown.page.context.new_cdp_session(shown.page)

    answer = session.send(
        "Runtime.evaluate", {"expression": "parts.morphPage()", "awaitPromise": True}
    )

    assert answer["result"]["value"] == "reload"
    assert shown.errors == []
