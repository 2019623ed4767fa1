"""`trayapp send`, `pipe` and `listen` against a trayapp that serves: what comes in and goes out."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, cast
from urllib.request import urlopen

import pytest

from tests.support import Running, program_environ, wait_for
from trayapp import instance
from trayapp.cli import piping, sending
from trayapp.cli.listen import listen
from trayapp.cli.listening import Listening
from trayapp.cli.publisher import Publisher
from trayapp.errors import TrayAppError
from trayapp.paths import locate

Start = Callable[..., Running]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a trayapp that serves for all tests of this module."""
    home, site = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("site")
    words = ["run", str(site), "--no-tray", "--port", "0"]
    running = Running(words, program_environ(home), tmp_path_factory.mktemp("trayapp"))
    _ = running.url
    yield home
    assert running.stop() == 0, running.output


@pytest.fixture
def told(served: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[dict[str, Any]]]:
    """The events of a topic, oldest first."""
    monkeypatch.setenv("TRAYAPP_HOME", str(served))

    def events(topic: str) -> list[dict[str, Any]]:
        known = instance.require(locate(os.environ)).ask("GET", "/api/events")["events"]
        return [event for event in known if event["topic"] == topic]

    return events


Told = Callable[[str], list[dict[str, Any]]]


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def before(id_: str) -> str:
    """The cursor of who has not seen the event yet."""
    epoch, _, number = id_.partition("-")
    return f"{epoch}-{int(number) - 1}"


def test_send_names_topic_and_type(told: Told) -> None:
    sending.send(["all", "green"], "tests", "done", {"title": None})
    assert [(event["type"], event["data"]) for event in told("tests")] == [("done", "all green")]


def test_send_makes_a_notification_on_any_topic(told: Told) -> None:
    sending.send(["3 failed"], "nightly", None, {"title": "Grüße & so", "priority": 4})
    [event] = told("nightly")
    assert event["type"] == "notify"
    said = json.loads(event["data"])
    assert (said["message"], said["title"], said["priority"]) == ("3 failed", "Grüße & so", 4)


def test_bytes_of_arguments_that_are_no_text_are_replaced(told: Told) -> None:
    sending.send(["\udcff text"], "odd", None, {"title": "\udcff title"})
    sending.send(["\udcff text"], "odd", "\udcfftype", {})
    said, plain = told("odd")
    assert json.loads(said["data"])["title"] == "? title"
    assert (plain["type"], plain["data"]) == ("?type", "? text")


def test_pipe_makes_an_event_of_each_line(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, b"one\n\ntw\xc3\xb6\r\n\xff bad\n" + b"x" * 70000 + b"\nno end")
    piping.pipe("lines", "line", tee=False)
    events = told("lines")
    assert {event["type"] for event in events} == {"line"}
    texts = [event["data"] for event in events]
    assert texts[:3] == ["one", "twö", "\ufffd bad"]
    assert "".join(texts[3:-1]) == "x" * 70000
    assert max(len(text) for text in texts) <= 65536
    assert texts[-1] == "no end"


def test_a_line_that_grows_when_it_becomes_text_comes_in_parts() -> None:
    [(octets, none), (_, lines)] = piping.groups(io.BytesIO(b"\xff" * 60000))
    assert (octets, none) == (b"\xff" * 60000, [])
    parts = piping.parts(lines[0])
    assert "".join(parts) == "\ufffd" * 60000
    assert max(len(part.encode()) for part in parts) <= 65536


def test_a_long_line_is_cut_between_characters() -> None:
    line = "ä…😀" * 20000
    texts = [text for _, lines in piping.groups(io.BytesIO(f"{line}\n".encode())) for text in lines]
    assert "".join(texts) == line
    assert len(texts) > 2


@pytest.mark.parametrize(
    ("topic", "lines", "sizes"),
    [
        ("log", ["x"] * 150, [64, 64, 22]),
        ("log", ["x" * 40000] * 3, [1, 1, 1]),
        ("log", ["x" * 30000] * 4, [2, 2]),
        ("notify", ["x"] * 3, [1, 1, 1]),
        ("log", [], []),
    ],
)
def test_lines_that_come_at_once_go_in_few_requests(
    topic: str, lines: list[str], sizes: list[int]
) -> None:
    found = list(piping.batches(lines, topic))
    assert [len(batch) for batch in found] == sizes
    assert [line for batch in found for line in batch] == lines


