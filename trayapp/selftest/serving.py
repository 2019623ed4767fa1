"""Checks of the server: where it answers, its streams, what is published, what pages load."""

import json
import re
import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack

from trayapp.errors import TrayAppError
from trayapp.selftest.outcome import Skipped
from trayapp.selftest.reader import Reader
from trayapp.selftest.request import fetch
from trayapp.selftest.trial import ROOT, Trial, demand, ms
from trayapp.sse import MEDIA_TYPE

MODULES = ("morph", "notices", "doctor")
TOPIC = "selftest"
STREAMS = 50
_LINKS = re.compile(r'(?:src|href)="/?static/([^"]+)"')
_IMPORTS = re.compile(r'^(?:import|export|\}) .*"\./([\w.-]+)";$', re.MULTILINE)


def start(trial: Trial) -> str:
    """It serves, and has proven that it is ours."""
    began = time.monotonic()
    trial.program.start()
    trial.running = trial.program.ready(trial.deadline - 2)
    return f"READY after {time.monotonic() - began:.2f} s"


def loopback4(trial: Trial) -> str:
    """It answers on 127.0.0.1."""
    return _health(trial, "127.0.0.1")


def loopback6(trial: Trial) -> str:
    """It answers on ::1, where there is one."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        raise Skipped("this system has no ::1") from error
    return _health(trial, "::1")


def command(trial: Trial) -> str:
    """Another command finds it, in its own folder."""
    began = time.monotonic()
    done = trial.program.ask("status", max(trial.left, 0.1))
    demand(done.returncode == 0, f"exit code {done.returncode}")
    return ms(began)


def demo(trial: Trial) -> str:
    """Without a folder of the user's it serves the demo."""
    url = str(trial.state()["demo"])
    demand(url, "there is no demo")
    port = int(url.rstrip("/").rpartition(":")[2])
    answer = fetch(port, "/")
    demand(answer.status == 200 and b"/client.js" in answer.body, f"status {answer.status}")
    return ""


def stream(trial: Trial) -> str:
    """A stream greets, with an id, and lives."""
    began = time.monotonic()
    with Reader(trial.running.port, "/stream?topic=none") as reader:
        hello = reader.next()
        took = ms(began)
        demand(reader.status == 200, f"status {reader.status}")
        kind = reader.headers.get("content-type", "")
        demand(kind.startswith(MEDIA_TYPE), f"it is {kind}")
        demand(hello.type == "hello" and hello.id, f"it begins with {hello.type}")
        seconds = float(json.loads(hello.data)["heartbeat"])
        reader.beat(seconds + 2)
    return f"hello after {took}, heartbeat each {seconds:g} s"


def publish(trial: Trial) -> str:
    """What is published comes, under the id that the answer names."""
    with Reader(trial.running.port, f"/stream?topic={TOPIC}") as reader:
        reader.next()
        began = time.monotonic()
        number = _post(trial, "one")
        event = reader.next()
        demand((event.id, event.data) == (number, "one"), f"{event.data!r} came")
        return ms(began)


def replay(trial: Trial) -> str:
    """A cursor gets what it missed, in order; an unknown one gets a reset."""
    first = _post(trial, "first")
    wanted = [_post(trial, f"missed {n}") for n in range(3)]
    with Reader(trial.running.port, f"/stream?topic={TOPIC}", cursor=first) as reader:
        reader.next()
        came = [reader.next().id for _ in wanted]
    demand(came == wanted, f"{len(set(came) & set(wanted))} of {len(wanted)} came, or out of order")
    with Reader(trial.running.port, f"/stream?topic={TOPIC}", cursor="gone-1") as reader:
        reader.next()
        demand(reader.next().type == "reset", "an unknown cursor gets no reset")
    return f"{len(wanted)} events"


def many(trial: Trial) -> str:
    """Fifty streams at once get the same event."""
    with ExitStack() as stack:
        target = f"/stream?topic={TOPIC}"
        readers = [stack.enter_context(Reader(trial.running.port, target)) for _ in range(STREAMS)]
        for reader in readers:
            reader.next()
        began = time.monotonic()
        number = _post(trial, "to all")
        got = sum(reader.next().id == number for reader in readers)
        demand(got == STREAMS, f"{got} of {STREAMS} got it")
        return f"the last after {ms(began)}"


def script(trial: Trial) -> str:
    """The page script and its modules are there, and the dashboard with all its files."""
    size = len(_code(trial, "/client.js"))
    for name in MODULES:
        _code(trial, f"/client/{name}.js")
    page = fetch(trial.running.port, "/")
    demand(page.status == 200, f"the dashboard: status {page.status}")
    files = _files(trial, _LINKS.findall(page.text))
    demand(files, "the dashboard names no files")
    return f"{size:,} bytes, {len(MODULES)} modules, {len(files)} files of the dashboard"


def hear(trial: Trial) -> None:
    """Open the stream that tells of saves, once the folder is known."""
    trial.stream = trial.closing.enter_context(
        Reader(trial.running.port, f"/stream?topic=change&root={ROOT}")
    )
    trial.stream.next()


def _health(trial: Trial, host: str) -> str:
    began = time.monotonic()
    answer = fetch(trial.running.port, "/health", host=host)
    demand(answer.status == 200, f"status {answer.status}")
    demand("version" in json.loads(answer.text), "it is another server")
    return ms(began)


def _post(trial: Trial, text: str) -> str:
    answer = fetch(trial.running.port, f"/{TOPIC}", body=text)
    if answer.status != 200:
        raise TrayAppError(f"publishing: status {answer.status}")
    return str(json.loads(answer.text)["id"])


def _files(trial: Trial, names: Iterable[str]) -> set[str]:
    """All files that a page names, and those that its scripts import."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            answer = fetch(trial.running.port, f"/static/{name}")
            demand(answer.status == 200 and answer.body, f"{name}: status {answer.status}")
            found.add(name)
            waiting += _IMPORTS.findall(answer.text)
    return found


def _code(trial: Trial, path: str) -> bytes:
    answer = fetch(trial.running.port, path)
    demand(answer.status == 200 and answer.body, f"{path}: status {answer.status}")
    demand("javascript" in answer.kind, f"{path} is {answer.kind}")
    return answer.body
