"""A phone in the local network, played on this computer: its browser is told that the computer's
address is loopback, and what comes from it passes the guard as coming from another device."""

import dataclasses
import json
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from playwright.sync_api import Browser, BrowserContext, Playwright

from tests.conftest import CHROMIUM_OPTIONS, chromium_program
from tests.web.fakes import POLICY, Site
from trayapp import server
from trayapp.hub import Hub, hand_off
from trayapp.web import HostGuard

COMPUTER = "192.168.77.1"
PHONE = "192.168.77.20"
AGENT = (
    "Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)


class _Socket:
    def getsockname(self) -> tuple[str, int]:
        return COMPUTER, 0


class FromPhone:
    """`app` for requests that are said to come from the phone."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI (PEP 3333)."""
        sock = environ["werkzeug.socket"]
        environ |= {"REMOTE_ADDR": PHONE, "werkzeug.socket": _Socket()}
        try:
            return self._app(environ, start_response)
        finally:
            environ["werkzeug.socket"] = sock  # the hub's to take


class Shared:
    """The web room, hub and server of a computer that shares with the network."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(dataclasses.replace(POLICY, lan=True), folder)
        hello = {"server": "trayapp", "epoch": "e", "heartbeat": 15.0, "paused": False, "roots": []}
        self.hub = Hub(self.site.bus, lambda: json.dumps(hello))
        self.server = server.Server()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{COMPUTER}:{self.port}"

    def start(self) -> None:
        listener = server.listen_on_loopback(0)
        self.port = listener.port
        self.server.start()
        self.hub.start()
        self.server.serve(listener, hand_off(FromPhone(self.site.guard), self.hub))

    def stop(self) -> None:
        self.hub.stop()
        self.server.stop()

    def serve(self, app: WSGIApplication) -> str:
        """Another server of the computer, that only checks who may connect; its base URL."""
        listener = server.listen_on_loopback(0)
        guard = HostGuard(app, self.site.guard.policy, self.site.devices, self.site.witness)
        self.server.serve(listener, FromPhone(guard))
        return f"http://{COMPUTER}:{listener.port}"

    def invite(self) -> str:
        """The address of a QR code."""
        return f"{self.url}/pair?code={self.site.devices.issue_code(now())}"


def now() -> float:
    """On the clock of codes."""
    return time.monotonic()


@contextmanager
def a_browser(playwright: Playwright) -> Iterator[Browser]:
    """That takes the computer's address for loopback."""
    rule = f"--host-resolver-rules=MAP {COMPUTER} 127.0.0.1"
    browser = playwright.chromium.launch(
        executable_path=shutil.which(chromium_program()), args=[*CHROMIUM_OPTIONS, rule]
    )
    yield browser
    browser.close()


def a_phone(browser: Browser, **more: Any) -> BrowserContext:
    """A fresh profile with a small screen."""
    settings = {"viewport": {"width": 360, "height": 740}, "user_agent": AGENT} | more
    return browser.new_context(**cast(Any, settings))
