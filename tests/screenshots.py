"""Takes the pictures of the README from the running program: `scripts/screenshots`."""

import re
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.devsite import Site
from tests.conftest import CHROMIUM_OPTIONS
from tests.rig.panel import Desktop, desktop
from tests.support import Running, program_environ, wait_for

ASSETS = Path(__file__).parent.parent / "assets"
PUBLIC = Path("/srv/site")
"""Shown in a picture, so it must not be a folder of whoever takes it."""

PAGE = """<!doctype html>
<link rel="stylesheet" href="css/site.css">
<h1>Autumn catalogue</h1>
<script src="http://localhost:8765/client.js"></script>
"""


def main() -> None:
    """Take them all; the program and the desktop are gone afterwards."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_OPTIONS
        )
        take_page(browser, Path(name))
        with desktop(_folder(name, "desktop")) as desk, public_site() as site:
            take_dashboard_and_tray(browser, desk, site, Path(name))
        browser.close()


def take_page(browser: Browser, folder: Path) -> None:
    """The demo after its style sheet was edited, with a toast."""
    running = start(folder, "page", {})
    page = browser.new_page(viewport={"width": 920, "height": 760})
    page.goto(re.search(r"open (http://localhost:\d+/)", wait_for_demo(running)).group(1))  # type: ignore[union-attr]
    page.wait_for_function("document.querySelector('#stream').textContent.includes('onnected')")
    style = folder / "page-home" / "demo" / "style.css"
    style.write_text(style.read_text("utf-8").replace("--accent:", "--accent: #8a3ffc; --was:", 1))
    page.wait_for_function("document.querySelector('#arrived').textContent.includes('style.css')")
    page.fill("#words", "still here after the save")
    publish(running, "tests passed", {"Title": "shop"})
    page.wait_for_function("document.querySelector('#arrived').textContent.includes('passed')")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(600)  # the toast has slid in
    page.screenshot(path=ASSETS / "page.png")
    page.close()
    running.stop()


def take_dashboard_and_tray(browser: Browser, desk: Desktop, site: Site, folder: Path) -> None:
    """The icon with its menu open, and the dashboard after some events."""
    without_browser = dict(desk.environ) | {"DISPLAY": "", "BROWSER": ""}
    running = start(folder, "desk", without_browser, str(site.folder), tray=True)
    shop = browser.new_page()
    shop.goto(f"{site.url}/index.html")
    page = browser.new_page(viewport={"width": 920, "height": 900})
    page.goto(wait_for(lambda: re.search(r"(http://\S+#c=\S+)", running.output)).group(1))
    page.wait_for_selector("#roots li")
    for path in ("css/site.css", "index.html"):
        with (site.folder / path).open("a") as file:
            file.write("\n")
        page.wait_for_function(
            "path => document.querySelector('#events').innerText.includes(path)", arg=path
        )
    wait_for(lambda: desk.view.status_line().endswith("1 page"), 5, "the page to be counted")
    # A menu that is open keeps its width, and would cut off what comes later.
    wait_for(lambda: any(row.startswith("Last update: index") for row in desk.view.rows()))
    desk.open_menu()
    desk.screen.move(*desk.place("Live reload"))
    page.wait_for_timeout(300)  # the menu has faded in
    crop_menu(desk).save(ASSETS / "tray.png")
    desk.screen.key("Escape")
    publish(running, "tests passed", {"Title": "shop"})
    page.wait_for_function(
        "() => document.querySelector('#events').innerText.includes('tests passed')"
    )
    page.screenshot(path=ASSETS / "dashboard.png", full_page=True)
    page.close()
    shop.close()
    running.stop()


def crop_menu(desk: Desktop) -> Image.Image:
    """The part of the screen that holds the icon and its menu, doubled."""
    left, top, width, height = desk.screen.popups()[0]
    box = (max(0, left - 24), 0, left + width + 24, top + height + 16)
    picture = desk.screen.picture().crop(box)
    return picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.NEAREST)


def start(
    folder: Path, name: str, environ: dict[str, str], *words: str, tray: bool = False
) -> Running:
    """Start the program on the port that the pictures show."""
    home = _folder(str(folder), f"{name}-home")
    surroundings = program_environ(home) | environ | {"TRAYAPP_OPEN": "true"}
    arguments = ["run", *words, "--port", "8765", *([] if tray else ["--no-tray"])]
    running = Running(arguments, surroundings, _folder(str(folder), f"{name}-out"))
    _ = running.url
    return running


def wait_for_demo(running: Running) -> str:
    """What it printed, once it has named the demo."""
    return wait_for(lambda: running.output if "demo" in running.output else "")


def publish(running: Running, text: str, headers: dict[str, str]) -> None:
    """Send a notification, as curl does."""
    request = urllib.request.Request(f"{running.url}/notify", text.encode(), headers)
    urllib.request.urlopen(request, timeout=5).close()


@contextmanager
def public_site() -> Iterator[Site]:
    """A small site in a folder with a plain name, and its server; removed again, and refused when
    the folder is there."""
    (PUBLIC / "css").mkdir(parents=True)
    try:
        (PUBLIC / "index.html").write_text(PAGE)
        (PUBLIC / "css" / "site.css").write_text("h1 { color: #8a3ffc }\n")
        site = Site(PUBLIC)
        site.start()
        try:
            yield site
        finally:
            site.stop()
    finally:
        for path in sorted(PUBLIC.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        PUBLIC.rmdir()


def _folder(*parts: str) -> Path:
    folder = Path(*parts)
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
