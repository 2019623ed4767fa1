"""A page is updated under the address that `python -m http.server` prints: http://0.0.0.0:8000/."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.devsite import Site
from tests.browser.pagewatch import PageWatch
from tests.support import Running

pytestmark = pytest.mark.browser


@pytest.fixture
def printed(site: Site) -> Iterator[str]:
    """The link that it prints, for a server of the site's folder."""
    words = [sys.executable, "-u", "-m", "http.server", "0", "--directory", str(site.folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout
        link = re.search(rb"\((http://0\.0\.0\.0:\d+/)\)", server.stdout.readline())
        assert link
        yield link[1].decode()
        server.kill()


def test_a_page_opened_by_the_printed_link_is_updated(
    run_trayapp: Callable[..., Running], site: Site, page: Page, printed: str
) -> None:
    running = run_trayapp(site.folder)
    site.write_page(running.url)
    watch = PageWatch(page)
    page.goto(printed)
    watch.connected()
    site.write("css/style.css", "body { color: rgb(2, 2, 2) }")
    watch.wait_for_style("body", "rgb(2, 2, 2)")
