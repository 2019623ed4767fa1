"""What a save costs a page: nothing when the page does not use the file, one load at most else."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.devsite import Site, SiteHandler
from tests.browser.pagewatch import PageWatch
from tests.browser.settling import scanned, settled
from tests.support import Running

Run = Callable[..., Running]
Publish = Callable[..., None]
Control = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.browser

APP = '<script src="app.js"></script>'
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M{} 0"/></svg>'


class Maker(SiteHandler):
    """Answers `/made` with the page that stands nowhere."""

    def translate_path(self, path: str) -> str:
        return super().translate_path("/page.html" if path == "/made" else path)


class Watched:
    """A page, the requests it makes of its server, and a way to wait for what was saved."""

    def __init__(
        self, page: Page, site: Site, running: Running, publish: Publish, control: Control
    ) -> None:
        self.page = page
        self.site = site
        self.running = running
        self.watch = PageWatch(page)
        self.asked: list[str] = []
        self._publish = publish
        self._control = control
        scanned(running, control)
        page.on("request", self._note)

    def open(self, name: str = "index.html", *, path: str = "", body: str = "") -> None:
        """A page that trayapp has known for a while, and of which it has said what file it is."""

        def write() -> str:
            return self.site.write_page(self.running.url, name=name, body=body)

        url = settled(write, name, self.running, self._control)
        with self.page.expect_response(lambda answer: "/applied" in answer.url) as came:
            self.watch.open(f"{self.site.url}/{path}" if path else url)
        came.value.finished()
        self.asked.clear()

    def save(self, name: str, text: str) -> None:
        settled(lambda: self.site.write(name, text), name, self.running, self._control)

    def hear_all(self) -> None:
        """Return when the page has dealt with all that was told: a toast comes last."""
        self._publish(self.running, "notify", "the last of all")
        expect(self.page.get_by_text("the last of all")).to_be_visible()
        self.page.wait_for_timeout(300)  # for what it may have begun

    def _note(self, request: Any) -> None:
        if request.url.startswith(self.site.url):
            self.asked.append(request.url.removeprefix(self.site.url))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    shown = Site(folder, Maker)
    shown.write("css/style.css", "body { color: rgb(1, 1, 1) }")
    shown.start()
    yield shown
    shown.stop()


@pytest.fixture
def watched(
    run_trayapp: Run, site: Site, page: Page, publish: Publish, control: Control
) -> Watched:
    return Watched(page, site, run_trayapp(site.folder), publish, control)


def test_a_touched_file_costs_nothing(watched: Watched) -> None:
    watched.site.write("app.js", "window.version = 1")
    watched.open(body=APP)

    for name in ("index.html", "css/style.css", "app.js"):
        os.utime(watched.site.folder / name)
    watched.hear_all()

    assert watched.asked == []
    assert watched.watch.loads == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("other.html", "<h1>other</h1>"),
        ("blog/index.html", "<h1>blog</h1>"),
        ("print.css", "body { color: red }"),
        ("other.js", "window.other = 1"),
        ("img/other.svg", PICTURE),
        ("style.scss", "$red: red"),
    ],
)
def test_a_file_that_the_page_does_not_use_costs_nothing(
    watched: Watched, name: str, text: str
) -> None:
    watched.site.write(name, f"{text} ")
    watched.open(body='<link rel="prefetch" href="nothing.txt">')

    watched.save(name, text)
    watched.hear_all()

    assert watched.asked == []
    assert watched.watch.loads == 1


def test_a_script_that_the_page_uses_is_one_load(watched: Watched) -> None:
    watched.site.write("app.js", "window.version = 1")
    watched.open(body=APP)

    watched.save("app.js", "window.version = 2")

    watched.page.wait_for_function("() => window.version === 2")
    watched.watch.connected()
    watched.hear_all()
    assert watched.watch.loads == 2


@pytest.mark.parametrize("name", ["views.py", "data.json", "posts/a.md"])
def test_what_a_page_without_a_file_may_be_made_of_is_one_load(watched: Watched, name: str) -> None:
    """`/made` is no file of the root: nobody can say what its server makes it of."""
    watched.save(name, "1")
    watched.open("page.html", path="made")

    watched.save(name, "22")

    watched.page.wait_for_function("() => !window.mark")
    watched.watch.connected()
    watched.hear_all()
    assert watched.watch.loads == 2


def test_a_template_is_looked_at_and_loads_only_what_it_changed(watched: Watched) -> None:
    watched.site.write("templates/base.html", "<h1>{{ title }}</h1>")
    watched.site.write("templates/mail.html", "Dear {{ name }}")
    watched.open("page.html", path="made", body="<h1>old</h1>")

    with watched.page.expect_request(f"{watched.site.url}/made"):
        watched.save("templates/mail.html", "Hello {{ name }}")
    watched.hear_all()
    assert watched.watch.kept
    watched.site.write_page(watched.running.url, name="page.html", body="<h1>new</h1>")
    expect(watched.page.locator("h1")).to_have_text("new")

    assert watched.watch.loads == 1


def test_a_page_that_a_script_of_this_one_fetched_is_one_load(watched: Watched) -> None:
    watched.site.write("part.html", "<h2>old</h2>")
    script = "fetch('part.html').then(async (got) => { document.body.append(await got.text()); })"
    watched.site.write("app.js", script)
    watched.open(body=f"<h1>parts</h1>{APP}")
    expect(watched.page.get_by_text("old")).to_be_visible()

    watched.save("part.html", "<h2>new</h2>")

    expect(watched.page.get_by_text("new")).to_be_visible()
    watched.watch.connected()
    watched.hear_all()
    assert watched.watch.loads == 2


def test_html_and_css_saved_20_ms_apart_are_both_shown(watched: Watched) -> None:
    watched.open(body="<h1>old</h1>")

    for number in range(2, 5):
        watched.site.write_page(watched.running.url, body=f"<h1>{number}</h1>")
        time.sleep(0.02)
        shade = f"rgb({number}, {number}, {number})"
        watched.site.write("css/style.css", f"body {{ color: {shade} }}")

        expect(watched.page.locator("h1")).to_have_text(str(number))
        watched.watch.wait_for_style("body", shade)
    watched.hear_all()

    assert watched.watch.loads == 1
    assert watched.watch.kept


LOOK = """
    window.seen = new Set();
    const look = () => window.seen.add(document.querySelectorAll("li").length);
    new MutationObserver(look).observe(document, { subtree: true, childList: true });
