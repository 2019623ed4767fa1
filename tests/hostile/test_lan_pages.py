"""Pages in the browser of a paired phone, and in that of the computer itself, while it shares.

Over plain http on a network browsers send no Sec-Fetch headers, and a paired phone has a cookie.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.hostile.engines import FOREIGN, Engine, Window, chromium
from tests.hostile.network import HOST_ADDRESS, inside
from tests.hostile.othersites import OtherSites, other_sites
from tests.hostile.phone import Phone
from tests.hostile.test_pages import FORM, OPEN, POSTS, fetched, nothing_came
from tests.support import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

INCLUDED = """
window.loaded = []; window.failed = [];
for (const [tag, name, path] of [
  ['script', 'src', '/stream'], ['script', 'src', '/static/api.js'], ['img', 'src', '/stream'],
  ['link', 'href', '/static/dashboard.css'], ['script', 'src', '/health'],
]) {
  const made = document.createElement(tag);
  made.onload = () => window.loaded.push(path);
  made.onerror = () => window.failed.push(path);
  if (tag === 'link') made.rel = 'stylesheet';
  made[name] = 'OURS' + path;
  document.body.append(made);
}
"""


@pytest.fixture(scope="module", params=["phone", "host"])
def place(request: pytest.FixtureRequest, phone: Phone) -> str:
    """The network namespace of the browser."""
    return str(getattr(phone.lan, request.param))


@pytest.fixture(scope="module")
def sites(place: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherSites]:
    with other_sites(tmp_path_factory.mktemp("sites"), partial(inside, place)) as sites:
        yield sites


@pytest.fixture(scope="module")
def engine(place: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("browser")
    with chromium(folder, place) as engine:
        yield engine


@pytest.fixture
def window(engine: Engine, phone: Phone, place: str) -> Iterator[Window]:
    """Of the phone it is one that is paired: it has scanned a code."""
    window = engine.open()
    if place == phone.lan.phone:
        window.go(f"{ours(phone)}/pair?code={phone.invited()}")
        window.wait_until("document.body.textContent.includes('onnected')", 10)
        window.wait_until("!location.href.includes('code=')")
    yield window
    window.close()


@pytest.fixture
def foreign(sites: OtherSites) -> str:
    return f"http://{FOREIGN}:{sites.plain}"


def ours(phone: Phone) -> str:
    return f"http://{HOST_ADDRESS}:{phone.program.port}"


def test_a_page_of_trayapp_itself_is_answered(window: Window, phone: Phone) -> None:
    """Else the tests below would be content with a browser that reaches nothing."""
    window.go(f"{ours(phone)}/pair")
    window.run(OPEN.format(f"{ours(phone)}/stream"))
    window.wait_until("window.opened")


def test_a_foreign_site_reads_nothing(window: Window, foreign: str, phone: Phone) -> None:
    window.go(f"{foreign}/page")
    window.run(
        OPEN.format(f"{ours(phone)}/stream").replace(
            "stream')", "stream', {withCredentials: true})"
        )
    )
    window.wait_until("window.refused && window.stream.readyState === 2")
    assert not window.run("return window.opened")
    for how in ("{}", "{credentials: 'include'}"):
        for path in ("/stream", "/pair", "/api/state", "/static/api.js"):
            assert fetched(window, ours(phone) + path, how) == "failed", path


def test_what_a_foreign_site_includes_gives_it_nothing(
    window: Window, foreign: str, phone: Phone
) -> None:
    window.go(f"{foreign}/page")
    window.run(INCLUDED.replace("OURS", ours(phone)))
    window.wait_until("window.failed.length + window.loaded.length === 5", 10)
    assert window.run("return window.loaded.join()") == ""


@pytest.mark.parametrize("way", POSTS)
def test_a_foreign_site_publishes_nothing(
    window: Window, foreign: str, phone: Phone, way: str
) -> None:
    window.go(f"{foreign}/page")
    with phone.program.listener() as listener:
        mark = len(phone.program.log)
        window.run(FORM.replace("ACTION", f"{ours(phone)}/notify") + POSTS[way])
        refused = wait_for(lambda: phone.program.lines_since(mark, "'/notify' "), 5, way)
        assert all(" 403 " in line for line in refused), refused
        assert nothing_came(phone.program, listener)
