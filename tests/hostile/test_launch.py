"""No secret is an argument of a process, and none that another user gets hold of opens anything.

The other user is `nobody`: it reads every command line there is while the real program opens its
dashboard, and tries what it finds. Needs root, to become that user.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hostile.program import Program, started
from tests.support import launched, program_environ, wait_for

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or (os.geteuid() != 0 and os.environ.get("CI") != "true"),
        reason="becoming another user needs root",
    ),
    pytest.mark.timeout(60),
]

# All is imported first: afterwards the interpreter's own files may be out of reach.
NOBODY = """
import encodings.idna, http.client, json, os, re, select, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
"""
WATCH = """
seen, read = set(), []
print("watching", flush=True)
while not select.select([sys.stdin], [], [], 0.002)[0]:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                line = file.read().replace(b"\\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        for path in re.findall(r"file://(\\S+)", "" if line in seen else line):
            try:
                with open(path) as file:
                    read.append(file.read())
            except OSError:
                pass
        seen.add(line)
print(json.dumps([sorted(seen), read]))
"""
POST = """
port, path, body, origin = int(sys.argv[1]), *sys.argv[2:]
host = origin.partition("//")[2]
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
headers = {"Content-Type": "application/json", "Origin": origin, "Host": host}
connection.request("POST", path, body or sys.stdin.read(), headers)
answer = connection.getresponse()
print(json.dumps([answer.status, json.loads(answer.read())]))
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter, so that only the program's own modes protect."""
    with tempfile.TemporaryDirectory(prefix="trayapp-launch-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def program(folder: Path) -> Iterator[Program]:
    with started(folder) as program:
        program.home.chmod(0o755)
        yield program


@contextmanager
def watching() -> Iterator[Callable[[], tuple[list[str], list[str]]]]:
    """Another user reads command lines. Gives what ends that: all it saw, and files it read."""
    words = [sys.executable, "-c", NOBODY + WATCH]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as spy:
        assert spy.stdout is not None
        assert spy.stdout.readline() == "watching\n"

        def end() -> tuple[list[str], list[str]]:
            said, _ = spy.communicate("stop", timeout=10)
            seen, read = json.loads(said)
            return seen, read

        yield end


def post_as_nobody(
    program: Program, path: str, body: dict[str, str], origin: str
) -> tuple[int, dict[str, str]]:
    """The answer to a post of another user, under the `origin` of the dashboard; the body is no
    argument."""
    words = [sys.executable, "-c", NOBODY + POST, str(program.port), path, "", origin]
    done = subprocess.run(
        words, input=json.dumps(body), capture_output=True, text=True, timeout=20, check=True
    )
    status, said = json.loads(done.stdout)
    return status, said


def noted(program: Program) -> str:
    """What the browser was given last."""
    note = program.home / "opened.txt"
    wait_for(note.exists)
    return note.read_text()


def command(program: Program, *words: str) -> str:
    environ = program_environ(program.home) | {"TRAYAPP_OPEN": "true"}
    done = subprocess.run(
        [sys.executable, "-m", "trayapp", *words],
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


def linger(folder: Path) -> None:
    """The browser stays a while, as browsers do, so that its arguments can be read."""
    with (folder / "browser").open("a") as script:
        script.write("sleep 2\n")


def test_no_secret_is_an_argument_and_no_other_user_reads_the_launch_page(
    folder: Path, program: Program
) -> None:
    linger(folder)
    with watching() as end:
        command(program, "open")
        page = noted(program)
        command(program, "run")
        command(program, "exec", "--", "sleep", "0.05")
        command(program, "send", "hello")
        command(program, "devices")
        code = re.search(r"#c=([\w-]+)", launched(page))
        assert code is not None
        seen, read = end()
    text = "\n".join(seen)
    assert page in text, "the watcher saw the browser's arguments"
    secrets = [code[1], program.token, program.read_key]
    secrets.append((program.home / "session-key").read_text().strip())
    assert [secret for secret in secrets if secret in text] == []
    assert "#c=" not in text
    assert read == []


def test_a_code_in_the_hands_of_another_user_opens_nothing_and_is_said(program: Program) -> None:
    program.ask("open", {})
    origin, _, code = launched(noted(program)).partition("/#c=")
    status, said = post_as_nobody(program, "/api/session", {"code": code}, origin)
    assert (status, "token" in said) == (401, False)
    problem = str(program.ask("state")["problem"])
    assert "Another user of this computer (uid 65534) has tried" in problem
    assert problem.endswith("run: trayapp sessions end --all")
    assert "uid 65534" in program.log
    assert program.post("/api/session", {"code": code})[0] == 200


def test_a_code_that_is_used_twice_is_said_with_a_remedy(program: Program) -> None:
    program.ask("open", {})
    page = noted(program)
    code = launched(page).partition("#c=")[2]
    status, first = program.post("/api/session", {"code": code})
    assert status == 200
    assert list((program.home / "launch").iterdir()) == []  # read once, and gone
    assert program.ask("state")["problem"] == ""
    assert program.post("/api/session", {"code": code})[0] == 401
    assert "was used twice" in program.ask("state")["problem"]
    assert "was used twice" in program.log
    assert code not in program.log

    token = {"X-TrayApp-Token": first["token"]}
    assert program.post("/api/state", None, token)[0] == 200
    assert program.ask("sessions/end-all", {}) == {"ended": 1}
    assert program.ask("state")["problem"] == ""
    assert program.post("/api/state", None, token)[0] == 401


def test_a_launch_page_is_gone_after_the_stop_and_one_of_before_at_the_start(folder: Path) -> None:
    stale = folder / "home/launch/dashboard-old.html"
    with started(folder) as program:
        program.ask("open", {})
        wait_for(lambda: list((program.home / "launch").iterdir()))
    assert list((folder / "home/launch").iterdir()) == []
    stale.write_text("stale")
    again = folder / "again"
    again.mkdir()
    environ_home = folder / "home"
    with started(again, home=environ_home):
        assert not stale.exists()


def test_a_confined_browser_gets_no_secret_and_this_users_connection_is_let_in(
    folder: Path,
) -> None:
    confined = folder / "snap/bin/firefox"
    confined.parent.mkdir(parents=True)
    with started(folder, browser=confined) as program:
        program.ask("open", {})
        origin, _, rest = noted(program).partition("/#")
        assert re.match(program.running.dashboard, f"{origin}/#c=")
        assert rest == "launch"
        own = {"Origin": origin, "Host": origin.partition("//")[2]}
        assert not (program.home / "launch").exists()
        assert post_as_nobody(program, "/api/session", {}, origin)[0] == 401
        assert program.post("/api/session", {})[0] == 401  # no page: it has no Origin
        here = f"http://127.0.0.1:{program.port}"  # where another server may have been before
        for foreign in (here, "http://localhost:1", "https://evil.example", "null"):
            assert program.post("/api/session", {}, {"Origin": foreign})[0] == 403, foreign
        status, said = program.post("/api/session", {}, own)
        assert status == 200
        token = {"X-TrayApp-Token": said["token"]}
        assert program.post("/api/state", None, token)[0] == 200
        assert program.post("/api/session", {}, own)[0] == 401  # once for each launch
