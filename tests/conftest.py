"""Fixtures of every test: nothing may outlive a test, a home of its own, a browser, the program."""

import gc
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import support

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


STARTERS = frozenset(
    {"browser", "chromium", "engine", "play", "playwright", "redis", "run_trayapp"}
)
"""Fixtures that start a program or a browser."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--quick`, for the inner loop: see scripts/test."""
    parser.addoption(
        "--quick", action="store_true", help="leave out tests that start a program or a browser"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `--quick` leaves out."""
    if not config.getoption("--quick"):
        return
    slow = [item for item in items if STARTERS.intersection(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in set(slow)]


def pytest_configure() -> None:
    """Ctrl+C as in a terminal, for what tests start as well: what a shell without job control
    starts with `&` ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure() -> None:
    """A thread that was left behind has failed its test. The run ends without it: Python would wait
    for it for ever."""
    sys.stdout.flush()
    for thread in support.open_threads() - {threading.main_thread()}:
        if not thread.daemon:
            thread.join(2)
            if thread.is_alive():
                os._exit(pytest.ExitCode.TESTS_FAILED)


def need(*programs: str) -> None:
    """Skip the test when a program is missing; fail it instead under CI=true."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"{', '.join(missing)} is missing; scripts/test installs it")
    if missing:
        pytest.skip(f"{', '.join(missing)} is missing; scripts/test installs it")


@pytest.fixture(autouse=True)
def nothing_outlives_a_test() -> Iterator[None]:
    """No thread and no file descriptor that the test opened may be there 2 s after its end.

    What fixtures of a wider scope opened was there before, for they are set up first.
    """
    threads, files = support.open_threads(), support.open_files()
    yield
    try:
        support.wait_for(lambda: not (support.open_threads() - threads), 2)
    except AssertionError:
        left = ", ".join(sorted(thread.name for thread in support.open_threads() - threads))
        pytest.fail(f"threads left behind: {left}")
    if not support.open_files() - files:
        return
    gc.collect()
    try:
        support.wait_for(lambda: not (support.open_files() - files), 2)
    except AssertionError:
        pytest.fail(f"file descriptors left behind: {sorted(support.open_files() - files)}")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty TRAYAPP_HOME, for this process and those it starts."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    for key in [key for key in os.environ if key.startswith("TRAYAPP_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("TRAYAPP_HOME", str(folder))
    return folder


@pytest.fixture
def run_trayapp(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., support.Running]]:
    """Start the program: `run_trayapp(site)` is `trayapp run SITE --no-tray --port 0`.

    Strings pass as they are, so `run_trayapp("status", serve=False)` is `trayapp status`. All that
    is still running is stopped after the test and must then have ended with exit code 0.
    """
    started: list[support.Running] = []

    def start(
        *arguments: str | Path, serve: bool = True, environ: dict[str, str] | None = None
    ) -> support.Running:
        words = [str(word) for word in arguments]
        if serve:
            words = ["run", *words, "--no-tray"] + ([] if "--port" in words else ["--port", "0"])
        surroundings = support.program_environ(home) | (environ or {})
        running = support.Running(words, surroundings, tmp_path_factory.mktemp("trayapp"))
        started.append(running)
        if serve:
            _ = running.url
        return running

    yield start
    for running in started:
        was_running = running.process.poll() is None
        code = running.stop()
        assert not was_running or code == 0, f"exit code {code}\n{running.output}"


def chromium_program(*, whole: bool = False) -> str:
    """The program that shows the pages of tests; `$CHROMIUM` names another one.

    The shell is Chromium without the windows around the pages: a page costs a quarter of the CPU
    time that it costs in the `whole` browser. Where it is not packaged, the browser shows them.
    """
    shell = None if whole else shutil.which("chromium-headless-shell")
    if shell is None:
        need("chromium")
    return os.environ.get("CHROMIUM") or shell or "chromium"


@contextmanager
def chromium_of(playwright: "Playwright", *, whole: bool = False) -> "Iterator[Browser]":
    """A headless Chromium."""
    program = shutil.which(chromium_program(whole=whole))
    browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def playwright() -> "Iterator[Playwright]":
    """For the tests of one module; tests/browser has one for all of its own.

    Not for the whole session: playwright keeps an asyncio loop running in the main thread, and
    tests of other modules that call `asyncio.run` would fail beside it.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(playwright: "Playwright") -> "Iterator[Browser]":
    """A headless Chromium for the tests of one module."""
    with chromium_of(playwright) as browser:
        yield browser


@pytest.fixture
def browser_context(chromium: "Browser") -> "Iterator[BrowserContext]":
    """A fresh profile: no storage, no cache, no page of another test."""
    context = chromium.new_context()
    yield context
    for page in context.pages:
        _end_navigation(page)
    context.close()


def _end_navigation(page: "Page") -> None:
    """Chromium 156 never ends a context that is closed while a page is on its way to another."""
    from playwright.sync_api import Error

    for _ in range(3):
        try:
            page.goto("about:blank", timeout=5000)
        except Error:  # interrupted by a load that was under way, or crashed, or closed
            continue
        return


@pytest.fixture
def page(browser_context: "BrowserContext") -> "Page":
    """An empty page in a fresh profile."""
    return browser_context.new_page()
