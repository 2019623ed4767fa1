"""The whole program as it is attacked: started as a user does, its log kept to the last word."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.hostile.network import inside
from tests.hostile.places import TOPICS
from tests.hostile.wire import Listener
from tests.support import Running, program_environ, wait_for


@dataclass(frozen=True, slots=True)
class Program:
    """`home` is where it keeps its files, `site` the folder that it watches. `enter` makes a socket
    where it runs, which may be in a network of its own."""

    running: Running
    home: Path
    site: Path
    enter: Callable[[Callable[[], socket.socket]], socket.socket]

    @property
    def port(self) -> int:
        return self.running.port

    @property
    def token(self) -> str:
        return str(json.loads((self.home / "instance.json").read_text())["token"])

    @property
    def read_key(self) -> str:
        return (self.home / "read-key").read_text().strip()

    @property
    def log(self) -> str:
        """All of it so far, at the level DEBUG: a line for each request but those of streams."""
        return (self.home / "trayapp.log").read_text("utf-8")

    def ask(self, name: str, body: object = None) -> dict[str, Any]:
        """The answer of the control API."""
        status, said = self.post(f"/api/{name}", body, {"X-TrayApp-Token": self.token})
        assert status == 200, said
        return said

    def post(
        self, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer; without a `body` it is a GET."""
        given = {"Content-Type": "application/json"} | (headers or {})
        data = None if body is None else json.dumps(body).encode()
        status, _, said = request(self.connect(), path, data, given)
        return status, json.loads(said)

    def publish(self, topic: str, text: str) -> None:
        status, _, said = request(self.connect(), f"/{topic}", text.encode(), {})
        assert status == 200, said

    def connect(self) -> socket.socket:
        """A connection from the computer that it runs on."""
        here = ("127.0.0.1", self.port)
        return self.enter(lambda: socket.create_connection(here, timeout=5))

    @contextmanager
    def listener(self) -> Iterator[Listener]:
        """A stream of this computer that is open meanwhile."""
        listener = Listener(self.connect(), TOPICS)
        try:
            yield listener
        finally:
            listener.close()

    def lines_since(self, mark: int, part: str) -> list[str]:
        """Lines of the log after its first `mark` characters that contain `part`."""
        return [line for line in self.log[mark:].splitlines() if part in line]


@contextmanager
def started(
    folder: Path,
    *arguments: str,
    within: str = "",
    demo: bool = False,
    files: int = 0,
    home: Path | None = None,
    browser: Path | None = None,
) -> Iterator[Program]:
    """Run it in `folder`; in the network namespace `within` when one is named. With `demo` nothing
    is watched but the demo, which has a server of its own. It may have so many `files` open, 0 for
    as many as this process. `home` may be that of an earlier run; `browser` is where the stand-in
    for one is put."""
    home, site, place = home or folder / "home", folder / "site", folder / "place"
    for each in (home, site, place):
        each.mkdir(mode=0o700, exist_ok=each == home)
    (site / "index.html").write_text("<!doctype html><title>site</title>")
    browser = browser or folder / "browser"
    browser.write_text(
        f'#!/bin/sh\nprintf %s "$1" > "{home}/.new"\nmv "{home}/.new" "{home}/opened.txt"\n'
    )
    browser.chmod(0o700)
    environ = program_environ(home) | {"TRAYAPP_LOG": "DEBUG", "BROWSER": str(browser)}
    options = ["run", *([] if demo else [str(site)]), "--no-tray", "--port", "0", *arguments]
    running = Running(options, environ, place, within, files)
    try:
        enter = partial(inside, within) if within else _here
        program = Program(running, home, site, enter)
        _ = running.url
        wait_for(lambda: all(root["fingerprint"] for root in program.ask("state")["roots"]), 10)
        yield program
    finally:
        code = running.stop()
    assert code == 0, running.output


def request(
    connection: socket.socket, path: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in lower case) and body of the answer to a POST of `body`, or a GET.
    The Host is what the connection leads to, unless `headers` name one."""
    peer = connection.getpeername()
    asking = http.client.HTTPConnection(peer[0], peer[1])
    asking.sock = connection
    with connection:
        asking.request("GET" if body is None else "POST", path, body, headers)
        answer = asking.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, names, answer.read()


def host_of(connection: socket.socket) -> str:
    """The Host under which the other end is called."""
    address = str(connection.getpeername()[0])
    return f"[{address}]" if ":" in address else address


def _here(make: Callable[[], socket.socket]) -> socket.socket:
    return make()