def test_a_refusal_says_what_was_sent_before(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, b"x\n")
    with pytest.raises(TrayAppError, match=r"reserved. 0 events were sent before"):
        piping.pipe("lines", "hello", tee=False)
    with pytest.raises(TrayAppError, match="The topic stream is reserved"):
        piping.pipe("stream", None, tee=False)


def test_listen_prints_what_came_for_people_and_programs(
    told: Told, capfd: pytest.CaptureFixture[str]
) -> None:
    sending.send(["two\nlines"], "heard", None, {})
    sending.send(["ready"], "heard", None, {"title": "Build"})
    report = {"name": "make", "ok": False, "exit": 2, "seconds": 1.5, "output": ""}
    sending.send([json.dumps(report)], "command", None, {})
    sending.send(["what\x1b[2J\u009b is that"], "command", None, {})
    capfd.readouterr()
    listen(["heard", "command"], "1m", 4, as_json=False)
    assert capfd.readouterr().out == (
        "heard: two\nheard: lines\nheard: Build: ready\n"
        "command: make: failed with exit code 2 after 1.5 s\ncommand: what\x1b[2J\u009b is that\n"
    )
    listen(["heard"], "60", 2, as_json=False)
    assert capfd.readouterr().out == "two\nlines\nBuild: ready\n"
    listen(["command"], told("command")[0]["id"], 1, as_json=True)
    line = capfd.readouterr().out
    assert set(json.loads(line)) == {"id", "time", "topic", "type", "data"}
    assert json.loads(line)["data"] == "what\x1b[2J\u009b is that"
    assert "\u009b" not in line


@pytest.mark.parametrize("data", ["[]", "null", "7", '"made"', "{}", "[" * 30000])
def test_listen_prints_what_is_no_report_as_it_came(
    told: Told, capfd: pytest.CaptureFixture[str], data: str
) -> None:
    sending.send([data], "command", None, {})
    capfd.readouterr()
    listen(["command"], before(told("command")[-1]["id"]), 1, as_json=False)
    assert capfd.readouterr().out == f"{data}\n"


def test_listen_reads_the_chat_though_send_cannot_write_it(
    told: Told, capfd: pytest.CaptureFixture[str]
) -> None:
    url = instance.require(locate(os.environ)).url
    urlopen(f"{url}/post", b"name=Ann&message=hello").close()
    capfd.readouterr()
    listen(["chat"], "1m", 1, as_json=False)
    assert capfd.readouterr().out.endswith("] Ann: hello\n")
    for topic in ("state", "hello"):
        with pytest.raises(TrayAppError, match="reserved"):
            listen([topic], None, 1, as_json=False)
    with pytest.raises(TrayAppError, match="The topic chat is reserved"):
        sending.send(["x"], "chat", None, {})


@pytest.mark.parametrize("since", ["yesterday", "2d", "-1", "1-", "9x"])
def test_since_is_an_age_or_an_id(home: Path, since: str) -> None:
    with pytest.raises(TrayAppError, match="--since"):
        listen([], since, None, as_json=False)


def test_an_unknown_id_is_told(told: Told, capfd: pytest.CaptureFixture[str]) -> None:
    """The reset comes first, then what is published from now on."""
    said = ""
    thread = threading.Thread(target=lambda: listen(["later"], "gone-7", 1, as_json=False))
    thread.start()

    def missed() -> bool:
        nonlocal said
        said += capfd.readouterr().err
        return said == "Some events were missed: trayapp no longer has them.\n"

    wait_for(missed)
    sending.send(["now"], "later", None, {})
    thread.join(5)
    assert not thread.is_alive()
    assert "now\n" in capfd.readouterr().out


def test_a_closed_output_ends_it_quietly(told: Told, served: Path) -> None:
    sending.send(["x"], "closed", None, {})
    reading, writing = os.pipe()
    process = start("listen", "--since", "1m", home=served, stdout=writing)
    os.close(reading)
    os.close(writing)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (141, b"")


@pytest.mark.parametrize("words", [("listen", "--since", "1m"), ("pipe", "--tee")])
def test_output_that_cannot_be_written_is_told(
    told: Told, served: Path, words: tuple[str, ...]
) -> None:
    sending.send(["x"], "full", None, {})
    with Path("/dev/full").open("wb") as full:
        process = start(*words, home=served, stdin=subprocess.PIPE, stdout=full)
        _, errors = process.communicate(b"a line\n", timeout=10)
    assert process.returncode == 1
    assert errors == (
        b"Error: The output cannot be written: No space left on device.\nWrite it elsewhere.\n"
    )


