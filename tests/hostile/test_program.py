"""The whole program against other users of the computer, other programs, and slow senders."""

import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hostile.program import Program, request, started
from tests.support import Running, program_environ, wait_for

Run = Callable[..., Running]

SLOW = 30
SOON = 1.0


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with started(tmp_path_factory.mktemp("program")) as program:
        yield program


# Other users


MAKER = """
import os, runpy, sys
os.umask(0)
def hear(event, arguments):
    if event == "os.chmod" and os.stat(arguments[0]).st_mode & 0o777 != arguments[1]:
        print("TOO LATE", arguments, flush=True)
sys.addaudithook(hear)
"""
BROKEN = """
import runpy, sys
from trayapp.web.tokens import Tokens
def check(self, token, now):
    raise RuntimeError("broken on purpose")
Tokens.check = check
"""
RUN = """
sys.argv = ["trayapp", *sys.argv[1:]]
runpy.run_module("trayapp", run_name="__main__", alter_sys=True)
"""


@contextmanager
def altered(beginning: str, folder: Path) -> Iterator[int]:
    """Run it in `folder` after `beginning`, Python in the same process; the port."""
    home, site, output = folder / "home", folder / "site", folder / "output.txt"
    site.mkdir()
    command = [sys.executable, "-c", beginning + RUN, "run", str(site), "--no-tray", "--port", "0"]
    with output.open("wb") as printed:
        process = subprocess.Popen(
            command, stdout=printed, stderr=printed, env=program_environ(home), cwd=folder
        )
    try:
        wait_for(lambda: "READY" in output.read_text(), 15)
        yield int(output.read_text().partition("READY http://127.0.0.1:")[2].split()[0])
    finally:
        process.terminate()
        assert process.wait(10) == 0


def test_files_are_made_private_from_their_first_moment(tmp_path: Path) -> None:
    """With an umask that would let everybody write: nothing is made first and closed afterwards."""
    home, output = tmp_path / "home", tmp_path / "output.txt"
    with altered(MAKER, tmp_path) as port:
        with socket.create_connection(("127.0.0.1", port), 5) as sock:
            sock.sendall(b"POST /notify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi")
            assert b" 200 " in sock.recv(4096)
        files = [path for path in home.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"instance.json", "read-key", "events.db"}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in files if path.exists()}
    assert set(modes.values()) == {"0o600"}, modes
    assert "TOO LATE" not in output.read_text()


def test_a_bug_writes_its_traceback_and_no_secret(tmp_path: Path) -> None:
    home, output = tmp_path / "home", tmp_path / "output.txt"
    with altered(BROKEN, tmp_path) as port:
        token = json.loads((home / "instance.json").read_text())["token"]
        key = (home / "read-key").read_text().strip()
        given = {"X-TrayApp-Token": token, "Cookie": f"trayapp-device={key}"}
        connection = socket.create_connection(("127.0.0.1", port), 5)
        status, _, said = request(connection, f"/api/state?key={key}", None, given)
        assert status == 500
    log = (home / "trayapp.log").read_text()
    assert "Traceback" in log
    assert "broken on purpose" in log
    for text in (log, output.read_text(), said.decode()):
        assert token not in text
        assert key not in text
    assert b"broken" not in said


@pytest.mark.parametrize("folder", ["/", "home", ".ssh"])
def test_a_folder_that_is_too_wide_is_not_watched_unasked(
    program: Program, run_trayapp: Run, home: Path, folder: str
) -> None:
    (home / ".ssh").mkdir()
    path = {"/": Path("/"), "home": home, ".ssh": home / ".ssh"}[folder]
    other = run_trayapp("run", "--no-tray", path, serve=False, environ={"HOME": str(home)})
    assert other.wait() == 1
    assert "READY" not in other.output
    assert "--wide" in other.output

    # and over the API of one that runs, which knows another home
    token = {"X-TrayApp-Token": program.token}
    if folder == "/":
        assert program.post("/api/roots", {"path": "/"}, token)[0] == 409


# Other programs


class Squatter:
    """Listens where trayapp is expected, and keeps all that it is told."""

    def __init__(self, port: int = 0) -> None:
        self.heard = b""
        self._over = False
        self._socket = socket.create_server(("127.0.0.1", port))
        self._socket.settimeout(0.1)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def close(self) -> None:
        self._over = True
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._over:
            try:
                caller = self._socket.accept()[0]
            except TimeoutError:
                continue
            with caller:
                caller.settimeout(2)
                self.heard += caller.recv(65536)
                body = b'{"proof": "' + b"0" * 64 + b'"}'
                head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
                caller.sendall(head + body)


