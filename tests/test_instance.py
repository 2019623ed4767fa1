"""One instance per user, and a token that only the right listener ever sees."""

import json
import os
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support import wait_for
from trayapp import instance
from trayapp.errors import TrayAppError
from trayapp.instance import Lock, Running, running
from trayapp.paths import Paths, locate

TOKEN = "token-of-this-run"


@dataclass
class Listener:
    """Something on a port that answers as `prove` and `answer` say, and keeps what it was sent."""

    server: HTTPServer
    prove: Callable[[str], object] = lambda nonce: instance.proof(TOKEN, nonce)
    answer: tuple[int, str] = (200, '{"ok": true}')
    seen: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)

    @property
    def running(self) -> Running:
        return Running(self.server.server_address[1], os.getpid(), TOKEN)

    def reply(self, path: str, body: str) -> tuple[int, str]:
        if path != "/api/proof":
            return self.answer
        return 200, json.dumps({"proof": self.prove(json.loads(body)["nonce"])})


@pytest.fixture
def listener() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            it.seen.append((self.command, self.path, dict(self.headers), body))
            status, answer = it.reply(self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer.encode())))
            self.end_headers()
            self.wfile.write(answer.encode())

        do_GET = do_POST = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    it = Listener(server)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield it
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = locate({"TRAYAPP_HOME": str(tmp_path)})
    found.prepare()
    return found


def test_only_one_holds_the_lock(paths: Paths) -> None:
    first, second = Lock(paths.lock_file), Lock(paths.lock_file)
    assert first.acquire()
    assert not second.acquire()
    assert instance.is_held(paths)
    first.release()
    first.release()
    assert not instance.is_held(paths)
    assert second.acquire()
    second.release()


def test_a_lock_that_cannot_be_opened_is_named(paths: Paths) -> None:
    paths.lock_file.mkdir()
    with pytest.raises(TrayAppError, match="Cannot open .*instance.lock: Is a directory"):
        Lock(paths.lock_file).acquire()


def test_who_serves_is_found(paths: Paths, listener: Listener) -> None:
    instance.announce(paths, listener.running)
    assert stat.S_IMODE(paths.instance_file.stat().st_mode) == 0o600
    assert instance.find(paths) == listener.running
    instance.withdraw(paths)
    assert instance.find(paths) is None


def test_the_token_is_nowhere_to_be_seen(listener: Listener) -> None:
    assert TOKEN not in repr(listener.running)


@pytest.mark.parametrize(
    "prove", [lambda nonce: "0" * 64, lambda nonce: None, lambda nonce: nonce, lambda nonce: "é"]
)
def test_an_impostor_on_the_port_never_gets_the_token(
    paths: Paths, listener: Listener, prove: Callable[[str], object]
) -> None:
    listener.prove = prove
    instance.announce(paths, listener.running)
    assert instance.find(paths) is None
    with pytest.raises(TrayAppError, match="does not answer"):
        listener.running.ask("GET", "/api/state")
    assert len(listener.seen) == 2
    assert not [seen for seen in listener.seen if TOKEN in repr(seen)]


def test_each_proof_is_for_a_new_nonce(listener: Listener) -> None:
    assert listener.running.prove()
    assert listener.running.prove()
    bodies = [seen[3] for seen in listener.seen]
    assert len(set(bodies)) == 2


def test_a_port_nobody_listens_on_is_no_instance(paths: Paths) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    instance.announce(paths, Running(port, 1, TOKEN))
    assert instance.find(paths) is None


