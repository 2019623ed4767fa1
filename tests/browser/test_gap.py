"""A save that falls between a page's load and the opening of its stream is not lost."""

import os
import random
import threading
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Page

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.support import Running

Run = Callable[..., Running]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SAVES = 500 if os.environ.get("TRAYAPP_TEST_FULL") == "1" else 60

SHOWN = "() => getComputedStyle(document.documentElement).zIndex === '1'"
TITLED = "() => document.querySelector('h1')?.textContent === 'new'"
RUN = "() => window.script === 'new'"


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("css", "html { position: relative; z-index: 1 }", SHOWN),
        ("js", "window.script = 'new';", RUN),
        ("html", "", TITLED),
    ],
    ids=["css", "js", "html"],
)
def test_saves_at_random_moments_around_a_load_are_all_shown(
    run_trayapp: Run, site: Site, page: Page, kind: str, text: str, shown: str
) -> None:
    running = run_trayapp(site.folder)
    chance, count = random.Random(5), SAVES // 3

    def write_page(name: str, title: str) -> str:
        stem = name.removeprefix("new-")
        uses = f'<link rel="stylesheet" href="{stem}.css"><script src="{stem}.js"></script>'
        return site.write_page(running.url, name=f"{name}.html", body=f"<h1>{title}</h1>{uses}")

    def save(name: str, delay: float) -> None:
        time.sleep(delay)
        if text:
            site.write(f"{name}.{kind}", text)
        else:  # in one step: a page that is read while it is empty holds no script of ours
            (site.folder / f"new-{name}.html").replace(site.folder / f"{name}.html")

    # A page of its own for each: a file that changes with every load is taken for a loop.
    names = [f"p{number}" for number in range(count)]
    for name in names:
        site.write(f"{name}.css", "")
        site.write(f"{name}.js", "")
        write_page(f"new-{name}", "new")
        write_page(name, "old")
    took = _time_to_load(page, f"{site.url}/p0.html")
    watch = PageWatch(page)
    for name in names:
        saving = threading.Thread(target=save, args=(name, chance.uniform(0, 1.5 * took)))
        saving.start()
        _visit(page, f"{site.url}/{name}.html")
        saving.join()
        page.wait_for_function(shown, timeout=5000)
    assert watch.loads <= 2 * count


def _visit(page: Page, url: str) -> None:
    """Go there, also when the page has begun to load itself once more before it was complete."""
    try:
        page.goto(url)
    except Error as error:
        if "interrupted" not in str(error) and "ERR_ABORTED" not in str(error):
            raise
        # Not wait_for_url: that gives up when one more load comes between.
        page.wait_for_function("url => location.href === url", arg=url)


def _time_to_load(page: Page, url: str) -> float:
    _visit(page, url)
    began = time.monotonic()
    page.reload()
    return time.monotonic() - began