def test_what_is_printed_goes_nowhere_when_the_output_is_closed(told: Told, served: Path) -> None:
    """And not into the connection, or the file, that would have got its number."""
    sending.send(["x"], "nowhere", None, {})
    words = [sys.executable, "-m", "trayapp", "listen", "--since", "1m", "--count", "1"]
    process = subprocess.run(
        ["sh", "-c", '"$@" <&- >&-', "sh", *words, "--topic", "nowhere"],
        env=program_environ(served),
        stderr=subprocess.PIPE,
        timeout=10,
        check=False,
    )
    assert (process.returncode, process.stderr) == (0, b"")


def test_nothing_is_lost_over_a_restart(run_trayapp: Start, tmp_path: Path, home: Path) -> None:
    """A pipe in the middle of its lines, and a listener in the middle of hearing them."""
    site, heard = tmp_path / "site", tmp_path / "heard"
    site.mkdir()
    lines = [f"line {number}" for number in range(3000)]
    first = run_trayapp(site)
    with heard.open("wb") as output:
        listener = start("listen", "--topic", "log", "--since", "1m", home=home, stdout=output)
    pipe = start("pipe", home=home, stdin=subprocess.PIPE)
    feeder = threading.Thread(target=feed_slowly, args=(pipe, lines))
    feeder.start()
    wait_for(lambda: heard.read_bytes().count(b"\n") > 50, 10)
    first.process.kill()
    first.wait()
    run_trayapp(site)
    feeder.join(20)
    assert pipe.returncode == 0
    wait_for(lambda: b"line 2999\n" in heard.read_bytes())
    listener.send_signal(signal.SIGINT)
    _, errors = listener.communicate(timeout=5)
    assert listener.returncode == 130
    assert errors.count(b"\n") <= 1  # it waited; unless the next was there already
    assert b"Traceback" not in errors
    got = heard.read_text().splitlines()
    assert list(dict.fromkeys(got)) == lines
    assert len(got) - len(lines) <= piping.AT_ONCE  # the lines that were under way


def feed_slowly(pipe: "subprocess.Popen[bytes]", lines: list[str]) -> None:
    """Some lines at a time, so that it is still under way when something happens; no more than the
    history holds for who comes back late."""
    assert pipe.stdin is not None
    for start in range(0, len(lines), 30):
        pipe.stdin.write("".join(f"{line}\n" for line in lines[start : start + 30]).encode())
        pipe.stdin.flush()
        time.sleep(0.01)
    pipe.communicate()


def start(*words: str, home: Path, **streams: Any) -> "subprocess.Popen[bytes]":
    """`trayapp WORDS`, its standard error to be read."""
    return subprocess.Popen(
        [sys.executable, "-m", "trayapp", *words],
        stderr=subprocess.PIPE,
        env=program_environ(home),
        **streams,
    )


def without_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Talk to a server that proves nothing."""

    def connect(self: instance.Running, seconds: float = 5.0) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=seconds)

    monkeypatch.setattr(instance.Running, "prove", lambda self: True)
    monkeypatch.setattr(instance.Running, "connect", connect)


def test_a_connection_that_was_closed_while_idle_is_opened_anew(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_proof(monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        instance.announce(locate(os.environ), instance.Running(server.getsockname()[1], 1, "t"))

        def serve() -> None:
            for answer in (b'{"id": "e-1"}', b'{"id": "e-2"}'):
                connection = server.accept()[0]
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + answer)
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        publisher = Publisher(locate(os.environ))
        assert [publisher.publish("t", "x"), publisher.publish("t", "y")] == ["e-1", "e-2"]
        publisher.close()
        thread.join()


def test_a_connection_that_is_silent_for_two_heartbeats_is_given_up(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a computer has slept, or a cable was pulled: nothing comes, no error either."""
    without_proof(monkeypatch)
    hello = json.dumps({"heartbeat": 0.1})
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        instance.announce(locate(os.environ), instance.Running(server.getsockname()[1], 1, "t"))

        def serve() -> None:
            held = []
            for number in range(2):
                connection = server.accept()[0]
                held.append(connection)
                asked.append(connection.recv(4096))
                event = f"event: hello\ndata: {hello}\n\ndata: {number}\nid: e-{number}\n\n"
                connection.sendall(f"{head}{event}".encode())
            done.wait(5)
            for connection in held:
                connection.close()

        done = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        events = iter(Listening(locate(os.environ), []))
        try:
            assert [next(events).data, next(events).data] == ["0", "1"]
        finally:
            cast(Any, events).close()
            done.set()
            thread.join()
    assert b"Last-Event-ID: e-0" in asked[1]
    assert b"Last-Event-ID" not in asked[0]