def test_a_listener_that_says_nothing_costs_little_time(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PROOF_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        assert not Running(silent.getsockname()[1], 1, TOKEN).prove()
    assert 0.15 < time.monotonic() - started < 2


@pytest.mark.parametrize("garbage", [b"\x00" * 300, b"HTTP/1.1 200 OK\r\n\r\n[]", b""])
def test_a_listener_that_speaks_something_else_is_no_instance(garbage: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(garbage)

        thread = threading.Thread(target=serve)
        thread.start()
        assert not Running(server.getsockname()[1], 1, TOKEN).prove()
        thread.join()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"port": "1", "pid": 1, "token": "x"}',
        '{"port": 70000, "pid": 1, "token": "x"}',
        '{"port": 1, "pid": 1, "token": ""}',
        '{"port": true, "pid": 1, "token": "x"}',
        "[" * 100_000,
    ],
)
def test_a_damaged_announcement_counts_as_none(paths: Paths, text: str) -> None:
    paths.instance_file.write_text(text)
    assert instance.find(paths) is None


def test_asking_sends_the_token_and_returns_the_answer(listener: Listener) -> None:
    listener.answer = (200, '{"label": "site"}')
    answer = listener.running.ask("POST", "/api/roots", {"path": "/srv/site"})
    assert answer == {"label": "site"}
    method, path, headers, body = listener.seen[-1]
    assert (method, path, json.loads(body)) == ("POST", "/api/roots", {"path": "/srv/site"})
    assert headers["X-TrayApp-Token"] == TOKEN
    assert headers["Content-Type"] == "application/json"


def test_a_refusal_keeps_its_words(listener: Listener) -> None:
    listener.answer = (400, '{"error": "No such folder.", "hint": "mkdir x"}')
    with pytest.raises(TrayAppError) as refused:
        listener.running.ask("POST", "/api/roots", {"path": "x"})
    assert (refused.value.message, refused.value.hint) == ("No such folder.", "mkdir x")
    listener.answer = (503, "{}")
    with pytest.raises(TrayAppError, match=r"refused the request \(503\)"):
        listener.running.ask("POST", "/api/pause")


def test_the_first_start_enters(paths: Paths) -> None:
    lock = instance.enter(paths)
    assert isinstance(lock, Lock)
    lock.release()


def test_the_second_start_waits_for_the_first_to_serve(paths: Paths, listener: Listener) -> None:
    lock = Lock(paths.lock_file)
    assert lock.acquire()
    found: list[Lock | Running] = []
    thread = threading.Thread(target=lambda: found.append(instance.enter(paths)))
    thread.start()
    instance.announce(paths, listener.running)
    thread.join()
    lock.release()
    assert found == [listener.running]


def test_the_second_start_takes_over_when_the_first_gives_up(paths: Paths) -> None:
    lock = Lock(paths.lock_file)
    assert lock.acquire()
    found: list[Lock | Running] = []
    thread = threading.Thread(target=lambda: found.append(instance.enter(paths)))
    thread.start()
    lock.release()
    thread.join()
    (entered,) = found
    assert isinstance(entered, Lock)
    entered.release()


def test_a_first_start_that_hangs_is_named(paths: Paths) -> None:
    lock = Lock(paths.lock_file)
    assert lock.acquire()
    instance.announce(paths, Running(1, 4711, TOKEN))
    said = r"trayapp is running \(pid 4711\) but does not answer.*kill 4711"
    with pytest.raises(TrayAppError, match=said):
        instance.enter(paths, 0.1)
    with pytest.raises(TrayAppError, match=said):
        instance.require(paths)
    lock.release()


def test_nothing_running_is_said_with_the_remedy(paths: Paths) -> None:
    with pytest.raises(TrayAppError, match="trayapp is not running. Start it: trayapp run"):
        instance.require(paths)
    assert not paths.lock_file.exists()


def test_the_owner_of_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        wait_for(lambda: f"pid {os.getpid()}" in instance.port_owner(port))
        error = instance.port_busy(port)
    assert error.message.startswith(f"Port {port} is in use by another program (")
    assert error.hint == f"Stop it, or run: trayapp run --port {port + 1}"
    assert instance.port_owner(port) == ""
    assert "another program." in instance.port_busy(port).message
