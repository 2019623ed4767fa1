"""What another server left in the browser under trayapp's port never runs in the dashboard, in
three real browsers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.hostile.before import free_port, server_before
from tests.hostile.engines import ENGINES, Engine, Window
from tests.hostile.program import Program, started
from tests.support import launched, wait_for
from trayapp.config import Config
from trayapp.errors import TrayAppError
from trayapp.paths import Paths
from trayapp.service import Service

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

KEPT = "sessionStorage.getItem('trayapp-token')"
HOSTILE = "return Boolean(window.hostile || document.documentElement.dataset.hostile)"
ASK = """
window.result = '';
window.fetch('{}', {{ method: '{}', headers: {{ 'X-TrayApp-Token': '{}' }} }}).then(
  (a) => {{ window.result = String(a.status); }}, () => {{ window.result = 'failed'; }});
"""
COUNT_WORKERS = """
window.workers = -1;
window.navigator.serviceWorker.getRegistrations().then(
  (all) => { window.workers = all.length; });
"""


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as engine:
        yield engine


@pytest.fixture
def window(engine: Engine) -> Iterator[Window]:
    window = engine.open()
    yield window
    window.close()


@contextmanager
def after_another(window: Window, folder: Path, left: str) -> Iterator[Program]:
    """trayapp on a port whose server before has left its pages, or its worker, in the browser."""
    port = planted(window, left)
    with started(folder, "--port", str(port)) as program:
        assert program.port == port
        yield program


def planted(window: Window, left: str) -> int:
    """The port of a server that is gone, and has left something in the browser."""
    port = free_port()
    with server_before(port):
        window.go(f"http://127.0.0.1:{port}/?{left}")
        window.wait_until("window.planted", 20)
    return port


def address(program: Program) -> str:
    """What trayapp opens in the user's browser, as the stand-in for it noted."""
    note = program.home / "opened.txt"
    note.unlink(missing_ok=True)
    program.ask("open", {})
    wait_for(note.exists)
    return note.read_text()


@pytest.mark.parametrize("left", ["pages", "worker"])
def test_what_another_server_left_never_runs_in_the_dashboard(
    window: Window, tmp_path: Path, left: str
) -> None:
    with after_another(window, tmp_path, left) as program:
        window.go(address(program))

        window.wait_until(f"document.readyState === 'complete' && ({KEPT} || window.hostile)", 10)
        assert not window.run(HOSTILE)
        window.wait_until("!document.querySelector('#switch').hidden", 10)


@pytest.mark.parametrize("left", ["pages", "worker"])
def test_nor_where_the_dashboard_has_a_port_in_place_of_a_name(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    monkeypatch.setattr("trayapp.web.browsers_find", lambda _name: False)
    monkeypatch.setattr("trayapp.desktop.open_url", lambda _url: False)  # so the error names it
    port = planted(window, left)
    paths = Paths(tmp_path, tmp_path, tmp_path)
    paths.prepare()
    service = Service(Config(port=port), paths, "token")
    service.start()
    try:
        with pytest.raises(TrayAppError) as error:
            service.open_dashboard()
        window.go(error.value.hint.rpartition(" ")[2])

        window.wait_until(f"document.readyState === 'complete' && ({KEPT} || window.hostile)", 10)
        assert not window.run(HOSTILE)
        window.wait_until("!document.querySelector('#switch').hidden", 10)
    finally:
        service.stop()


def test_what_another_server_left_controls_nothing_with_the_token_of_the_dashboard(
    window: Window, tmp_path: Path
) -> None:
    """Whatever way it may have got it: nothing of ours gives it away."""
    with after_another(window, tmp_path, "pages") as program:
        opened = address(program)
        window.go(opened)
        window.wait_until(KEPT, 10)
        token = window.run(f"return {KEPT}")
        window.go(f"http://127.0.0.1:{program.port}/?pages")
        window.wait_until("document.title", 10)

        own, other = "/api/state", f"http://{urlsplit(opened).netloc}/api/state"
        for path, method, said in (
            (own, "GET", "403"),
            ("/api/pause", "POST", "403"),
            (other, "GET", "failed"),
            (other.replace("state", "pause"), "POST", "failed"),
        ):
            window.run(ASK.format(path, method, token))
            window.wait_until("window.result")
            assert window.run("return window.result") == said, (path, method)
        assert program.post(own, None, {"X-TrayApp-Token": token})[0] == 200
        assert program.ask("state")["status"] == "on"


def test_a_worker_of_another_server_is_gone_soon_after_its_page_was_looked_at(
    window: Window, tmp_path: Path
) -> None:
    with after_another(window, tmp_path, "worker") as program:
        here = f"http://127.0.0.1:{program.port}/"
        window.go(here)
        assert window.run(HOSTILE), "the worker answers"

        def gone() -> bool:
            window.run(COUNT_WORKERS)
            window.wait_until("window.workers >= 0")
            return bool(window.run("return window.workers === 0"))

        wait_for(gone, 20, "the browser has asked for a newer worker")
        window.go(f"{here}?typed")
        window.wait_until("document.querySelector('#locked') && !window.hostile", 10)
        assert not window.run(HOSTILE)


def test_a_page_behind_a_worker_of_another_server_does_not_trade_its_code(
    window: Window, tmp_path: Path
) -> None:
    with after_another(window, tmp_path, "passing") as program:
        code = launched(address(program)).partition("#c=")[2]
        window.go(f"http://127.0.0.1:{program.port}/?typed#c={code}")

        window.wait_until("document.querySelector('#problem-text')?.textContent", 10)
        said = window.run("return document.querySelector('#problem-text').textContent")
        assert "service worker of another program" in said
        assert "trayapp open" in said
        assert window.run(f"return {KEPT}") is None
        window.run(COUNT_WORKERS)
        window.wait_until("window.workers === 0")
        answer = program.post("/api/session", {"code": code})
        assert answer[0] == 200, f"the code is not spent: {answer}"


def test_scripts_that_another_server_left_do_not_run_under_its_address_either(
    window: Window, tmp_path: Path
) -> None:
    """The page is trayapp's, asked for anew; its scripts have addresses that are new too."""
    with after_another(window, tmp_path, "pages") as program:
        window.go(f"http://127.0.0.1:{program.port}/?typed")

        window.wait_until("document.querySelector('#locked') && document.title !== ''", 10)
        window.wait_until("!document.querySelector('#locked').hidden", 10)
        assert not window.run(HOSTILE)
