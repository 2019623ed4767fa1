"""Firefox and WebKitGTK, driven through what they bring themselves, in one vocabulary.

Firefox speaks Marionette: the commands of WebDriver as JSON over TCP. WebKitWebDriver speaks
WebDriver over HTTP. Both are a page of code; a library would need a driver for Firefox that Debian
does not have.
"""

import http.client
import itertools
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tests.support import wait_for

ROUTES = {
    "NewSession": "POST session",
    "Navigate": "POST session/{id}/url",
    "Back": "POST session/{id}/back",
    "ExecuteScript": "POST session/{id}/execute/sync",
    "NewWindow": "POST session/{id}/window/new",
    "GetWindowHandle": "GET session/{id}/window",
    "SwitchToWindow": "POST session/{id}/window",
    "CloseWindow": "DELETE session/{id}/window",
    "FindElement": "POST session/{id}/element",
    "ElementSendKeys": "POST session/{id}/element/{element}/value",
    "TakeScreenshot": "GET session/{id}/screenshot",
    "DeleteSession": "DELETE session/{id}",
}
"""Where WebDriver has the commands (W3C WebDriver §6.3). Marionette has their names."""

PREFERENCES = {
    "marionette.port": 0,  # any free one; noted in a file of the profile
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
GIVE_UP = 40.0
NOTHING: Mapping[str, object] = {}


class DriverError(Exception):
    """The browser refused a command; a page that is just being loaded does."""


class Driver(Protocol):
    """Takes commands of WebDriver, and gives the value of their answers."""

    def command(self, name: str, parameters: Mapping[str, Any]) -> Any: ...


class Marionette:
    """A Firefox at the other end of a TCP connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), GIVE_UP)
        self._file = self._socket.makefile("rb")
        self._numbers = itertools.count(1)
        self._read()  # who it is

    def command(self, name: str, parameters: Mapping[str, Any]) -> Any:
        said = json.dumps([0, next(self._numbers), f"WebDriver:{name}", parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(said), said))
        _, _, error, value = self._read()
        if error:
            raise DriverError(f"{name}: {error['error']}: {error['message']}")
        return value["value"] if set(value) == {"value"} else value

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._file.read(1) or b":"
        return json.loads(self._file.read(int(length[:-1])))


class Classic:
    """A driver at the other end of HTTP."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._session = ""

    def command(self, name: str, parameters: Mapping[str, Any]) -> Any:
        method, _, path = ROUTES[name].partition(" ")
        path = path.format(id=self._session, element=parameters.get("id"))
        body = json.dumps(parameters) if method == "POST" else None
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=GIVE_UP)
        try:
            connection.request(method, f"/{path}", body, {"Content-Type": "application/json"})
            value = json.load(connection.getresponse())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise DriverError(f"{name}: {value['error']}: {value.get('message')}")
        if name == "NewSession":
            self._session = value["sessionId"]
        return value


@contextmanager
def firefox(
    folder: Path,
    environ: Mapping[str, str],
    preferences: Mapping[str, object] = NOTHING,
    wishes: Mapping[str, object] = NOTHING,
) -> Iterator[Driver]:
    """Firefox ESR without a window, with a profile of its own in `folder`. `preferences` go beside
    PREFERENCES; `wishes` is what NewSession takes."""
    profile = folder / "profile"
    profile.mkdir()
    chosen = {**PREFERENCES, **preferences}
    lines = [f"user_pref({json.dumps(key)}, {json.dumps(v)});" for key, v in chosen.items()]
    (profile / "user.js").write_text("\n".join(lines))
    options = ["--marionette", "--headless", "--no-remote", "--profile", str(profile)]
    with _started(["firefox-esr", *options], folder, environ):
        noted = profile / "MarionetteActivePort"
        wait_for(lambda: noted.exists() and noted.stat().st_size, GIVE_UP, "Firefox")
        driver = Marionette(int(noted.read_text()))
        try:
            driver.command("NewSession", wishes)
            yield driver
        finally:
            driver.close()


@contextmanager
def webkit(
    folder: Path, environ: Mapping[str, str], wishes: Mapping[str, object] = NOTHING
) -> Iterator[Driver]:
    """WebKitGTK in its own small browser, on the display that `environ` names."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with _started(["WebKitWebDriver", f"--port={port}"], folder, environ):
        driver = Classic(port)
        wait_for(lambda: _answers(port), GIVE_UP, "WebKitWebDriver")
        driver.command("NewSession", wishes or {"capabilities": {}})
        try:
            yield driver
        finally:
            driver.command("DeleteSession", {})


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _started(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """A process in a home of its own, ended with its children."""
    surroundings = dict(environ) | {"HOME": str(folder), "PATH": os.environ["PATH"]}
    with (folder / "browser.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=surroundings)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)  # a profile is 30 MB