"""
HALF = "<h1>{}</h1>" + "<li>item</li>" * 200


@pytest.mark.parametrize("pause", [0.015, 0.1, 0.3])
def test_half_a_page_is_never_shown(watched: Watched, pause: float) -> None:
    watched.open(body=HALF.format("old"))
    watched.page.evaluate(LOOK)
    path = watched.site.folder / "index.html"
    text = path.read_text("utf-8").replace("old", "new")

    with path.open("w", encoding="utf-8") as file:
        file.write(text[: len(text) // 2])
        file.flush()
        time.sleep(pause)
        file.write(text[len(text) // 2 :])

    expect(watched.page.locator("h1")).to_have_text("new")
    watched.hear_all()
    assert watched.watch.kept  # and with it the observer
    assert watched.page.evaluate("[...window.seen]") == [200]


def test_many_files_at_once_are_one_load(watched: Watched) -> None:
    watched.site.write("app.js", "window.version = 1")
    names = [f"many/{number}.json" for number in range(200)]
    for name in names:
        watched.site.write(name, "1")
    watched.open(body=APP)

    for name in names:
        watched.site.write(name, "22")
    watched.site.write("app.js", "window.version = 2")

    watched.page.wait_for_function("() => window.version === 2")
    watched.watch.connected()
    watched.hear_all()
    assert watched.watch.loads == 2
