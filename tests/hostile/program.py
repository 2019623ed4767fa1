"""The whole program as it is attacked: started as a user does, its log kept to the last word."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hostile.places import TOPICS
from tests.hostile.wire import Listener
from tests.support import Running, program_environ, wait_for


@dataclass(frozen=True, slots=True)
class Program:
    """`home` is where it keeps its files, `site` the folder that it watches."""

    running: Running
    home: Path
    site: Path

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
        data = None if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} | (headers or {})
        request = urllib.request.Request(f"{self.running.url}{path}", data, given)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def publish(self, topic: str, text: str) -> None:
        url = f"{self.running.url}/{topic}"
        with urllib.request.urlopen(url, text.encode(), timeout=5) as answer:
            assert answer.status == 200

    @contextmanager
    def listener(self) -> Iterator[Listener]:
        """A stream of this computer that is open meanwhile."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        listener = Listener(connection, TOPICS)
        try:
            yield listener
        finally:
            listener.close()

    def lines_since(self, mark: int, part: str) -> list[str]:
        """Lines of the log after its first `mark` characters that contain `part`."""
        return [line for line in self.log[mark:].splitlines() if part in line]


@contextmanager
def started(
    folder: Path, *arguments: str, within: str = "", demo: bool = False
) -> Iterator[Program]:
    """Run it in `folder`; in the network namespace `within` when one is named. With `demo` nothing
    is watched but the demo, which has a server of its own."""
    home, site, place = folder / "home", folder / "site", folder / "place"
    for each in (home, site, place):
        each.mkdir(mode=0o700)
    (site / "index.html").write_text("<!doctype html><title>site</title>")
    browser = folder / "browser"
    browser.write_text(
        f'#!/bin/sh\nprintf %s "$1" > "{home}/.new"\nmv "{home}/.new" "{home}/opened.txt"\n'
    )
    browser.chmod(0o700)
    environ = program_environ(home) | {"TRAYAPP_LOG": "DEBUG", "BROWSER": str(browser)}
    options = ["run", *([] if demo else [str(site)]), "--no-tray", "--port", "0", *arguments]
    running = Running(options, environ, place, within=within)
    try:
        program = Program(running, home, site)
        _ = running.url
        wait_for(lambda: all(root["fingerprint"] for root in program.ask("state")["roots"]), 10)
        yield program
    finally:
        code = running.stop()
    assert code == 0, running.output