@pytest.fixture
def squatter() -> Iterator[Squatter]:
    squatter = Squatter()
    yield squatter
    squatter.close()


def test_who_took_the_port_is_never_told_the_token(
    run_trayapp: Run, home: Path, squatter: Squatter, tmp_path: Path
) -> None:
    """After a crash: what trayapp has noted of itself is still there, and another one answers."""
    token = "the-token-of-the-run-that-crashed"
    noted = {"port": squatter.port, "pid": os.getpid(), "token": token}
    (home / "instance.json").write_text(json.dumps(noted))
    for command in (["status"], ["pause"], ["open"], ["send", "hi"], ["stop"]):
        asked = run_trayapp(*command, serve=False)
        assert asked.wait() == 1, asked.output
    run = run_trayapp("run", "--no-tray", "--port", str(squatter.port), tmp_path, serve=False)
    assert run.wait() == 1
    assert f"Port {squatter.port} is in use" in run.output
    assert b"POST /api/proof" in squatter.heard, "nobody was asked, so nothing was tested"
    assert token.encode() not in squatter.heard


WORKER = "import sys; print('first', flush=True); sys.stdin.readline(); print('s3cret', flush=True)"


@pytest.mark.parametrize("command", ["exec", "pipe"])
def test_who_takes_the_port_meanwhile_is_told_nothing(
    run_trayapp: Run, home: Path, tmp_path: Path, command: str
) -> None:
    """trayapp is killed while a command publishes; another program listens at its port."""
    first = run_trayapp(tmp_path)
    port = first.port
    words = {"exec": ["exec", "--", sys.executable, "-c", WORKER], "pipe": ["pipe", "--tee"]}
    process = subprocess.Popen(
        [sys.executable, "-m", "trayapp", *words[command]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=program_environ(home),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    if command == "pipe":
        process.stdin.write(b"first\n")
        process.stdin.flush()
    assert process.stdout.readline() == b"first\n"
    with stream_of(port) as sock:
        wait_for(lambda: b"first" in sock.recv(65536))  # published, so its connection is kept
    first.process.kill()
    first.wait()
    squatter = Squatter(port)
    try:
        process.stdin.write(b"s3cret\n")
        process.stdin.flush()
        if command == "pipe":
            wait_for(lambda: b"/api/proof" in squatter.heard)
            process.kill()
            process.communicate()
        else:
            output, errors = process.communicate(timeout=20)
            assert (process.returncode, output) == (0, b"s3cret\n")
            assert b"trayapp" in errors
    finally:
        squatter.close()
    assert b"s3cret" not in squatter.heard
    assert b"POST /" not in squatter.heard.replace(b"POST /api/proof", b"")


@contextmanager
def stream_of(port: int) -> Iterator[socket.socket]:
    """The stream with what came in the last minute."""
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(f"GET /stream?since=60s HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        yield sock


# Slow senders


@pytest.mark.timeout(60)
def test_a_body_that_comes_by_the_second_is_given_up(program: Program) -> None:
    head = b"POST /notify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    with (
        program.listener() as listener,
        socket.create_connection(("127.0.0.1", program.port), 5) as sock,
    ):
        began = time.monotonic()
        sock.sendall(head)
        sock.settimeout(1)
        answer = b""
        while not answer and time.monotonic() - began < 20:
            sock.sendall(b"x")
            try:
                answer = sock.recv(4096)
            except TimeoutError:
                continue
        assert 10 < time.monotonic() - began < 16.5
        assert answer.startswith(b"HTTP/1.1 408 ")
        program.publish("hostile-end?event=end", "the end")
        assert [event.type for event in listener.until("end")] == ["end"]


def test_thirty_slow_heads_delay_nobody(program: Program) -> None:
    slow = [socket.create_connection(("127.0.0.1", program.port), 5) for _ in range(SLOW)]
    try:
        for sock in slow:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        began = time.monotonic()
        assert program.ask("state")["status"] == "on"
        assert time.monotonic() - began < SOON
    finally:
        for sock in slow:
            sock.close()


def test_a_hundred_wrong_tokens_lock_nobody_out(program: Program) -> None:
    codes = []
    for number in range(100):
        wrong = {"X-TrayApp-Token": f"wrong-{number}"}
        codes.append(program.post("/api/state", None, wrong)[0])
    assert codes[:10] == [401] * 10
    assert set(codes[10:]) == {429}
    began = time.monotonic()
    assert program.ask("state")["status"] == "on"
    assert time.monotonic() - began < SOON
